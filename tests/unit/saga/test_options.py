import pytest

import juncture.saga as rs
from juncture.saga.cpi.declaration import read_options

NAME = "test.memory.job"


@pytest.fixture
def system(tmp_path):
    return tmp_path / "system.toml"


@pytest.fixture
def user(tmp_path):
    path = tmp_path / "config" / "juncture" / "saga.toml"
    path.parent.mkdir(parents=True)
    return path


def table(**values):
    rows = "".join(f"{key} = {value}\n" for key, value in values.items())
    return f'[options."{NAME}"]\n{rows}'


def test_defaults(memory):
    assert dict(memory.opts) == {"retries": 3, "mode": "fast", "cache": True}
    assert (len(memory.opts), "mode" in memory.opts, memory.opts.get("x", 7)) == (3, True, 7)


def test_each_source_outranks_the_one_before(engine, system, user, monkeypatch):
    session = rs.Session(default=False)

    def fresh():
        monkeypatch.setattr("juncture.saga.cpi.base.Singleton._instances", {})
        from adaptors.saga.memory_job import Adaptor

        return Adaptor().get_option("retries", session, url)

    url = rs.Url("mem://host/")
    assert fresh() == 3
    system.write_text(table(retries=4))
    assert fresh() == 4
    user.write_text(table(retries=5))
    assert fresh() == 5
    monkeypatch.setenv("TEST_MEMORY_RETRIES", "6")
    assert fresh() == 6
    session.options = {NAME: {"retries": 7}}
    assert fresh() == 7
    url = rs.Url("mem://host/?other=1&retries=8")
    assert fresh() == 8


def test_nested_tables_are_the_same_as_a_quoted_name(memory, system):
    system.write_text(f"[options.{NAME}]\nmode = 'slow'\n")
    assert memory.opts["mode"] == "slow"


@pytest.mark.parametrize(
    ("text", "value"), [("yes", True), ("off", False), ("1", True), ("False", False)]
)
def test_a_text_is_read_as_the_type_says(memory, text, value):
    assert memory.get_option("cache", url=rs.Url(f"mem://host/?cache={text}")) is value


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("cache=perhaps", "type bool"),
        ("retries=many", "type int"),
        ("mode=medium", "one of"),
    ],
)
def test_a_wrong_value_says_where_it_stands(memory, query, says):
    with pytest.raises(rs.BadParameter, match=rf"{says}.*URL query"):
        memory.get_option(query.partition("=")[0], url=rs.Url(f"mem://host/?{query}"))


def test_a_wrong_value_in_a_file_names_the_file(memory, system):
    system.write_text(table(retries="true"))
    with pytest.raises(rs.BadParameter, match=r"system\.toml"):
        memory.opts["retries"]


def test_an_option_that_does_not_exist(memory):
    with pytest.raises(rs.DoesNotExist) as caught:
        memory.opts["retrys"]
    assert "retries" in caught.value.hint


def test_settings_that_no_option_has_are_listed(memory, system):
    system.write_text(table(retries=4, retrys=5))
    (sentence,) = memory.opts.unknown_settings()
    assert "`retrys`" in sentence


def test_a_setting_that_no_option_has_is_said_once_and_in_the_listing(
    memory, engine, system, caplog
):
    system.write_text(table(retries=4, retrys=5))
    assert (memory.opts["retries"], memory.opts["mode"]) == (4, "fast")
    (record,) = caplog.records
    assert "`retrys`" in record.message
    (notes,) = [each["notes"] for each in engine.adaptors() if each["name"] == memory.get_name()]
    assert any("`retrys`" in note for note in notes)


def test_a_query_that_holds_options_alone_may_hold_no_other(memory):
    memory.opts.check_query(rs.Url("mem://host/?retries=3"))
    memory.opts.check_query(rs.Url("mem://host/"))
    with pytest.raises(rs.BadParameter, match="no option `retrys`") as caught:
        memory.opts.check_query(rs.Url("mem://host/?retries=3&retrys="))
    assert "`retries`" in caught.value.hint


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ({"name": "a", "type": int, "default": "x"}, "not of type int"),
        ({"name": "a", "type": int, "default": 3, "valid_options": [1, 2]}, "not one of"),
        ({"name": "a", "type": object}, "'type' is one of"),
        ({"name": "a", "defualt": 3}, "did you mean `default`"),
        ({"type": int}, "'name' is a text"),
        (3, "a dictionary"),
    ],
)
def test_malformed_options_are_named(option, says):
    with pytest.raises(rs.BadParameter, match=says):
        read_options([option], "x")


def test_an_option_twice():
    with pytest.raises(rs.BadParameter, match="twice"):
        read_options([{"name": "a"}, {"name": "a"}], "x")
    with pytest.raises(rs.BadParameter, match="is a list"):
        read_options({"name": "a"}, "x")


def test_lists_and_dictionaries_from_text():
    from juncture.saga.cpi.options import checked

    declared = read_options([{"name": "a", "type": list}, {"name": "b", "type": dict}], "x")
    assert checked(declared["a"], "one, two,", "a test") == ["one", "two"]
    assert checked(declared["b"], "k=v, x = y", "a test") == {"k": "v", "x": "y"}
