import sys
import textwrap
from importlib.metadata import EntryPoint

import pytest

import juncture.saga as rs
from juncture.saga.engine.engine import Engine
from juncture.saga.engine.known import KNOWN

TEMPLATE = """
import juncture.saga as rs

INFO = {{"name": "{name}", "version": "v1", "schemas": ["{scheme}"],
        "cpis": [{{"type": "rs.job.Service", "class": "Service"}}]}}

class Adaptor(rs.cpi.AdaptorBase):
    def __init__(self):
        rs.cpi.AdaptorBase.__init__(self, INFO)

    def sanity_check(self):
        {check}

class Service(rs.cpi.job.Service):
    def init_instance(self, rm, session):
        {init}

    def list(self):
        return ["{name}"]
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Return a function that writes an adaptor module and returns its name."""
    monkeypatch.syspath_prepend(tmp_path)
    written = []

    def write(name, scheme="many", check="pass", init="pass", text=None):
        text = TEMPLATE if text is None else textwrap.dedent(text)
        text = text.format(name=name, scheme=scheme, check=check, init=init)
        (tmp_path / f"{name}.py").write_text(text)
        written.append(name)
        return name

    yield write
    for name in written:
        sys.modules.pop(name, None)


def test_there_is_one_engine(engine):
    assert rs.engine.getEngine() is rs.engine.Engine() is Engine() is engine


def test_the_next_adaptor_is_tried_when_one_declines(engine, write):
    engine.register_adaptor(write("first", init="raise rs.AuthorizationFailed('not you')"))
    engine.register_adaptor(write("second", init="1 / 0"))
    engine.register_adaptor(write("third"))
    assert engine.find_adaptors("rs.job.Service", "many") == ["first", "second", "third"]
    assert rs.job.Service("many://host/").list() == ["third"]
    task = rs.job.Service.create("many://host/", ttype=rs.ASYNC)
    assert task.get_result().list() == ["third"]


def test_when_all_decline_each_reason_is_listed(engine, write):
    engine.register_adaptor(write("first", init="1 / 0"))
    engine.register_adaptor(write("second", init="raise rs.BadParameter('no such host')"))
    with pytest.raises(rs.BadParameter, match="no such host") as caught:
        rs.job.Service("many://host/")
    assert [each.adaptor for each in caught.value.exceptions] == ["second", "first"]
    assert isinstance(caught.value.exceptions[1], rs.NoSuccess)
    task = rs.job.Service.create("many://host/", ttype=rs.SYNC)
    assert task.state == "Failed"
    assert [each.adaptor for each in task.exception.exceptions] == ["second", "first"]


def test_a_preferred_adaptor_is_the_only_one_tried(engine, write):
    engine.register_adaptor(write("first"))
    second = engine.register_adaptor(write("second"))
    for named in (
        {"_adaptor_name": "second"},
        {"_adaptor": second},
        {"_adaptor": rs.job.Service("many://h/", _adaptor_name="second")._adaptor},
    ):
        assert rs.job.Service("many://host/", **named).list() == ["second"]
    with pytest.raises(rs.IncorrectURL, match="third"):
        rs.job.Service("many://host/", _adaptor_name="third")


def test_a_scheme_that_nobody_serves(engine, memory):
    with pytest.raises(rs.IncorrectURL, match=r"job.Service.*`gopher`") as caught:
        rs.job.Service("gopher://host/")
    assert caught.value.hint == "`juncture adaptor list` shows what there is"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rs.filesystem.File("redis://h/x"), "`redis`: it is a scheme of adverts"),
        (lambda: rs.namespace.Directory("sqlite:///x"), "`sqlite`: it is a scheme of replicas"),
        (lambda: rs.advert.Entry("ssh://h/x"), "`ssh`: it is a scheme of jobs, resources, files"),
        (lambda: rs.job.Service("http://h/"), "`http`: it is a scheme of files"),
        (lambda: rs.filesystem.File("data://x"), "`data`: the URL is the content itself"),
    ],
)
def test_whose_scheme_it_is_instead(engine, call, message):
    with pytest.raises(rs.IncorrectURL) as caught:
        call()
    assert caught.value.message.endswith(message)


