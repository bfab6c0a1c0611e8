import importlib
import operator
import os
import subprocess
import sys
from pathlib import Path

import pytest

import juncture.saga
from juncture import compat
from juncture.compat import saga_modules
from juncture.saga.cpi.base import Singleton

NAMES = {
    "": [*juncture.saga.__all__, "version", "version_detail", "__version__", "adaptors", "sasync"],
    "adaptors.base": ["Base"],
    "adaptors.cpi": ["SYNC_CALL", "ASYNC_CALL", "job", "base", "decorators"],
    "adaptors.cpi.attributes": ["Attributes"],
    "adaptors.cpi.sasync": ["Async"],
    "adaptors.cpi.base": ["CPIBase"],
    "adaptors.cpi.context": ["Context"],
    "adaptors.cpi.decorators": ["SYNC_CALL", "ASYNC_CALL"],
    "adaptors.cpi.filesystem": ["File", "Directory"],
    "adaptors.cpi.job": ["Service", "Job"],
    "adaptors.cpi.namespace": ["Entry", "Directory"],
    "adaptors.cpi.replica": ["LogicalFile", "LogicalDirectory"],
    "adaptors.cpi.resource": ["Manager", "Compute", "Storage", "Network"],
    "advert": ["Entry", "Directory"],
    "attributes": ["Attributes", "Callback", "STRING", "SCALAR", "READONLY"],
    "base": ["Base", "SimpleBase"],
    "constants": ["SYNC", "ASYNC", "TASK", "STATE", "ALL", "ANY"],
    "context": ["Context", "TYPE", "USER_ID", "USER_PASS", "LIFE_TIME"],
    "engine.engine": ["Engine", "getEngine"],
    "exceptions": ["SagaException", "NoSuccess", "BadParameter", "NotImplemented", "Timeout"],
    "filesystem": ["File", "Directory", "OVERWRITE", "RECURSIVE", "CREATE_PARENTS"],
    "filesystem.file": ["File"],
    "job": ["Service", "Job", "Description", "Container", "RUNNING", "DONE", "EXECUTABLE", "Self"],
    "job.constants": ["RUNNING", "SUSPENDED", "EXIT_CODE"],
    "job.description": ["Description", "EXECUTABLE"],
    "job.job": ["Job", "Self", "RUNNING", "EXIT_CODE"],
    "job.service": ["Service"],
    "namespace": ["Entry", "Directory", "EXCLUSIVE"],
    "replica": ["LogicalFile", "LogicalDirectory"],
    "resource": ["Manager", "Compute", "ComputeDescription", "COMPUTE", "ACTIVE", "STATE"],
    "resource.constants": ["STATE", "STATE_DETAIL", "ID", "MANAGER", "DESCRIPTION", "ACCESS"],
    "sasync": ["Async"],
    "session": ["Session", "DefaultSession"],
    "task": ["Task", "Container"],
    "url": ["Url"],
    "utils.job": ["TransferDirectives"],
    "utils.job.transfer_directives": ["TransferDirectives"],
    "utils.misc": ["url_is_local", "url_is_compatible", "url_make_absolute", "normalize_version"],
    "utils.pty_exceptions": ["translate_exception"],
    "utils.pty_process": ["PTYProcess"],
    "utils.pty_shell": ["PTYShell", "IGNORE", "MERGED", "SEPARATE", "STDOUT", "STDERR"],
}
"""The public names of radical.saga 1.103 that a program or an adaptor of it uses."""

ALL = [(module, name) for module, names in NAMES.items() for name in names]


@pytest.fixture
def on_path(monkeypatch):
    monkeypatch.syspath_prepend(compat.PATH)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    yield
    for name in list(sys.modules):
        if name.partition(".")[0] == "radical":
            del sys.modules[name]


@pytest.mark.parametrize(("module", "name"), ALL)
def test_a_name_is_there(on_path, module, name):
    found = importlib.import_module(f"radical.saga.{module}".rstrip("."))
    assert hasattr(found, name)


