"""Adaptors that stores in memory serve."""

import pytest


@pytest.fixture
def tree(engine, tmp_path, monkeypatch):
    """An adaptor as an author writes one; notes of transfers are the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return engine.register_adaptor("adaptors.saga.tree_file")
