import gc
import types

import pytest

import juncture.saga as rs
from juncture.saga.cpi import ASYNC, SYNC
from juncture.saga.cpi.declaration import read_info, type_name
from juncture.saga.engine.validation import cpi_class, validate

INFO = {
    "name": "x",
    "version": "v1",
    "cpis": [{"type": "rs.job.Service", "class": "Service", "schemas": ["x"]}],
}


class Api:
    session = "the session"
    colour = "red"


def adaptor_of(info=INFO):
    class Adaptor(rs.cpi.AdaptorBase):
        def __init__(self):
            rs.cpi.AdaptorBase.__init__(self, info)

    return Adaptor()


def report(service, info=INFO, name="Service"):
    return validate(adaptor_of(info), types.SimpleNamespace(**{name: service}))


@pytest.mark.parametrize("prefix", ["rs.", "radical.saga.", "juncture.saga.", "saga.", ""])
def test_spellings_of_a_type(prefix):
    assert type_name(prefix + "job.Service") == "job.Service"
    assert type_name(prefix + "Context") == type_name(prefix + "context.Context") == "Context"


@pytest.mark.parametrize(
    "name",
    ["job.Service", "job.Job", "Context", "filesystem.File", "resource.Compute", "advert.Entry"],
)
def test_every_type_has_its_cpi(name):
    assert cpi_class(name).cpi_type == name


def test_schemas_may_be_given_once_or_for_each_class():
    shared = {**INFO, "schemas": ["A"], "cpis": [{"type": "rs.job.Job", "class": "J"}]}
    assert read_info(shared).cpis[0].schemas == ("a",)
    assert read_info(INFO).schemas == ("x",)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": ""}, "'name' is a text"),
        ({"version": 1}, "'version' is a text"),
        ({"cpis": []}, "at least one class"),
        ({"cpis": [3]}, "is a dictionary"),
        ({"cpis": [{"type": "rs.job.Job", "class": "J"}]}, "serves no scheme"),
        ({"cpis": [{"tpye": "rs.job.Job", "class": "J", "schemas": ["x"]}]}, "did you mean `type`"),
        ({"schemas": "ssh"}, "list of texts"),
        ({"capabilities": ["x"]}, r"\['capabilities'\] is a dictionary"),
    ],
)
def test_malformed_info(change, says):
    with pytest.raises(rs.BadParameter, match=says):
        read_info({**INFO, **change})


def test_info_that_is_no_dictionary():
    with pytest.raises(rs.BadParameter, match="dictionary"):
        read_info(None)


def test_base_keeps_the_adaptor_and_a_weak_hold_on_the_api():
    api, adaptor = Api(), adaptor_of()
    base = rs.cpi.job.Service(api, adaptor, "Name")
    assert base._adaptor is adaptor
    assert base._api() is base.get_api() is api
    assert base._api.colour == "red"
    base._api.colour = "blue"
    assert (api.colour, base.session) == ("blue", "the session")
    assert (base.get_adaptor_name(), base.get_cpi_cname()) == ("x", "Name")
    del api
    gc.collect()
    assert base._api() is None
    with pytest.raises(rs.IncorrectState):
        base.get_api()


def test_adaptor_base_is_a_singleton_whichever_way_it_is_spelled():
    class One(rs.cpi.AdaptorBase):
        __metaclass__ = rs.cpi.Singleton

        def __init__(self):
            rs.cpi.AdaptorBase.__init__(self, INFO)

    class Two(rs.cpi.AdaptorBase, metaclass=rs.cpi.Singleton):
        def __init__(self):
            rs.cpi.AdaptorBase.__init__(self, INFO)

    assert One() is One()
    assert Two() is Two() is not One()


def test_a_missing_method_says_which_adaptor_lacks_it():
    with pytest.raises(rs.NotImplemented, match=r"`x` does not implement `job.Service.list`"):
        rs.cpi.job.Service(Api(), adaptor_of()).list()


def test_marks_cost_nothing_and_are_the_same_under_both_names():
    def method(self):
        pass

    assert SYNC(method) is method is ASYNC(method)
    assert (rs.cpi.SYNC_CALL, rs.cpi.ASYNC_CALL) == (SYNC, ASYNC)


def test_a_method_may_leave_out_trailing_parameters():
    class Service(rs.cpi.job.Service):
        @SYNC
        def run_job(self, cmd):
            """Run it."""
            return cmd

        def get_job(self, *arguments):
            return arguments

    service = Service(Api(), adaptor_of())
    assert service.run_job("a", None) == service.run_job("a") == "a"
    assert service.get_job("1") == ("1",)
    assert (Service.run_job.__name__, Service.run_job.__doc__) == ("run_job", "Run it.")
    with pytest.raises(rs.NotImplemented, match=r"`host` in `job.Service.run_job`"):
        service.run_job("a", "node7")


def test_missing_and_misspelled_methods_are_named():
    class Service(rs.cpi.job.Service):
        @SYNC
        def creat_job(self, jd):
            pass

        def list(self):
            pass

        def helper(self):
            pass

        def get_url_async(self, ttype):
            pass

    found = report(Service)
    assert found.faults == []
    (note,) = found.notes
    assert "`Service.creat_job`" in note
    assert "`create_job`" in note
    assert "create_job" in found.missing["Service"]
    assert not {"list", "get_url", "init_instance"} & set(found.missing["Service"])


def test_marks_that_do_not_fit_are_named():
    class Service(rs.cpi.job.Service):
        @ASYNC
        def list(self):
            pass

        @SYNC
        def get_url_async(self, ttype):
            pass

        def get_job_async(self, job_id):
            pass

        @SYNC
        def something_else(self):
            pass

    notes = "\n".join(report(Service).notes)
    assert "`Service.list` is marked @ASYNC" in notes
    assert "`Service.get_url_async` is asynchronous and marked @SYNC" in notes
    assert "`Service.get_job_async` does not take `ttype` first" in notes
    assert "`Service.something_else` is marked @SYNC and is no method" in notes


class Sound(rs.cpi.job.Service):
    pass


@pytest.mark.parametrize(
    ("service", "name", "api_type", "says"),
    [
        (Sound, "Servise", "rs.job.Service", "the nearest name is `Servise`"),
        (3, "Service", "rs.job.Service", "is not in the module"),
        (Sound, "Service", "rs.job.Servic", "did you mean `job.Service`"),
        (Sound, "Service", "rs.job.Job", "does not derive from `cpi.job.Job`"),
        (object, "Service", "rs.job.Service", "does not derive from `cpi.job.Service`"),
        (Sound, "Service", "rs.nowhere.Thing", "no API type `nowhere.Thing`"),
    ],
)
def test_faults_of_classes(service, name, api_type, says):
    row = {"type": api_type, "class": "Service", "schemas": ["x"]}
    (fault,) = report(service, {**INFO, "cpis": [row]}, name).faults
    assert says in fault
