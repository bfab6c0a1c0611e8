"""Reading data: JSON as JSON, YAML as 1.2, secrets kept."""

import json
import math
import os
import subprocess
import sys

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from juncture.errors import DataError
from juncture.runtime import core_yaml
from juncture.runtime.data import load_data, parse_document, read_text

# The first text that hypothesis makes on a machine costs it a table of all characters.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

HIDDEN = "hunter2"

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)


def nested(leaves):
    keys = st.text('aé🌚"\\ ', max_size=20)  # YAML ends a key after 1024 characters
    return st.recursive(
        leaves, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=20
    )


values = nested(scalars | st.just(math.inf))
finite_values = nested(scalars)
objects = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), values)


def same(a, b):
    """Equality that tells 1 from 1.0 and True."""
    return repr(a) == repr(b)


@unhurried
@given(objects, st.booleans())
def test_json_comes_out_as_it_went_in(document, ensure_ascii):
    text = json.dumps(document, ensure_ascii=ensure_ascii)

    assert same(parse_document(text, "run data"), document)


@unhurried
@given(st.dictionaries(st.text('aé🌚 "\\', max_size=20), finite_values))
def test_json_read_as_yaml_is_the_same(document):
    text = json.dumps(document)

    assert same(core_yaml.parse(text), document)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1e3", 1000.0),
        ("1.0e3", 1000.0),
        ("1E5", 100000.0),
        ("1e-5", 1e-05),
        ("1.", 1.0),
        (".5", 0.5),
        ("-12", -12),
        ("+12", 12),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        (".nan", math.nan),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("2020-01-01", "2020-01-01"),
        ("=", "="),
        ("1.2.3", "1.2.3"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("! 1", "1"),
        ("!!str 1", "1"),
        ("!!float 1", 1.0),
        ('!!int "3"', 3),
        (r'"\ud83c\udf1a"', "🌚"),
        (r"'\ud83c\udf1a'", r"\ud83c\udf1a"),
        ('"🌚"', "🌚"),
        ("|\n  a\n  b", "a\nb"),
        ("[a, {b: c}]", ["a", {"b": "c"}]),
    ]
    + [(word, word) for word in ("yes", "Yes", "no", "NO", "on", "off", "y", "n", "tRue")],
)
def test_what_yaml_says(text, expected):
    assert same(parse_document(f"key: {text}", "run data"), {"key": expected})


def test_keys_that_older_yaml_would_retype_are_text():
    assert parse_document("on: 1\nno: 2\n12:30: 3", "run data") == {"on": 1, "no": 2, "12:30": 3}


def test_anchors_and_merges():
    text = "base: &base {a: 1, b: 2}\nc:\n  b: 3\n  <<: *base\nd: {<<: [{a: 0}, *base]}\ne: *base"

    assert parse_document(text, "run data") == {
        "base": {"a": 1, "b": 2},
        "c": {"a": 1, "b": 3},
        "d": {"a": 0, "b": 2},
        "e": {"a": 1, "b": 2},
    }


@pytest.mark.parametrize("text", ["", "  \n\t", "# only a comment\n"])
def test_nothing_is_an_empty_object(text):
    assert parse_document(text, "run data") == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[1,2]", "a list"),
        ("not json", "text"),
        ("5", "a number"),
        ("true", "a boolean"),
        ("null", "null"),
        ("- a", "a list"),
        ('"x"', "text"),
        ("1.5", "a number"),
    ],
)
def test_only_an_object_is_data(text, found):
    with pytest.raises(DataError) as caught:
        parse_document(text, "run data")

    assert caught.value.message == f"run data must be an object, found {found}"
    assert "file://" in caught.value.hint