def test_whose_scheme_it_is_instead_is_known_of_adaptors_that_were_registered(engine, write):
    engine.register_adaptor(write("own_queue", scheme="queue"))
    with pytest.raises(rs.IncorrectURL, match="`queue`: it is a scheme of jobs"):
        rs.filesystem.File("queue://h/x")


def test_an_adaptor_that_is_asked_for_is_named_and_nothing_else(engine):
    with pytest.raises(rs.IncorrectURL) as caught:
        rs.filesystem.File("redis://h/x", _adaptor_name="juncture.file.local")
    assert "adverts" not in caught.value.message


def test_the_nearest_scheme_is_named(engine):
    with pytest.raises(rs.IncorrectURL) as caught:
        rs.job.Service("shh://host/")
    assert caught.value.hint == "`ssh` is the nearest; `juncture adaptor list` shows what there is"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import no_such_module_anywhere", "ModuleNotFoundError"),
        ("this is no python", "SyntaxError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("x = 1", "Adaptor"),
        ("class Adaptor: pass", "AdaptorBase"),
        (
            """
            import juncture.saga as rs
            class Adaptor(rs.cpi.AdaptorBase):
                def __init__(self):
                    rs.cpi.AdaptorBase.__init__(self, {{"name": "x", "scemas": ["many"]}})
            """,
            "did you mean `schemas`",
        ),
    ],
)
def test_a_broken_adaptor_is_listed_and_hides_no_other(  # noqa: PLR0917 - fixtures and a case
    engine, write, monkeypatch, caplog, text, why
):
    monkeypatch.setenv("JUNCTURE_SAGA_ADAPTORS", f"{write('broken', text=text)}:{write('sound')}")
    assert rs.job.Service("many://host/").list() == ["sound"]
    listed = {each["module"]: each for each in engine.adaptors()}
    assert listed["sound"]["usable"]
    assert not listed["broken"]["usable"]
    assert why in listed["broken"]["why_not"]
    (said,) = (each for each in caplog.records if "`broken`" in each.getMessage())
    assert (said.levelname, why in said.getMessage()) == ("ERROR", True)


def test_an_adaptor_whose_check_fails_is_named_when_nobody_else_serves(
    engine, write, monkeypatch, caplog
):
    caplog.set_level("INFO", "juncture")
    module = write("needy", check="raise rs.NoSuccess('there is no tool', hint='install it')")
    monkeypatch.setenv("JUNCTURE_SAGA_ADAPTORS", module)
    with pytest.raises(rs.IncorrectURL) as caught:
        rs.job.Service("many://host/")
    assert "the adaptor `needy` cannot be used: there is no tool (install it)" in caught.value.hint
    (listed,) = [each for each in engine.adaptors() if each["name"] == "needy"]
    assert listed["why_not"] == "there is no tool (install it)"
    assert caught.value.exceptions[1].adaptor == "needy"
    assert [each.levelname for each in caplog.records if "`needy`" in each.getMessage()] == ["INFO"]


@pytest.mark.parametrize("file", ["config/juncture/saga.toml", "system.toml"])
def test_modules_listed_in_a_file(engine, write, tmp_path, file):
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'adaptors = ["{write("listed")}"]\n')
    assert rs.job.Service("many://host/").list() == ["listed"]


@pytest.mark.parametrize("text", ["adaptors = 'one'", "adaptors = ["])
def test_a_malformed_file_is_named(engine, tmp_path, text):
    (tmp_path / "system.toml").write_text(text)
    with pytest.raises(rs.BadParameter, match=r"system\.toml"):
        rs.job.Service("many://host/")


def test_entry_points_are_looked_at_only_for_an_unknown_scheme(engine, memory, write, monkeypatch):
    group = "juncture.adaptors"
    points = [
        EntryPoint("many", write("pointed"), group),
        EntryPoint("many.more", write("pointed_too"), group),
        EntryPoint("manyfold", write("not_me_either"), group),
        EntryPoint("zzz", write("not_me"), group),
    ]
    asked = []

    def entry_points(*, group):
        asked.append(group)
        return points

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)
    rs.job.Service("mem://host/")
    assert asked == []
    assert rs.job.Service("many://host/").list() == ["pointed"]
    rs.job.Service("many://host/")
    assert asked == [group]
    assert "pointed_too" in sys.modules
    assert not {"not_me", "not_me_either"} & set(sys.modules)