@pytest.mark.parametrize("name", sorted(saga_modules.ALIASES))
def test_a_module_is_ours_and_knows_its_own_name(on_path, name):
    found = importlib.import_module(name)
    ours = saga_modules.ALIASES[name]
    assert found is importlib.import_module(ours)
    assert found.__spec__.name == ours


def test_a_module_within_a_module_of_ours_is_not_loaded_twice(on_path):
    found = importlib.import_module("radical.saga.engine.registry")
    assert found is importlib.import_module("juncture.saga.engine.registry")


@pytest.mark.parametrize("name", ["moon", "job.moon"])
def test_a_module_that_is_not_there_is_not_found(on_path, name):
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(f"radical.saga.{name}")


@pytest.mark.parametrize("name", sorted(saga_modules.REFUSED))
def test_a_module_that_is_refused_says_why(on_path, name):
    with pytest.raises(ImportError, match=f"juncture has no `radical.saga.{name}`: ") as caught:
        importlib.import_module(f"radical.saga.{name}")
    assert not isinstance(caught.value, ModuleNotFoundError)
    package, _, module = f"radical.saga.{name}".rpartition(".")
    assert not hasattr(importlib.import_module(package), module)


@pytest.mark.parametrize("package", sorted(saga_modules.WITHIN))
def test_a_package_brings_its_modules(on_path, package):
    rs = importlib.import_module("radical.saga")
    for name in saga_modules.WITHIN[package]:
        found = getattr(getattr(rs, package), name)
        assert found is importlib.import_module(f"radical.saga.{package}.{name}")


def test_a_name_that_is_not_there_is_not_found(on_path):
    rs = importlib.import_module("radical.saga")
    with pytest.raises(AttributeError, match=r"module 'radical.saga' has no attribute 'moon'"):
        _ = rs.moon


ADAPTOR = """
import radical.saga as rs
import radical.saga.adaptors.base
import radical.saga.adaptors.cpi.job

SYNC_CALL = radical.saga.adaptors.cpi.decorators.SYNC_CALL

_ADAPTOR_INFO = {
    "name": "old.job",
    "version": "v0.1",
    "schemas": ["old"],
    "capabilities": {"jdes_attributes": [rs.job.EXECUTABLE]},
    "cpis": [
        {"type": "radical.saga.job.Service", "class": "OldService"},
        {"type": "radical.saga.job.Job", "class": "OldJob"},
    ],
}


class Adaptor(radical.saga.adaptors.base.Base):
    def __init__(self):
        radical.saga.adaptors.base.Base.__init__(self, _ADAPTOR_INFO, expand_env=False)

    def sanity_check(self):
        pass


class OldService(radical.saga.adaptors.cpi.job.Service):
    def __init__(self, api, adaptor):
        super().__init__(api, adaptor)

    @SYNC_CALL
    def init_instance(self, adaptor_state, rm_url, session):
        self.state, self.rm, self.session = adaptor_state, rm_url, session
        self._set_session(session)
        return self.get_api()

    @SYNC_CALL
    def create_job(self, jd):
        assert jd.system_architecture.get("cpu") is None
        state = {"job_service": self, "job_description": jd, "job_schema": self.rm.schema}
        return rs.job.Job(_adaptor=self._adaptor, _adaptor_state=state)

    @SYNC_CALL
    def container_run(self, jobs):
        for job in jobs:
            job.run()

    @SYNC_CALL
    def container_wait(self, jobs, mode, timeout):
        assert timeout < 0
        for job in jobs:
            job.wait()


class OldJob(radical.saga.adaptors.cpi.job.Job):
    def __init__(self, api, adaptor):
        super().__init__(api, adaptor)

    @SYNC_CALL
    def init_instance(self, job_info):
        self.jd = job_info["job_description"]
        return self.get_api()

    def _set_state(self, state):
        self._state = state
        self._api()._attributes_i_set("state", state, self._api()._UP)

    @SYNC_CALL
    def run(self):
        self._id = "7"
        self._set_state(rs.job.RUNNING)

    @SYNC_CALL
    def get_id(self):
        return self._id

    @SYNC_CALL
    def get_state(self):
        return self._state

    @SYNC_CALL
    def wait(self, timeout):
        if timeout < 0:
            self._set_state(rs.job.DONE)
            return True
        return False

    @SYNC_CALL
    def get_exit_code(self):
        return 0
"""