ALIAS_BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10)
)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"a": ', "line 1, column 7"),
        ('{"a": 1,\n "b" "hunter2"}', "line 2, column 6"),
        ('{"a": "hunter2"} x', "line 1, column 18"),
        ("{a: hunter2, b: [}", "line 1, column 18"),
        ("a: 'hunter2\nb: 1", "line 2, column 5"),
        ("a: hunter2: b", "line 1, column 11"),
        ("a: 1\na: hunter2", "line 2, column 1: key 'a' stands twice"),
        ('{"a": 1, "a": "hunter2"}', "key 'a' stands twice"),
        ("b:\n  - 1: hunter2", "line 2, column 5: a key that is not text"),
        ("? [hunter2]\n: 1", "line 1, column 3: a key that is not text"),
        ("a: !!binary hunter2", "line 1, column 4: a tag"),
        ("a: !hunter2 x", "line 1, column 4: a tag"),
        ("a: !!set {hunter2}", "line 1, column 4: a tag"),
        ("a: !!python/object:os.system hunter2", "line 1, column 4: a tag"),
        ("a: !!int hunter2", "line 1, column 4: a value that is not what its tag says"),
        ("a: *hunter2", "line 1, column 4: an alias names nothing"),
        ("a: &hunter2 [*hunter2]", "line 1, column 14: an alias stands inside"),
        ("a: 1\n---\nb: hunter2", "line 2, column 1: a second document"),
        ("<<: hunter2", "line 1, column 5: `<<`"),
        ('a: 1\nb: "hunter2\x07"', "line 2, column 12"),
        ('{"a": "\\ud83c"}', "without its partner"),
        ('{"a": "\\ud83c \\udf1a"}', "without its partner"),
        ('a: "\\ud83c"', "line 1, column 4"),
        ("a: \udc80hunter2", "not UTF-8"),
        ('{"a": ' + "1" * 5000 + "}", "too many digits"),
        ("a: " + "1" * 5000, "line 1, column 4: a number of too many digits"),
        ('{"a":' * 100_000, "nested"),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested"),
        ("a: " + "[" * 100_000, "nested"),
        ("- " * 100_000, "nested"),
        (ALIAS_BOMB, "aliases stand for more than"),
    ],
)
def test_a_fault_is_placed_and_no_value_is_quoted(text, named):
    with pytest.raises(DataError) as caught:
        parse_document(text, "run data")

    error = caught.value
    assert error.message.startswith("run data ")
    assert named in error.message
    assert HIDDEN not in error.message + error.hint
    assert "1111" not in error.message
    assert error.hint


@unhurried
@given(st.text("{}[]:,\"'\\-?&*!|>%@`#<\n\t ab1.u", max_size=60))
def test_any_text_is_an_object_or_a_data_error(text):
    try:
        document = parse_document(text, "run data")
    except DataError as error:
        assert error.message.startswith("run data ")  # noqa: PT017
    else:
        json.dumps(document).encode()


def test_yaml_without_the_c_library_says_the_same(monkeypatch):
    text = 'a: [1, "x", &b {c: 1e3}]\nd: *b\n'
    expected = parse_document(text, "run data")

    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)

    assert same(parse_document(text, "run data"), expected)
    with pytest.raises(DataError, match="line 1, column 5"):
        parse_document("a: [", "run data")


def test_inline_text_is_returned_unread():
    assert read_text('{"a": ', "run data") == '{"a": '


def test_a_file_by_absolute_and_by_relative_path(tmp_path, monkeypatch):
    (tmp_path / "run data%20é.yaml").write_bytes(b"\xef\xbb\xbfkey: \xc3\xb1\n")

    absolute = load_data(f"file://{tmp_path}/run data%20é.yaml", name="run data")
    from_there = load_data("file://run data%20é.yaml", name="run data", cwd=str(tmp_path))
    monkeypatch.chdir(tmp_path)
    relative = load_data("file://run data%20é.yaml", name="run data")

    assert absolute == from_there == relative == {"key": "ñ"}


def test_files_that_cannot_be_read_are_named(tmp_path):
    latin = tmp_path / "latin.json"
    latin.write_bytes(b'{"a": 1,\n"b": "\xf1"}')

    for path, reason in [
        (tmp_path / "missing.json", "No such file"),
        (tmp_path, "directory"),
        (latin, "not UTF-8 on line 2"),
        (f"{tmp_path}/a\0b", "not a path"),
    ]:
        with pytest.raises(DataError, match=reason) as caught:
            read_text(f"file://{path}", "run data")
        assert "run data" in caught.value.message
        assert str(path) in caught.value.message
        assert caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "closed.json"
    path.write_text("{}")
    path.chmod(0)

    with pytest.raises(DataError, match="Permission denied"):
        read_text(f"file://{path}", "run data")


def test_a_fault_in_a_file_names_the_file(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"a": ')

    with pytest.raises(DataError) as caught:
        load_data(f"file://{path}", name="run data")

    assert str(path) in caught.value.message
    assert "line 1, column 7" in caught.value.message


def test_what_is_imported_when():
    code = (
        "import sys; from juncture.runtime.data import parse_document, read_text\n"
        "loaded = lambda: [name for name in ('json', 'yaml') if name in sys.modules]\n"
        "read_text('a: 1', 'run data'); print(*loaded(), end=';')\n"
        "parse_document('{\"a\": 1}', 'run data'); print(*loaded(), end=';')\n"
        "parse_document('a: 1', 'run data'); print(*loaded())"
    )

    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == ";json;json yaml\n"
