"""Every import-linter contract is kept by an empty house and broken by one wrong import."""

import re
import sys
from itertools import combinations, pairwise
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SETTINGS = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
CONTRACTS = {row["id"]: row for row in SETTINGS["tool"]["importlinter"]["contracts"]}

LAYERED = {
    row["id"]: (
        row["containers"][0],
        [re.split(r" *[|:] *", layer.strip("()")) for layer in row["layers"]],
    )
    for row in CONTRACTS.values()
    if row["type"] == "layers"
}
"""Contract -> container and layers, highest first; rooms of one layer do not know each other."""

FEW = 6
"""With more layers than this only neighbours are tried: the tool sees to the rest."""

PROTECTED = [
    module
    for row in CONTRACTS.values()
    if row["type"] == "protected"
    for module in row["protected_modules"]
]

FORBIDDEN = [
    (row["id"], source, target)
    for row in CONTRACTS.values()
    if row["type"] == "forbidden"
    for source in row["source_modules"]
    for target in row["forbidden_modules"]
]


def wrong_directions():
    for contract, (container, layers) in LAYERED.items():
        pairs = combinations(layers, 2) if len(layers) <= FEW else pairwise(layers)
        rooms = [(low, high) for higher, lower in pairs for low in lower for high in higher]
        rooms += [pair for layer in layers for pair in combinations(layer, 2)]
        for low, high in rooms:
            yield contract, f"{container}.{low}", f"{container}.{high}"


def path(module):
    return f"src/{module.replace('.', '/')}/__init__.py"


@pytest.fixture
def house(copy):
    """Return an empty house: every room that the contracts name, without an import."""
    modules = {"juncture", "juncture_client"}
    modules |= {
        f"{container}.{room}"
        for container, layers in LAYERED.values()
        for layer in layers
        for room in layer
    }
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
        "protected",
    }
    assert [container for container, _ in LAYERED.values()] == ["juncture", "juncture.saga"]


@pytest.mark.parametrize(("contract", "low", "high"), list(wrong_directions()))
def test_a_room_cannot_import_upwards_or_sideways(house, contract, low, high):
    house.append(path(low), f"import {high}\n")
    status, text = lint(house)
    assert status == 1
    assert broken(contract) in text
    assert f"{low} -> {high}" in text


@pytest.mark.parametrize("container", ["juncture", "juncture.saga"])
def test_a_room_without_a_layer_is_named(house, container):
    house.write(path(f"{container}.attic"))
    status, text = lint(house)
    assert status == 1
    assert f"{container}.attic" in text


@pytest.mark.parametrize("module", PROTECTED)
def test_a_protected_room_has_no_importers(house, module):
    house.append(path("juncture.cli"), f"import {module}\n")
    status, text = lint(house)
    assert status == 1
    assert broken("adaptors-by-name") in text
    assert f"juncture.cli -> {module}" in text


@pytest.mark.parametrize("room", ["juncture.runtime", "juncture.saga.engine", "juncture_client"])
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
