import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from juncture_client import Action, PathMappingRule
from juncture_client.path_mapping import rules_from_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.text(), st.none() | st.dictionaries(st.text(), VALUES, max_size=4))
def test_json_round_trip(name, args):
    action = Action(name, args)
    assert Action.from_json_string(str(action)) == action
    assert Action.from_bytes(str(action).encode()) == action


def test_text_is_the_document():
    assert json.loads(str(Action("render", {"frame": 3}))) == {
        "name": "render",
        "args": {"frame": 3},
    }
    assert str(Action("close")) == '{"name": "close", "args": null}'


def test_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Action("a").name = "b"


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[]", "5", "null", "{}", '{"name": 1}', '{"name": "a", "args": []}']
)
def test_what_is_not_an_action(text, capsys):
    with pytest.raises(ValueError):
        Action.from_json_string(text)
    assert Action.from_bytes(text.encode()) is None
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"ERROR: {text.encode()!r} is not an action: ")


def test_bytes_that_are_not_utf8(capsys):
    assert Action.from_bytes(b"\xff") is None
    assert "b'\\xff' is not an action" in capsys.readouterr().err


def test_rules_are_read_and_unknown_keys_ignored():
    rule = {
        "source_path_format": "Windows",
        "source_path": "Z:\\a",
        "destination_os": "Linux",
        "destination_path": "/a",
    }
    document = json.dumps({"path_mapping_rules": [{**rule, "newer": 1}]})
    assert rules_from_json(document) == [PathMappingRule(**rule)]


@pytest.mark.parametrize(
    "document", ["", "[]", "{}", '{"path_mapping_rules": [{}]}', '{"path_mapping_rules": 1}']
)
def test_rules_of_another_form(document):
    with pytest.raises(ValueError):
        rules_from_json(document)
