import json
from pathlib import Path

import pytest


@pytest.fixture
def hello(make_adaptor):
    return make_adaptor("hello", "hello")


def test_one_command_greets(hello, tmp_path: Path):
    data = ["--init-data", '{"greeting": "Good evening"}', "--run-data", '{"name": "Ada"}']
    ran = hello("run", *data, "--result", "result.json")
    assert "Good evening, Ada!\n" in ran.stdout
    assert json.loads((tmp_path / "result.json").read_text()) == {"text": "Good evening, Ada!"}


def test_daemon_keeps_its_greeting(hello, tmp_path: Path):
    where = ["--connection-file", "hello.json"]
    hello("daemon", "start", *where, "--init-data", '{"greeting": "Hi"}')
    try:
        for name in ("Ada", "Grace"):
            ran = hello("daemon", "run", *where, "--run-data", json.dumps({"name": name}))
            assert f"Hi, {name}!\n" in ran.stdout
    finally:
        hello("daemon", "stop", *where)
    assert not (tmp_path / "hello.json").exists()
