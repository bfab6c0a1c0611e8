"""Every import-linter contract is kept by an empty house and broken by one wrong import."""

import re
import sys
from itertools import combinations
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SETTINGS = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
CONTRACTS = {row["id"]: row for row in SETTINGS["tool"]["importlinter"]["contracts"]}

LAYERS = [re.split(r" *[|:] *", layer) for layer in CONTRACTS["layers"]["layers"]]
"""Highest first; rooms of one layer do not know each other."""

FORBIDDEN = [
    (row["id"], source, target)
    for row in CONTRACTS.values()
    if row["type"] == "forbidden"
    for source in row["source_modules"]
    for target in row["forbidden_modules"]
]


def wrong_directions():
    for higher, lower in combinations(LAYERS, 2):
        yield from ((low, high) for low in lower for high in higher)
    for layer in LAYERS:
        yield from combinations(layer, 2)


def path(module):
    return f"src/{module.replace('.', '/')}/__init__.py"


@pytest.fixture
def house(copy):
    """Return an empty house: every room that the contracts name, without an import."""
    modules = {"juncture", "juncture_client"}
    modules |= {f"juncture.{room}" for layer in LAYERS for room in layer}
    modules |= {source for _, source, _ in FORBIDDEN}
    for module in modules:
        parts = module.split(".")
        for end in range(1, len(parts) + 1):
            copy.write(path(".".join(parts[:end])))
    return copy


def lint(house):
    done = house.run("lint-imports", "--no-cache", "--no-logo")
    return done.returncode, " ".join(done.stdout.split())


def broken(contract):
    return f"{CONTRACTS[contract]['name']} BROKEN"


def test_an_empty_house_keeps_every_contract(house):
    status, text = lint(house)
    assert status == 0
    assert f"{len(CONTRACTS)} kept, 0 broken" in text


def test_every_kind_of_contract_is_proved_here():
    assert {row["type"] for row in CONTRACTS.values()} <= {
        "layers",
        "acyclic_siblings",
        "forbidden",
    }
    assert CONTRACTS["layers"]["containers"] == ["juncture"]


@pytest.mark.parametrize(("low", "high"), list(wrong_directions()))
def test_a_room_cannot_import_upwards_or_sideways(house, low, high):
    house.append(path(f"juncture.{low}"), f"import juncture.{high}\n")
    status, text = lint(house)
    assert status == 1
    assert broken("layers") in text
    assert f"juncture.{low} -> juncture.{high}" in text


def test_a_room_without_a_layer_is_named(house):
    house.write("src/juncture/attic/__init__.py")
    status, text = lint(house)
    assert status == 1
    assert "juncture.attic" in text


@pytest.mark.parametrize("room", ["juncture.runtime", "juncture_client"])
def test_siblings_cannot_form_a_cycle(house, room):
    folder = path(room).removesuffix("__init__.py")
    house.write(f"{folder}one.py", f"import {room}.two\n")
    house.write(f"{folder}two.py", f"import {room}.one\n")
    status, text = lint(house)
    assert status == 1
    assert broken("acyclic") in text


@pytest.mark.parametrize(("contract", "source", "target"), FORBIDDEN)
def test_a_forbidden_import_is_named(house, contract, source, target):
    house.append(path(source), f"import {target}\n")
    status, text = lint(house)
    assert status == 1
    assert broken(contract) in text
    assert f"{source} -> {target}" in text
