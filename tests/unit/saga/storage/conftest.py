import pytest


@pytest.fixture(autouse=True)
def state(monkeypatch, tmp_path):
    """Keep the notes of transfers in the test's own directory."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"
