"""Following what a job writes costs what is new, and no more of it is held than a piece."""

import os

import pytest
from processes import PATIENCE_S

from juncture.cli.job_output import Output
from juncture.saga.exceptions import BadParameter
from juncture.saga.job.facts import READ_BYTES
from juncture.saga.shell import Channel

STEP_BYTES = READ_BYTES + 1000
STEPS = 3
TEXT = """
for step in 1 2 3; do
    read -r _ <"$1/go"
    head -c "$2" /dev/zero | tr '\\0' "$step"
    echo >"$1/done"
done
"""


@pytest.fixture
def read(monkeypatch):
    """The lengths of what commands on the host have answered."""
    lengths = []
    run = Channel.run

    def counted(self, *words, **more):
        result = run(self, *words, **more)
        lengths.append(len(result.stdout))
        return result

    monkeypatch.setattr(Channel, "run", counted)
    return lengths


def test_each_byte_is_read_once(run, place, read, capsysbinary):
    folder = place.folder / "following"
    folder.mkdir()
    for name in ("go", "done"):
        os.mkfifo(folder / name)
        (folder / name).chmod(0o666)
    job = run("sh", "-c", TEXT, "sh", str(folder), str(STEP_BYTES), wait=False)
    output = Output(job)
    written = b""
    for _ in range(STEPS):
        (folder / "go").write_text("\n")
        (folder / "done").read_text()
        read.clear()
        assert output.pump()
        assert sum(read) == STEP_BYTES
        assert max(read) == READ_BYTES
        written += capsysbinary.readouterr().out
    assert job.wait(PATIENCE_S)
    read.clear()
    assert not output.pump()
    assert not sum(read)
    assert written == b"".join(b"%d" % step * STEP_BYTES for step in range(1, STEPS + 1))


def test_what_cannot_be_read(run):
    job = run("printf", "text")
    with pytest.raises(BadParameter, match="found -1"):
        job.read_stdout(-1)
    with pytest.raises(BadParameter, match="and -2"):
        job.read_stderr(0, -2)
    assert job.read_stdout(0, 0) == b""
