"""SFTP packets: what is asked is what a server reads, and what a server says is believed or not."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from juncture.saga.exceptions import NoSuccess
from juncture.saga.storage import sftp_protocol as protocol
from juncture.saga.storage.sftp_values import NO_ATTRS, Attrs, pack_attrs, take_attrs

BYTES = st.binary(max_size=200)
U32 = st.integers(0, 2**32 - 1)
U64 = st.integers(0, 2**64 - 1)


def string(data):
    return struct.pack(">I", len(data)) + data


def packet(kind, number, body=b""):
    return struct.pack(">IBI", len(body) + 5, kind, number) + body


def status(number, code, text=b"text"):
    return packet(protocol.STATUS, number, struct.pack(">I", code) + string(text) + string(b""))


def names(number, entries):
    body = struct.pack(">I", len(entries))
    for name in entries:
        body += string(name) + string(b"a line for people") + NO_ATTRS
    return packet(protocol.NAME, number, body)


GREETING = packet(2, 3, string(b"limits@openssh.com") + string(b"1"))


@pytest.fixture
def codec():
    return greeted()


def greeted():
    codec = protocol.Codec("h")
    codec.receive(GREETING)
    codec.outgoing.clear()
    return codec


def asked(codec, *requests):
    """Send requests, and return a list that the replies will be added to."""
    taken = []
    for request in requests:
        codec.send(request, taken.append)
    return taken


def receive(codec, data):
    for then, reply in codec.receive(data):
        then(reply)


class Server:
    """What a server reads."""

    def __init__(self, codec):
        self.data = io.BytesIO(b"".join(map(bytes, codec.outgoing)))
        self.length = self.u32()
        self.kind = self.data.read(1)[0]

    def u32(self):
        return struct.unpack(">I", self.data.read(4))[0]

    def u64(self):
        return struct.unpack(">Q", self.data.read(8))[0]

    def string(self):
        size = self.u32()
        data = self.data.read(size)
        assert len(data) == size
        return data


def test_the_first_that_is_sent_says_the_version():
    assert protocol.Codec("h").outgoing == [bytes((0, 0, 0, 5, 1, 0, 0, 0, 3))]


def test_the_greeting_tells_the_extensions():
    codec = protocol.Codec("h")
    assert not codec.greeted
    assert codec.receive(GREETING) == []
    assert codec.greeted
    assert codec.extensions == {b"limits@openssh.com": b"1"}


@given(BYTES, U32, st.none() | st.integers(0, 0o7777))
def test_a_server_reads_what_file_was_to_be_opened(path, flags, mode):
    codec = greeted()
    asked(codec, protocol.open_file(path, flags, pack_attrs(mode=mode)))
    server = Server(codec)
    assert (server.kind, server.u32(), server.string(), server.u32()) == (3, 1, path, flags)
    rest = server.data.read()
    attrs, end = take_attrs(rest, 0)
    assert attrs.mode == mode
    assert end == len(rest)


@given(BYTES, U64, BYTES)
def test_a_server_reads_what_was_to_be_written(handle, offset, data):
    codec = greeted()
    asked(codec, protocol.write(handle, offset, memoryview(data)))
    server = Server(codec)
    assert server.length == len(server.data.getvalue()) - 4
    assert (server.kind, server.u32(), server.string(), server.u64()) == (6, 1, handle, offset)
    assert server.string() == data


@given(U64, U32, U32)
def test_attributes_come_back_as_they_were(size, mode, time):
    data = pack_attrs(size=size, mode=mode, times=(0, time))
    attrs, end = take_attrs(b"xx" + data, 2)
    assert (attrs.size, attrs.mode, attrs.mtime, attrs.uid) == (size, mode, time, None)
    assert end == len(data) + 2


def test_attributes_with_more_than_we_know_are_read_to_their_end():
    data = struct.pack(">I", 0x8000000F) + struct.pack(">QIIIII", 1, 2, 3, 4, 5, 6)
    data += struct.pack(">I", 1) + string(b"name") + string(b"value")
    attrs, end = take_attrs(data, 0)
    assert isinstance(attrs, Attrs)
    assert (attrs.size, attrs.uid, attrs.gid, attrs.mode, attrs.mtime) == (1, 2, 3, 4, 6)
    assert end == len(data)


@given(st.data())
def test_however_the_bytes_come_the_replies_are_the_same(data):
    codec = greeted()
    content = data.draw(st.binary(max_size=500))
    entries = data.draw(st.lists(BYTES, max_size=5))
    taken = asked(
        codec,
        protocol.read(b"h", 0, 500),
        protocol.read_dir(b"h"),
        protocol.stat(b"/"),
        protocol.close(b"h"),
    )
    stream = packet(protocol.DATA, 1, string(content)) + names(2, entries)
    stream += packet(protocol.ATTRS, 3, pack_attrs(size=7)) + status(4, 0)
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        receive(codec, stream[:size])
        stream = stream[size:]
    assert [reply.kind for reply in taken] == [103, 104, 105, 101]
    assert taken[0].data == content
    assert [name for name, _ in taken[1].names] == entries
    assert taken[2].attrs.size == 7
    assert taken[3].code == protocol.OK
    assert codec.is_idle
    assert codec.wanted() == 0


def test_replies_may_come_in_any_order(codec):
    taken = asked(codec, protocol.remove(b"a"), protocol.remove(b"b"))
    receive(codec, status(2, protocol.FAILURE, b"no") + status(1, protocol.OK))
    assert [(reply.code, reply.data) for reply in taken] == [(4, b"no"), (0, b"text")]


def test_a_status_without_a_text_is_one(codec):
    taken = asked(codec, protocol.remove(b"a"))
    receive(codec, packet(protocol.STATUS, 1, struct.pack(">I", 2)))
    assert taken[0].code == protocol.NO_SUCH_FILE


@given(st.binary(min_size=1, max_size=300))
def test_garbage_is_refused_or_is_not_enough_to_say(data):
    codec = greeted()
    taken = asked(codec, protocol.read(b"h", 0, 10), protocol.read_dir(b"h"), protocol.stat(b"p"))
    try:
        receive(codec, data)
    except protocol.ProtocolError:
        return
    assert len(data) < 9 or taken or codec.wanted()


@given(st.sampled_from([protocol.read(b"h", 0, 64), protocol.read_dir(b"h"), protocol.stat(b"p")]),
       st.sampled_from([101, 102, 103, 104, 105, 201, 7]), BYTES)  # fmt: skip
def test_a_body_that_is_garbage_is_an_answer_or_a_clear_error(request, kind, body):
    codec = greeted()
    taken = asked(codec, request)
    told = ""
    try:
        receive(codec, packet(kind, 1, body))
    except protocol.ProtocolError as error:
        told = str(error)
    assert len(taken) == 1 or "SFTP server of h breaks the protocol" in told


@pytest.mark.parametrize(
    ("what", "data", "text"),
    [
        ("too long", struct.pack(">IBI", 2**32 - 1, 103, 1), "a packet of 4294967295 bytes"),
        ("too short", struct.pack(">IBI", 4, 103, 1), "a packet of 4 bytes"),
        ("unknown", status(9, 0), "request 9, which was not made"),
        ("other kind", packet(protocol.HANDLE, 1, string(b"h")), "kind 102 where 103 answers"),
        ("more data", packet(protocol.DATA, 1, string(bytes(11))), "11 bytes, of 10 asked for"),
        ("string beyond", packet(protocol.DATA, 1, b"\0\0\0\x0bshort"), "ends too early"),
        ("nothing in it", packet(protocol.DATA, 1), "ends too early"),
        ("twice", 2 * packet(protocol.DATA, 1, string(b"x")), "request 1, which was not made"),
    ],
)
def test_lengths_and_numbers_that_lie(codec, what, data, text):
    asked(codec, protocol.read(b"h", 0, 10))
    with pytest.raises(protocol.ProtocolError, match=text):
        receive(codec, data)


@pytest.mark.parametrize(
    "body",
    [
        struct.pack(">I", 2**32 - 1),
        struct.pack(">I", 2) + string(b"one") + string(b"") + NO_ATTRS,
        struct.pack(">I", 1) + struct.pack(">I", 2**31) + b"name",
        struct.pack(">I", 1) + string(b"name") + struct.pack(">I", 2**31),
        struct.pack(">I", 1) + string(b"name") + string(b"") + b"\x80\0\0\0\xff\xff\xff\xff",
    ],
)
def test_names_that_are_not_there(codec, body):
    asked(codec, protocol.read_dir(b"h"))
    with pytest.raises(protocol.ProtocolError, match="ends too early"):
        # What follows must not be taken for a part of it.
        receive(codec, packet(protocol.NAME, 1, body) + status(2, 0) * 20)


def test_attributes_that_end_too_early(codec):
    asked(codec, protocol.stat(b"p"), protocol.stat(b"q"))
    with pytest.raises(protocol.ProtocolError, match="ends too early"):
        receive(codec, packet(protocol.ATTRS, 1, b"\0\0\0\x0f") + status(2, 0) * 5)


def test_no_more_is_kept_than_a_packet_may_be_long(codec):
    asked(codec, protocol.read(b"h", 0, 1 << 18))
    receive(codec, struct.pack(">IBI", protocol.MOST_PACKET_BYTES, 103, 1))
    assert codec.wanted() == protocol.MOST_PACKET_BYTES - 5
    with pytest.raises(protocol.ProtocolError):
        receive(codec, struct.pack(">I", 1 << 30) + bytes(codec.wanted()))


@pytest.mark.parametrize("said", [b"*** Welcome ***\r\n", b"\0\0\0\x05\x65\0\0\0\0", b"GIF89a...."])
def test_a_server_that_is_none_is_quoted(said):
    with pytest.raises(NoSuccess, match="what answers on h is no SFTP server"):
        protocol.Codec("h").receive(said)


def test_an_older_version_is_refused():
    with pytest.raises(NoSuccess, match="version 2"):
        protocol.Codec("h").receive(packet(2, 2))


def test_a_greeting_that_ends_too_early():
    with pytest.raises(NoSuccess, match="ends too early"):
        protocol.Codec("h").receive(packet(2, 3, struct.pack(">I", 100) + b"name"))


@pytest.mark.parametrize("take", [protocol.take_limits, protocol.take_stat_vfs])
def test_extended_replies_that_are_too_short(take):
    with pytest.raises(protocol.ProtocolError, match="too short"):
        take(b"\0\0")


def test_those_who_wait_are_known_when_nothing_comes_any_more(codec):
    taken = asked(codec, protocol.remove(b"a"), protocol.remove(b"b"))
    for then in codec.forget():
        then("lost")
    assert taken == ["lost", "lost"]
    assert codec.is_idle