@pytest.fixture
def old_service(on_path, tmp_path, monkeypatch):
    (tmp_path / "old_job.py").write_text(ADAPTOR)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "old_job", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("JUNCTURE_SAGA_ADAPTORS", "old_job")
    monkeypatch.setattr(Singleton, "_instances", {})
    monkeypatch.setattr("juncture.saga.cpi.base.announced", [])
    session = juncture.saga.Session(default=False)
    service = importlib.import_module("radical.saga").job.Service("old://host/", session=session)
    assert service._adaptor.state == {}
    assert service._adaptor.session is service._adaptor.get_session() is session
    return service


def test_an_adaptor_of_the_old_shape(old_service):
    job = old_service.create_job({"executable": "date"})
    seen = []
    job.add_callback("State", lambda _job, _key, state: seen.append(state) or True)
    job.run()
    assert (job.state, job.id) == ("Running", "7")
    assert not job.wait(0)
    assert job.wait()
    assert (job.state, job.exit_code) == ("Done", 0)
    assert seen == ["Running", "Done"]


def test_a_bulk_of_an_adaptor_of_the_old_shape(old_service):
    jobs = juncture.saga.job.Container()
    for _ in range(3):
        jobs.add(old_service.create_job({"executable": "date"}))
    jobs.run()
    assert jobs.get_states() == ["Running"] * 3
    assert [job.exception for job in jobs.jobs] == [None] * 3
    jobs.wait()
    assert jobs.get_states() == ["Done"] * 3


def python(code, *places):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("places", [("ours", "other"), ("other", "ours")])
def test_ours_wins_over_another_saga_and_its_neighbours_stay(tmp_path, places):
    for name in ("saga", "utils"):
        (tmp_path / "radical" / name).mkdir(parents=True)
        (tmp_path / "radical" / name / "__init__.py").write_text("version = 'other'\n")
    where = {"ours": compat.PATH, "other": tmp_path}
    found = python(
        "import radical.saga as a, radical.utils as b; print(a.__file__, b.__file__)",
        *(where[place] for place in places),
    )
    assert [str(Path(file).parents[2]) for file in found] == [compat.PATH, str(tmp_path)]


def test_our_juncture_is_loaded_though_another_is_installed(tmp_path):
    (tmp_path / "juncture").mkdir()
    (tmp_path / "juncture" / "__init__.py").write_text("raise RuntimeError('the other one')\n")
    code = "import radical.saga, juncture; print(juncture.__file__)"
    assert python(code, tmp_path, compat.PATH) == [
        str(Path(compat.__file__).parents[1] / "__init__.py")
    ]


def test_final_states_add_up_with_lists(on_path):
    rs = importlib.import_module("radical.saga")
    ended = ["Done", "Failed", "Canceled"]
    assert operator.add([rs.job.RUNNING], rs.job.FINAL) == ["Running", *ended]
    assert operator.add(rs.FINAL, [rs.RUNNING]) == [*ended, "Running"]
    assert operator.add(rs.FINAL, (rs.RUNNING,)) == (*ended, "Running")


def test_an_adaptor_may_note_things_on_its_url(on_path):
    noted = importlib.import_module("juncture.compat.saga_adaptors").NotedUrl("ssh://me@host/")
    noted.detected_username = "me"
    noted.host = "other"
    assert (noted.detected_username, str(noted)) == ("me", "ssh://me@other/")
    with pytest.raises(juncture.saga.BadParameter):
        noted.port = "moon"
