import contextlib
import itertools
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from juncture.saga.exceptions import BadParameter, NoSuccess
from juncture.saga.shell import _framing
from juncture.saga.shell._bulk import feed
from juncture.saga.shell._process import PipedProcess

TOKEN = b"0123456789abcdef"
MARK = _framing.MARK_BYTE + TOKEN
DATA = st.binary(max_size=40) | st.sampled_from(
    [b"\x01", MARK[:-1], b"\x01" + MARK[:5], TOKEN, b""]
)


def pieces(stream, cuts):
    bounds = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    return [stream[a:b] for a, b in itertools.pairwise(bounds)]


@given(
    parts=st.lists(st.tuples(DATA, st.sampled_from([b" 0", b".", b"!x y"]))),
    cuts=st.lists(st.integers(0)),
)
def test_a_stream_is_taken_apart_wherever_it_is_cut(parts, cuts):
    stream = b"".join(data + MARK + word + b"\n" for data, word in parts)
    splitter = _framing.Splitter(TOKEN)
    found, data = [], b""
    for piece in pieces(stream, cuts):
        for is_mark, text in splitter.feed(piece):
            if is_mark:
                found.append((data, text))
                data = b""
            else:
                data += text
    assert found == parts
    assert data == splitter.rest() == b""


def test_nothing_is_held_back_that_cannot_begin_a_mark():
    splitter = _framing.Splitter(TOKEN)
    assert splitter.feed(b"abc\x01x") == [(False, b"abc\x01x")]
    assert splitter.feed(b"abc" + MARK[:7]) == [(False, b"abc")]
    assert splitter.feed(b"x") == [(False, MARK[:7] + b"x")]
    assert splitter.feed(b"\x01") == []
    assert splitter.rest() == b"\x01"


def test_an_event_is_cut_out_of_what_is_around_it():
    splitter = _framing.Splitter(TOKEN)
    assert splitter.feed(b"left" + MARK + b"!event\n" + b"right") == [
        (False, b"left"),
        (True, b"!event"),
        (False, b"right"),
    ]


def test_what_is_sent_cannot_be_taken_for_a_mark():
    text = _framing.setup(TOKEN.decode()) + _framing.framed("echo x", isolated=True)
    assert _framing.MARK_BYTE not in text
    done = subprocess.run(
        ["/bin/sh", "-x"],
        input=text + _framing.framed("set; set -v"),
        capture_output=True,
        check=True,
    )
    words = [word for is_mark, word in _framing.Splitter(TOKEN).feed(done.stderr) if is_mark]
    # The start, the commands, and the end of the shell.
    assert words[0].startswith(b" ready ")
    assert words[1:] == [b".", b".", b".", b" bye 0"]


def test_a_nul_is_refused():
    with pytest.raises(BadParameter):
        _framing.framed("echo \0")


def test_half_a_block_is_not_run(tmp_path):
    """Whoever sends it may be killed; what has arrived by then must not be taken for a command."""
    text = f"rm -rf '{tmp_path}/a b/c'/d /none; echo done"
    whole = _framing.block(text)
    for end in range(len(whole) + 1):
        (tmp_path / "a b" / "c" / "d").mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["/bin/sh"], input=whole[:end], capture_output=True, check=False)
        is_whole = end >= len(whole) - 1
        assert done.stdout == (b"done\n" if is_whole else b""), whole[:end]
        assert (tmp_path / "a b" / "c").exists()
        assert (tmp_path / "a b" / "c" / "d").exists() != is_whole


@pytest.mark.parametrize("stdin", ["", "printf x"])
@pytest.mark.parametrize("text", ["rm -rf '{}/a b/c'/d; echo done", "{}/remove-d"])
def test_half_a_command_is_not_run(tmp_path, text, stdin):
    """Quotes within a word end and begin it anew, and a safe word has none: both can be cut."""
    for name, victim in (("remove", "c"), ("remove-d", "c/d")):
        (tmp_path / name).write_text(f"rm -rf '{tmp_path}/a b/{victim}'; echo done\n")
        (tmp_path / name).chmod(0o755)
    whole = _framing.framed(text.format(tmp_path), stdin=stdin)
    ready = b"exec 3>&1 4>&2; _j() { echo ended; }\n"
    for end in range(len(whole) + 1):
        (tmp_path / "a b" / "c" / "d").mkdir(parents=True, exist_ok=True)
        given = ready + whole[:end]
        done = subprocess.run(["/bin/sh"], input=given, capture_output=True, check=False)
        is_whole = end >= len(whole) - 1
        assert done.stdout == (b"done\nended\n" if is_whole else b""), whole[:end]
        assert (tmp_path / "a b" / "c").exists()
        assert (tmp_path / "a b" / "c" / "d").exists() != is_whole


def test_half_of_what_opens_a_file_opens_none(tmp_path):
    """A name that was cut off is the name of another file."""
    other = tmp_path / "data"
    other.write_bytes(b"what was there")
    for size in itertools.count():
        shell = PipedProcess(("/bin/sh", "-c", f"head -c {size} | /bin/sh"))
        with contextlib.suppress(NoSuccess):
            feed(shell, "h", f"cat >{tmp_path}/data-new", b"")
        assert other.read_bytes() == b"what was there"
        if (tmp_path / "data-new").exists():
            break
        assert list(tmp_path.iterdir()) == [other]
