"""Every code example of the chapter "Writing adaptors", run."""

import copy
import inspect
import logging
import sys

import pytest

import juncture.saga as rs
from juncture.saga.cpi.base import Singleton
from juncture.saga.engine.engine import Engine

HERE = "docs.saga_chapter"


@pytest.fixture
def engine(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(Singleton, "_instances", {})
    monkeypatch.setattr("juncture.saga.cpi.base.announced", [])
    return Engine()


@pytest.fixture
def gsissh(engine):
    adaptor = engine.register_adaptor(f"{HERE}.gsissh_job")
    sys.modules[f"{HERE}.gsissh_job"].Connection.opened = 0
    return adaptor


@pytest.fixture
def local_file(engine):
    adaptor = engine.register_adaptor(f"{HERE}.local_file")
    yield adaptor
    adaptor.gate.set()


def test_adaptor_structure(gsissh):
    assert type(gsissh)() is gsissh
    assert gsissh.get_name() == "rs.adaptor.gsissh.job"
    assert gsissh.get_schemas() == ["ssh", "gsissh"]
    assert gsissh.opts["cache_connection"] is True
    service = rs.job.Service("gsissh://host.net/")
    assert service._adaptor._adaptor is gsissh
    assert service._adaptor._logger.name.endswith("rs.adaptor.gsissh.job")


def test_a_sanity_check_that_fails_keeps_the_adaptor_out(engine, monkeypatch):
    monkeypatch.setenv("NO_GSISSH", "1")
    with pytest.raises(rs.NoSuccess, match="there is no gsissh here"):
        engine.register_adaptor(f"{HERE}.gsissh_job")


def test_adaptor_registration(gsissh, engine):
    module = sys.modules[f"{HERE}.gsissh_job"]
    registry = engine._adaptor_registry
    for scheme in ("gsissh", "ssh"):
        assert registry["rs.job.Service"][scheme][0].cpi_class is module.GSISSHJobService
        assert registry["rs.job.Job"][scheme][0].cpi_class is module.GSISSHJob


def test_adaptor_binding(gsissh, engine):
    class Service:
        def __init__(self, url=None, session=None):
            self._engine = rs.engine.getEngine()
            self._adaptor = self._engine.get_adaptor(
                self, "rs.job.Service", url.scheme, rs.task.NOTASK, None, url, session
            )

        def run_job(self, cmd):
            return self._adaptor.run_job(cmd)

    service = Service(rs.Url("gsissh://host.net/"), rs.Session())
    assert service.run_job("date") == "'date' on host.net"


def test_adaptor_state_is_a_connection_cache(gsissh):
    services = [rs.job.Service("gsissh://host.net/") for _ in range(3)]
    other = rs.job.Service("gsissh://other.net/")
    assert [each.run_job("date") for each in services] == ["'date' on host.net"] * 3
    assert other.run_job("date") == "'date' on other.net"
    assert sys.modules[f"{HERE}.gsissh_job"].Connection.opened == 2
    with pytest.raises(rs.NotImplemented, match="host"):
        other.run_job("date", "node7")


def test_creating_api_objects(gsissh):
    service = rs.job.Service("gsissh://host.net/")
    jd = rs.job.Description()
    jd.executable = "/bin/date"
    job = service.create_job(jd)
    assert job._adaptor._adaptor is service._adaptor._adaptor is gsissh
    assert job._adaptor._parent_service is service._adaptor
    assert service._adaptor._ids == [None]
    assert (job.state, job.id) == (rs.job.NEW, None)
    job.run()
    assert (job.state, job.id) == (rs.job.RUNNING, "[gsissh://host.net/]-[1]")


def test_every_object_takes_an_adaptor_and_its_state():
    rooms = (rs.job, rs.namespace, rs.filesystem, rs.replica, rs.advert, rs.resource)
    made = [getattr(room, name) for room in rooms for name in room.__all__]
    bound = [kind for kind in made if hasattr(kind, "_bind")]
    assert len(bound) >= 14
    for kind in [*bound, rs.Context]:
        parameters = inspect.signature(kind).parameters
        assert {"_adaptor", "_adaptor_state"} <= set(parameters), kind


def test_a_context_is_bound_to_the_adaptor_that_makes_it(engine, tmp_path):
    adaptor = engine.register_adaptor(f"{HERE}.x509_context")
    context = rs.Context("X509", user_proxy=str(tmp_path), _adaptor=adaptor, _adaptor_state="x509")
    assert context._adaptor._adaptor is adaptor
    with pytest.raises(rs.BadParameter, match="duh"):
        rs.Context("X509", _adaptor=context._adaptor, _adaptor_state="ssh")
    copied = copy.deepcopy(context)
    assert copied._bind()._adaptor is adaptor
    assert copied._adaptor is not context._adaptor


def test_a_factory_gives_objects_of_its_own_adaptor(tmp_path):
    folder = rs.filesystem.Directory(str(tmp_path))
    file = folder.open("new", rs.filesystem.CREATE)
    bond = file._adaptor
    assert bond._adaptor is folder.open_dir(".")._adaptor._adaptor is folder._adaptor._adaptor
    file.write("text")
    file.move("other")
    file.close()
    assert file._adaptor is bond


def test_private_constructor():
    with pytest.raises(rs.exceptions.IncorrectState):
        rs.job.Job()


def test_exception_handling(engine, tmp_path, monkeypatch):
    engine.register_adaptor(f"{HERE}.x509_context")
    monkeypatch.chdir(tmp_path)
    session = rs.Session(default=False)
    with pytest.raises(rs.BadParameter, match="does not exist: x509up_u"):
        session.add_context(rs.Context("X509"))
    proxy = tmp_path / "proxy"
    proxy.touch()
    context = rs.Context("X509")
    context.user_proxy = str(proxy)
    session.add_context(context)
    assert session.contexts[0].user_proxy == str(proxy)


def test_a_context_adaptor_may_be_told_that_a_file_cannot_be_read(engine, tmp_path, monkeypatch):
    engine.register_adaptor(f"{HERE}.x509_context")
    module = sys.modules[f"{HERE}.x509_context"]

    def refuse(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(module, "open", refuse, raising=False)
    proxy = tmp_path / "proxy"
    proxy.touch()
    with pytest.raises(rs.PermissionDenied, match="not readable"):
        rs.Session(default=False).add_context(rs.Context("X509", user_proxy=str(proxy)))


def test_a_context_adaptor_handles_its_own_type_only(engine):
    adaptor = engine.register_adaptor(f"{HERE}.x509_context")
    context = rs.Context("ssh")
    found = sys.modules[f"{HERE}.x509_context"].ContextX509(context, adaptor)
    with pytest.raises(rs.BadParameter, match="duh"):
        found.init_instance("ssh")


@pytest.mark.parametrize("ttype", [rs.task.SYNC, rs.task.ASYNC, rs.task.TASK])
def test_asynchronous_methods(local_file, ttype):
    file = rs.filesystem.File("localfile://localhost/etc/hosts")
    assert str(file.get_url()) == "localfile://localhost/etc/hosts"
    if ttype != rs.task.SYNC:
        local_file.gate.clear()
    task = file.get_url(ttype=ttype)
    assert local_file.seen_types == [ttype]
    state = {rs.task.SYNC: "Done", rs.task.ASYNC: "Running", rs.task.TASK: "New"}[ttype]
    assert task.state == state
    if ttype == rs.task.TASK:
        task.run()
        assert task.state == rs.task.RUNNING
    local_file.gate.set()
    assert task.wait(30)
    assert str(task.get_result()) == "localfile://localhost/etc/hosts"
    assert task.object is file


@pytest.mark.parametrize("ttype", [rs.task.SYNC, rs.task.ASYNC, rs.task.TASK])
def test_asynchronous_creation(local_file, ttype):
    if ttype != rs.task.SYNC:
        local_file.gate.clear()
    task = rs.filesystem.File.create("localfile://localhost/etc/hosts", ttype=ttype)
    assert local_file.seen_types == [ttype]
    state = {rs.task.SYNC: "Done", rs.task.ASYNC: "Running", rs.task.TASK: "New"}[ttype]
    assert task.state == state
    if ttype == rs.task.TASK:
        task.run()
        assert task.state == rs.task.RUNNING
    local_file.gate.set()
    assert task.wait(30)
    file = task.get_result()
    assert file.get_url().path == "/etc/hosts"


def test_asynchronous_creation_that_fails(local_file):
    task = rs.filesystem.File.create("localfile://localhost/missing", ttype=rs.task.ASYNC)
    task.wait(30)
    assert task.state == rs.task.FAILED
    assert isinstance(task.exception, rs.DoesNotExist)


def test_service_create(gsissh):
    t = rs.job.Service.create("ssh://host.net")
    t.wait()
    if t.state != rs.task.DONE:
        pytest.fail("no job service: " + str(t.exception))
    job_service = t.get_result()
    assert job_service.run_job("touch /tmp/hello_world") == "'touch /tmp/hello_world' on host.net"


def test_service_create_that_fails(gsissh):
    t = rs.job.Service.create("gsissh://refuses.net")
    t.wait()
    assert t.state == rs.task.FAILED
    assert isinstance(t.exception, rs.AuthenticationFailed)


def test_bulk_operations(engine):
    one = engine.register_adaptor("adaptors.saga.memory_file")
    two = engine.register_adaptor(sys.modules["adaptors.saga.memory_file"].OtherAdaptor)
    bulk = rs.task.Container()

    dir_1 = rs.filesystem.Directory("gridftp://remote.host1.net/")
    for i in range(1000):
        src = f"gridftp://remote.host1.net/data/file_{i:04d}.dat"
        tgt = f"gridftp://other.hostx.net/share/file_{i:04d}.dat"
        bulk.add(dir_1.copy(src, tgt, rs.task.TASK))

    dir_2 = rs.filesystem.Directory("ssh://remote.host2.net/")
    for i in range(1000):
        src = f"ssh://remote.host2.net/data/file_{i:04d}.info"
        tgt = f"ssh://other.hostx.net/share/file_{i:04d}.info"
        bulk.add(dir_2.copy(src, tgt, rs.task.TASK))

    bulk.run()
    assert bulk.wait(rs.task.ALL, timeout=60)

    assert (one.bulks, two.bulks) == ([1000], [1000])
    assert (len(one.copies), len(two.copies)) == (1000, 1000)
    assert set(bulk.states) == {rs.task.DONE}


def test_adaptor_logging(gsissh, caplog):
    job = rs.job.Service("gsissh://host.net/").create_job({"executable": "/bin/date"})
    with caplog.at_level(logging.INFO):
        job.run()
    (record,) = [each for each in caplog.records if "started" in each.message]
    assert (record.levelname, record.name) == (
        "INFO",
        "juncture.saga.adaptors.rs.adaptor.gsissh.job",
    )
