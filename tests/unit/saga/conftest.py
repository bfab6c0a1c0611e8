import pytest

import juncture.saga as rs
from juncture.saga.cpi.base import Singleton
from juncture.saga.engine.engine import Engine


@pytest.fixture
def engine(monkeypatch, tmp_path):
    """Return an engine that has loaded nothing, which is the one of the process meanwhile."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr("juncture.saga.cpi.options.SYSTEM_FILE", str(tmp_path / "system.toml"))
    monkeypatch.delenv("JUNCTURE_SAGA_ADAPTORS", raising=False)
    monkeypatch.setattr(Singleton, "_instances", {})
    monkeypatch.setattr("juncture.saga.cpi.base.announced", [])
    return Engine()


@pytest.fixture
def memory(engine):
    """Return the adaptor of `mem://` jobs."""
    return engine.register_adaptor("adaptors.saga.memory_job")


@pytest.fixture
def service(memory):
    with rs.job.Service("mem://host/") as service:
        yield service


@pytest.fixture
def job(service):
    return service.create_job(rs.job.Description(executable="/bin/true"))
