"""Data against the schemas of an adaptor."""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from juncture.errors import DataError
from juncture.runtime.validators import AdaptorDataValidator, AdaptorDataValidators

# The first text that hypothesis makes on a machine costs it a table of all characters.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

HIDDEN = "hunter2"

SCHEMA = {
    "type": "object",
    "properties": {
        "frames": {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1},
        "mode": {"enum": ["fast", "slow"]},
        "token": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 3},
        "ratio": {"type": ["number", "null"], "exclusiveMaximum": 1},
        "form": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "camera pose": {"type": "object", "required": ["x", "y"]},
        "never": False,
        "fixed": {"const": [1, 2]},
        "set": {"uniqueItems": True},
    },
    "patternProperties": {"^x-": {}},
    "required": ["frames"],
    "additionalProperties": False,
}


def message_for(document, schema=SCHEMA):
    with pytest.raises(DataError) as caught:
        AdaptorDataValidator(schema, name="run data").validate(document)
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize(
    "document",
    [
        {"frames": [1, 2], "mode": "fast", "token": "abc", "ratio": None, "x-any": HIDDEN},
        '{"frames": [1]}',
        "frames: [1]\nratio: 0.5",
    ],
)
def test_good_data_passes(document):
    AdaptorDataValidator(SCHEMA).validate(document)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"frames": [1, 2, 3, HIDDEN]}, "$.frames[3]: expected integer, found string"),
        ({"frames": [1, True]}, "$.frames[1]: expected integer, found boolean"),
        ({"frames": [1.5]}, "$.frames[0]: expected integer, found number"),
        ({"frames": {}}, "$.frames: expected array, found object"),
        ({"frames": [0]}, "$.frames[0]: expected at least 1"),
        ({"frames": []}, "$.frames:"),
        ({}, "$: missing key `frames`"),
        ({"frames": [1], "secret": HIDDEN}, "$: unknown key `secret`"),
        ({"frames": [1], "a": 1, "b": 2}, "$: unknown keys `a`, `b`"),
        ({"frames": [1], "mode": HIDDEN}, "$.mode: expected one of 'fast', 'slow'"),
        ({"frames": [1], "token": "A1"}, "$.token: expected text that matches '^[a-z]+$'"),
        ({"frames": [1], "token": "hunter"}, "$.token: expected at most 3 characters"),
        ({"frames": [1], "ratio": HIDDEN}, "$.ratio: expected number or null, found string"),
        ({"frames": [1], "ratio": 2}, "$.ratio: expected less than 1"),
        ({"frames": [1], "form": 5}, "$.form: expected one of the forms the schema allows"),
        ({"frames": [1], "camera pose": {}}, "missing keys `x`, `y`"),
        ({"frames": [1], "never": HIDDEN}, "expected nothing where the schema says `false`"),
        ({"frames": [1], "fixed": HIDDEN}, "$.fixed: expected exactly [1, 2]"),
        ({"frames": [1], "set": [HIDDEN, HIDDEN]}, "$.set: expected items that are all different"),
    ],
)
def test_a_violation_names_place_and_expectation(document, expected):
    message = message_for(document)

    assert message.startswith("the run data violates its schema: ")
    assert expected in message
    assert HIDDEN not in message


def test_all_violations_are_counted_in_order_of_place():
    message = message_for({"frames": [HIDDEN] * 12, "mode": HIDDEN})

    places = ["$.frames[0]", "$.frames[1]", "$.frames[2]"]
    assert [message.index(place) for place in places] == sorted(map(message.index, places))
    assert "$.frames[10]" not in message
    assert message.endswith("; and 10 more violations")
    assert "more" not in message_for({"frames": [HIDDEN] * 3})
    assert message_for({"frames": [HIDDEN] * 4}).endswith("and 1 more violation")


@pytest.mark.parametrize("document", [[1], None, 5, "[1]", "5"])
def test_only_an_object_is_data(document):
    assert "run data must be an object" in message_for(document)


def test_text_and_file_are_read_as_data(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("frames: [yes]")

    assert "$.frames[0]: expected integer, found string" in message_for(f"file://{path}")
    assert "line 1, column 12" in message_for('{"frames": ')


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        ({"type": 5}, "$.type"),
        ({"$ref": "#/nowhere"}, "refers to what is not in it"),
        ({"$ref": "http://127.0.0.1:9/schema.json"}, "refers to what is not in it"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}, "without end"),
    ],
)
def test_a_schema_that_cannot_be_used(schema, named):
    message = message_for({"a": HIDDEN}, schema)

    assert message.startswith("the schema of the run data cannot be used: ")
    assert named in message


def test_the_draft_that_a_schema_names_is_used():
    schema = {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "properties": {"a": {"maximum": 1, "exclusiveMaximum": True}},
    }

    AdaptorDataValidator(schema).validate({"a": 0.5})
    assert "$.a: expected" in message_for({"a": 1}, schema)


def test_both_schemas_of_an_adaptor(tmp_path):
    (tmp_path / "init_data.schema.json").write_text(json.dumps({"required": ["scene"]}))
    (tmp_path / "run_data.schema.json").write_text(json.dumps({"required": ["frame"]}))

    validators = AdaptorDataValidators.for_adaptor(tmp_path)

    validators.init_data.validate({"scene": 1})
    validators.run_data.validate({"frame": 1})
    with pytest.raises(DataError, match=r"the init data violates .* `scene`"):
        validators.init_data.validate({"frame": 1})
    with pytest.raises(DataError, match=r"the run data violates .* `frame`"):
        validators.run_data.validate({"scene": 1})


def test_a_schema_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(DataError, match=r"init_data\.schema\.json, cannot be read"):
        AdaptorDataValidators.for_adaptor(tmp_path)

    path = tmp_path / "x.schema.json"
    path.write_text('{"type": ')
    with pytest.raises(DataError, match=r"x\.schema\.json is neither JSON nor YAML: line 1"):
        AdaptorDataValidator.from_schema_file(str(path))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@unhurried
@given(st.dictionaries(st.sampled_from([*SCHEMA["properties"], "x-a", "other"]), json_values))
def test_any_data_passes_or_is_a_data_error(document):
    try:
        AdaptorDataValidator(SCHEMA, name="run data").validate(document)
    except DataError as error:
        assert error.message.startswith("the run data violates its schema: $")  # noqa: PT017
    else:
        assert document["frames"]


def test_the_schema_library_is_imported_by_the_first_check_only():
    code = (
        "import sys; from juncture.runtime.validators import AdaptorDataValidator\n"
        "validator = AdaptorDataValidator({})\n"
        "print('jsonschema' in sys.modules)\n"
        "validator.validate({})\n"
        "print('jsonschema' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == ["False", "True"]
