"""An array that is written as its items are found."""

import json

import pytest

from juncture.cli.file_places import Names, stats
from juncture.cli.file_running import Run
from juncture.cli.json_rows import Rows
from juncture.cli.parser import Parser
from juncture.errors import UsageError
from juncture.saga.exceptions import SagaException


def _ended_by(error, *items):
    with Rows() as rows:
        for item in items:
            rows.add(item)
        raise error


def test_items_are_lines_of_one_document(capsys):
    with Rows() as rows:
        rows.add({"a": "x\ny"})
        first = capsys.readouterr().out
        rows.add([1])
    rest = capsys.readouterr().out
    assert first == '[\n  {"a": "x\\ny"}'
    assert json.loads(first + rest) == [{"a": "x\ny"}, [1]]


def test_no_items(capsys):
    with Rows():
        pass
    assert json.loads(capsys.readouterr().out) == []


def test_it_is_closed_whatever_ends_it(capsys):
    with pytest.raises(KeyboardInterrupt):
        _ended_by(KeyboardInterrupt, 1)
    assert json.loads(capsys.readouterr().out) == [1]
    for kind in (KeyError, UsageError):
        with pytest.raises(kind):
            _ended_by(kind("x"))
        assert not capsys.readouterr().out
    for kind in (KeyboardInterrupt, SagaException):
        with pytest.raises(kind):
            _ended_by(kind("x"))
        assert json.loads(capsys.readouterr().out) == []


def test_an_item_that_does_not_come_leaves_the_others(capsys):
    with pytest.raises(TypeError):
        _ended_by(None, 1, object())
    assert json.loads(capsys.readouterr().out) == [1]


def test_nothing_is_written_to_a_pipe_that_is_closed(capsys):
    with pytest.raises(BrokenPipeError):
        _ended_by(BrokenPipeError, 1)
    assert "]" not in capsys.readouterr().out


def test_many_names_are_asked_for_at_once_and_keep_their_order(tmp_path, monkeypatch):
    for number in range(600):
        (tmp_path / f"{number:04d}").write_text("x" * number)
    (tmp_path / "0300").unlink()
    monkeypatch.chdir(tmp_path)
    names = Names(Run(Parser().parse_args([])))
    asked = []
    store = names.find(".").store
    many = type(store).stat_many

    def counted(self, paths, *, follow=True):
        asked.append(len(paths))
        return many(self, paths, follow=follow)

    monkeypatch.setattr(type(store), "stat_many", counted)
    texts = [f"{number:04d}" for number in range(600)]
    found = list(stats((names.find(text) for text in texts), follow=True))
    assert [name.text for name, _ in found] == texts
    assert isinstance(found[300][1], SagaException)
    assert found[599][1].size_bytes == 599
    assert sum(asked) == 600
    assert len(asked) == 3
