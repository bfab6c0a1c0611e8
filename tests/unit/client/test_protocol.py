"""The protocol under every split of its bytes, and under bytes that are not the protocol."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from juncture_client import protocol
from juncture_client.protocol import (
    CLIENT,
    CLOSED,
    FRAMES,
    GREETING,
    MAX_FRAME_BYTES,
    MAX_GREETING_BYTES,
    MOVES,
    OPEN,
    SERVER,
    Connection,
    LocalProtocolError,
    RemoteProtocolError,
    encode,
    log_header,
)

GREETINGS = {"hello", "welcome"}


def sent_while_open(role):
    return sorted(
        name
        for name, row in FRAMES.items()
        if row[1] == role and MOVES.get((OPEN, role, name)) == OPEN
    )


def opened(role):
    connection = Connection(role)
    if role == SERVER:
        connection.receive(encode("hello"))
        connection.send("welcome")
    else:
        connection.send("hello")
        connection.receive(encode("welcome"))
    assert connection.state == OPEN
    return connection


@st.composite
def frames(draw, role):
    name = draw(st.sampled_from(sent_while_open(role)))
    return name, {field: draw(st.binary(max_size=40)) for field in FRAMES[name][2]}


@st.composite
def conversations(draw):
    """Return `(who sends, frames, their bytes, the same bytes in pieces)`."""
    role = draw(st.sampled_from([CLIENT, SERVER]))
    sent = draw(st.lists(frames(role), max_size=6))
    data = b"".join(encode(name, **fields) for name, fields in sent)
    cuts = sorted(draw(st.sets(st.integers(0, len(data)), max_size=12)))
    pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    return role, sent, pieces


def other(role):
    return SERVER if role == CLIENT else CLIENT


@given(conversations())
def test_any_split_gives_the_same_frames(conversation):
    role, sent, pieces = conversation
    connection = opened(other(role))
    received = [frame for piece in pieces for frame in connection.receive(piece)]
    assert [(f.name, {n: f.raw(n) for n in FRAMES[f.name][2]}) for f in received] == sent
    assert connection.state == OPEN


def test_byte_by_byte():
    connection = opened(SERVER)
    data = encode("done", id=7, error="ñ") + encode("next")
    received = [f for byte in data for f in connection.receive(bytes((byte,)))]
    assert [f.name for f in received] == ["done", "next"]
    assert (received[0]["id"], received[0]["error"]) == ("7", "ñ")


@given(
    st.sampled_from([CLIENT, SERVER]),
    st.booleans(),
    st.lists(st.binary(max_size=60), max_size=5),
)
def test_garbage_raises_remote_protocol_error_and_nothing_else(role, greeted, pieces):
    connection = opened(role) if greeted else Connection(role)
    try:
        for piece in pieces:
            connection.receive(piece)
    except RemoteProtocolError:
        assert connection.state == CLOSED
        with pytest.raises(RemoteProtocolError):
            connection.receive(encode("next" if role == SERVER else "action"))


@given(
    st.integers(0, 255),
    st.binary(max_size=40),
    st.sampled_from([CLIENT, SERVER]),
)
def test_well_framed_garbage_is_a_frame_or_an_error(code, body, role):
    connection = opened(role)
    data = (len(body) + 1).to_bytes(4, "big") + bytes((code,)) + body
    try:
        (frame,) = connection.receive(data)
    except RemoteProtocolError:
        assert connection.state == CLOSED
        return
    code_of, sender, names = FRAMES[frame.name]
    assert (code_of, sender) == (code, other(role))
    for name in names:
        frame[name].encode("utf-8", "surrogateescape")


@given(conversations(), st.data())
def test_half_a_frame_is_waited_for(conversation, data):
    role, sent, pieces = conversation
    whole = b"".join(pieces)
    cut = data.draw(st.integers(0, len(whole)))
    connection = opened(other(role))
    first = connection.receive(whole[:cut])
    assert len(first) + len(connection.receive(whole[cut:])) == len(sent)


@pytest.mark.parametrize("size", [0, MAX_FRAME_BYTES + 1, 2**32 - 1])
def test_an_impossible_length_is_refused_before_its_bytes_come(size):
    with pytest.raises(RemoteProtocolError, match=f"a frame of {size} bytes"):
        opened(SERVER).receive(size.to_bytes(4, "big"))


def test_a_stranger_may_send_little():
    connection = Connection(SERVER)
    with pytest.raises(RemoteProtocolError, match=f"expected 1 to {MAX_GREETING_BYTES}"):
        connection.receive((MAX_GREETING_BYTES + 1).to_bytes(4, "big"))
    (frame,) = opened(SERVER).receive(encode("run", data=bytes(MAX_GREETING_BYTES)))
    assert len(frame.raw("data")) == MAX_GREETING_BYTES


@pytest.mark.parametrize("body", [b"\x33\0\0\0", b"\x33\0\0\0\5abcd", b"\x33" + b"\xff" * 4])
def test_a_field_past_the_end_of_its_frame_is_refused(body):
    with pytest.raises(RemoteProtocolError, match="past the end"):
        opened(SERVER).receive(len(body).to_bytes(4, "big") + body)


def test_fields_may_be_added_and_left_out():
    row = FRAMES["done"][0]
    extra = bytes((row,)) + b"\0\0\0\1a" + b"\0\0\0\1b" + b"\0\0\0\1c"
    short = bytes((row,))
    received = opened(SERVER).receive(
        len(extra).to_bytes(4, "big") + extra + len(short).to_bytes(4, "big") + short
    )
    assert [(f["id"], f["error"]) for f in received] == [("a", "b"), ("", "")]


def test_codes_are_unique_bytes_and_fields_are_named_once():
    codes = [row[0] for row in FRAMES.values()]
    assert len(set(codes)) == len(codes)
    assert all(0 < code < 256 for code in codes)
    assert all(len(set(row[2])) == len(row[2]) for row in FRAMES.values())


@pytest.mark.parametrize("name", FRAMES)
def test_every_frame_has_a_move_and_only_for_who_sends_it(name):
    senders = {who for _, who, frame in MOVES if frame == name}
    assert senders == {FRAMES[name][1]}
    when = {state for state, _, frame in MOVES if frame == name}
    assert when == {"hello": {GREETING}, "welcome": {GREETING}, "refused": {GREETING, OPEN}}.get(
        name, {OPEN}
    )


def test_moves_name_only_what_exists():
    for (state, who, frame), following in MOVES.items():
        assert state in {GREETING, OPEN}
        assert following in {GREETING, OPEN, CLOSED}
        assert FRAMES[frame][1] == who
    assert {frame for state, _, frame in MOVES if state == GREETING} == {*GREETINGS, "refused"}


@pytest.mark.parametrize("state", [GREETING, OPEN, CLOSED])
@pytest.mark.parametrize("role", [CLIENT, SERVER])
@pytest.mark.parametrize("name", FRAMES)
def test_send_and_receive_agree_with_the_table(state, role, name):
    allowed = MOVES.get((state, role, name)) if FRAMES[name][1] == role else None
    sender, receiver = Connection(role), Connection(other(role))
    sender.state = receiver.state = state
    if allowed is None:
        with pytest.raises(LocalProtocolError):
            sender.send(name)
        assert sender.state == state
        with pytest.raises(RemoteProtocolError):
            receiver.receive(encode(name))
        assert receiver.state == CLOSED
    else:
        (frame,) = receiver.receive(sender.send(name))
        assert (frame.name, sender.state, receiver.state) == (name, allowed, allowed)


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("fly", {}, "there is no frame 'fly'"),
        ("next", {"id": 1}, "frame 'next' has no field 'id'"),
        ("map_path", {"path": "\ud83c"}, "'path' of 'map_path' cannot be encoded"),
        ("run", {"data": bytes(MAX_FRAME_BYTES)}, "over the limit"),
    ],
)
def test_what_cannot_be_encoded_is_our_own_error(name, fields, message):
    with pytest.raises(LocalProtocolError, match=message):
        encode(name, **fields)


def test_a_field_may_be_called_name():
    (frame,) = opened(CLIENT).receive(opened(SERVER).send("action", id=1, name="x"))
    assert frame["name"] == "x"
    assert repr(frame) == "<frame action id: 1 bytes, name: 1 bytes, args: 0 bytes>"


@given(st.binary(max_size=100))
def test_undecodable_text_survives(data):
    (frame,) = opened(SERVER).receive(encode("map_path", path=data))
    assert encode("map_path", path=frame["path"]) == encode("map_path", path=data)


@given(st.binary(max_size=100))
def test_log_header_and_raw_bytes_are_a_log_frame(data):
    assert log_header(len(data)) + data == encode("log", data=data)


def test_the_module_imports_nothing():
    names = {k for k, v in vars(protocol).items() if type(v).__name__ == "module"}
    assert names == set()