def test_an_adaptor_that_is_made_is_known(engine, write):
    module = __import__(write("made"))
    module.Adaptor()
    assert rs.job.Service("many://host/").list() == ["made"]
    assert engine.get_adaptor_instance("made") is module.Adaptor()
    with pytest.raises(rs.DoesNotExist):
        engine.get_adaptor_instance("unmade")


@pytest.mark.parametrize("adaptor", [None, 3])
def test_what_is_no_adaptor_is_refused(engine, adaptor):
    with pytest.raises(rs.BadParameter):
        engine.register_adaptor(adaptor)


def test_the_listing_says_what_a_person_wants_to_know(engine, memory):
    (row,) = [each for each in engine.adaptors() if each["name"] == "test.memory.job"]
    assert (row["schemes"], row["usable"], row["why_not"]) == (["mem"], True, "")
    assert row["types"] == ["job.Service", "job.Job"]
    assert [each["name"] for each in row["options"]] == ["retries", "mode", "cache"]
    assert "get_self" in row["missing"]["MemoryService"]


def test_known_modules_are_loaded_for_their_own_type_only(engine):
    assert {"job", "resource", "Context", "filesystem"} <= set(KNOWN)
    rs.Context("UserPass", user_id="bob", user_pass="x")
    rs.Session(default=False).add_context(rs.Context("UserPass", user_id="bob", user_pass="x"))
    loaded = {each for each in engine._registry.records if each.startswith("juncture.")}
    assert loaded == {"juncture.saga.adaptors.contexts.userpass"}


def test_a_type_of_call_that_does_not_exist(engine, memory):
    with pytest.raises(rs.BadParameter):
        rs.job.Service("mem://host/").list(ttype=7)
    with pytest.raises(rs.BadParameter):
        rs.job.Service("mem://host/", _ttype=7)


def test_an_object_that_is_not_made_yet_says_so(engine, memory):
    service = rs.job.Service("mem://host/", _ttype=rs.TASK)
    with pytest.raises(rs.IncorrectState, match="New"):
        service.list()
    service._init_task.run()
    assert service._init_task.get_result() is service
    assert service.list() == []


def test_an_async_form_that_returns_no_task_is_a_failure(engine, write):
    text = (
        TEMPLATE
        + """
    def init_instance_async(self, ttype, rm, session):
        return 42
"""
    )
    engine.register_adaptor(write("odd", text=text))
    engine.register_adaptor(write("even"))
    task = rs.job.Service.create("many://host/", ttype=rs.ASYNC)
    assert task.get_result().list() == ["even"]


def test_an_async_form_that_fails_later_lets_the_next_one_try(engine, write):
    text = (
        TEMPLATE
        + """
    def init_instance_async(self, ttype, rm, session):
        def fail():
            raise rs.Timeout("no answer")
        return rs.Task(work=fail)
"""
    )
    engine.register_adaptor(write("odd", text=text))
    engine.register_adaptor(write("even"))
    for ttype in (rs.SYNC, rs.ASYNC, rs.TASK):
        task = rs.job.Service.create("many://host/", ttype=ttype)
        if ttype == rs.TASK:
            assert task.state == "New"
            task.run()
        assert task.get_result().list() == ["even"]


def test_the_classes_of_an_adaptor_package_may_be_elsewhere(engine, write):
    write("inner_part")
    outer = """
    from inner_part import Adaptor, Service
    """
    engine.register_adaptor(write("outer_part", text=outer))
    assert rs.job.Service("many://host/").list() == ["inner_part"]
    split = """
    import juncture.saga as rs
    from inner_part import INFO

    class Adaptor(rs.cpi.AdaptorBase):
        def __init__(self):
            rs.cpi.AdaptorBase.__init__(self, {{**INFO, "name": "split"}})
    """
    write("adaptor_part", text=split)
    engine.register_adaptor(
        write(
            "package_part", text="from adaptor_part import Adaptor\nfrom inner_part import Service"
        )
    )
    assert engine.find_adaptors("job.Service", "many") == ["inner_part", "split"]
