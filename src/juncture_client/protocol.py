"""The wire protocol of juncture: bytes in, frames out, and no input or output of its own.

Two channels speak it over a stream socket: a command to the daemon that keeps an adaptor
(`DAEMON`), and an application to the adaptor that drives it (`ACTIONS`). In both the process that
listens is the *server*.

A frame is a 4-byte length of what follows (unsigned, big-endian), one byte that names the kind, and
the fields of that kind in the order of the table `FRAMES`, each a 4-byte length and its bytes.
Text is UTF-8. A reader ignores fields beyond those it knows and takes missing ones as empty, so
that a field can be added at the end of a row. JSON appears only inside fields; nothing is decoded
and encoded again on its way.

The first frame of a client is `hello`, the first of a server `welcome` or `refused`: the rows of
`MOVES` are all that may happen, and a frame without a row is an error of whoever sent it.

This module is imported by every command before anything else and inside other programs' Python, so
it imports nothing and keeps to the syntax of Python 3.9.
"""

from __future__ import annotations

VERSION = 1
"""Version of this protocol; the two sides must agree on it."""

MAX_FRAME_BYTES = 256 * 1024 * 1024
"""Largest frame either side accepts once the peer has said who it is."""

MAX_GREETING_BYTES = 4096
"""Largest frame accepted from a peer that has not been welcomed."""

CLIENT = "client"
SERVER = "server"

FRAMES: dict[str, tuple[int, str, tuple[str, ...]]] = {
    # name: (code, who sends it, fields)
    "hello": (1, CLIENT, ("version", "token", "who")),
    "welcome": (2, SERVER, ("version", "pid", "name")),
    "refused": (3, SERVER, ("reason", "message", "hint")),
    # -- to the daemon
    "run": (16, CLIENT, ("data", "wait", "timeout")),
    "cancel": (17, CLIENT, ("run",)),
    "status": (18, CLIENT, ()),
    "stop": (19, CLIENT, ("wait",)),
    "attach": (20, CLIENT, ()),
    "logs": (21, CLIENT, ("follow",)),
    "start": (22, CLIENT, ("document",)),
    # -- from the daemon
    "accepted": (32, SERVER, ("run", "log_offset")),
    "log": (33, SERVER, ("data",)),
    "progress": (34, SERVER, ("percent", "message")),
    "outcome": (35, SERVER, ("kind", "exit_status", "message", "hint", "result", "lost_bytes")),
    "state": (36, SERVER, ("document",)),
    # -- to the adaptor
    "next": (48, CLIENT, ()),
    "taken": (49, CLIENT, ("id",)),
    "done": (50, CLIENT, ("id", "error")),
    "map_path": (51, CLIENT, ("id", "path")),
    "get_rules": (52, CLIENT, ("id",)),
    "bye": (53, CLIENT, ()),
    # -- from the adaptor
    "action": (64, SERVER, ("id", "name", "args")),
    "mapped": (65, SERVER, ("id", "path", "error")),
    "rules": (66, SERVER, ("id", "document", "error")),
}
"""Every frame there is. A row is never reused for another meaning."""

OWN_RUN = "own"
"""In `cancel`: whatever the sender itself waits for, and nothing if that has ended meanwhile."""

_LENGTH_BYTES = 4

_BY_CODE = {row[0]: (name, row[1], row[2]) for name, row in FRAMES.items()}

GREETING = "greeting"
OPEN = "open"
CLOSED = "closed"

MOVES: dict[tuple[str, str, str], str] = {
    # (state of the connection, who sends, frame): next state
    (GREETING, CLIENT, "hello"): GREETING,
    (GREETING, SERVER, "welcome"): OPEN,
    (GREETING, SERVER, "refused"): CLOSED,
}
MOVES.update(
    {(OPEN, row[1], name): OPEN for name, row in FRAMES.items() if name not in ("hello", "welcome")}
)
MOVES[(OPEN, CLIENT, "bye")] = CLOSED


class ProtocolError(Exception):
    """The connection cannot go on."""


class LocalProtocolError(ProtocolError):
    """This side tried to send what it may not; nothing was sent."""


class RemoteProtocolError(ProtocolError):
    """The peer sent what it may not, or what is not a frame; close the connection."""


class Frame:
    """One received frame: `frame.name`, and its fields by name.

    `frame["field"]` is text, `frame.raw("field")` bytes; a field the peer left out is empty.
    """

    __slots__ = ("_fields", "_names", "name")

    def __init__(self, name: str, names: tuple[str, ...], fields: list[bytes]) -> None:
        self.name = name
        self._names = names
        self._fields = fields

    def raw(self, field: str) -> bytes:
        """Return the bytes of a field."""
        index = self._names.index(field)
        return self._fields[index] if index < len(self._fields) else b""

    def __getitem__(self, field: str) -> str:
        return self.raw(field).decode("utf-8", "surrogateescape")

    def __repr__(self) -> str:
        sizes = ", ".join(f"{n}: {len(f)} bytes" for n, f in zip(self._names, self._fields))
        return f"<frame {self.name} {sizes}>"


def encode(name: str, /, **fields: str | bytes | float) -> bytes:
    """Return the bytes of one frame.

    Args:
        name: A key of `FRAMES`.
        fields: Its fields as text, bytes or int; those left out are empty.

    Raises:
        LocalProtocolError: the kind or a field is unknown, a text has no bytes (it holds half of
            a surrogate pair), or the frame is over `MAX_FRAME_BYTES`.
    """
    row = FRAMES.get(name)
    if row is None:
        raise LocalProtocolError(f"there is no frame {name!r}")
    code, _, names = row
    body = [bytes((code,))]
    for field in names:
        value = fields.pop(field, b"")
        if not isinstance(value, bytes):
            value = _bytes(name, field, value)
        body.append(len(value).to_bytes(4, "big"))
        body.append(value)
    if fields:
        raise LocalProtocolError(f"frame {name!r} has no field {min(fields)!r}")
    data = b"".join(body)
    if len(data) > MAX_FRAME_BYTES:
        raise LocalProtocolError(
            f"a {name} frame of {len(data)} bytes is over the limit of {MAX_FRAME_BYTES}"
        )
    return len(data).to_bytes(4, "big") + data


def _bytes(name: str, field: str, value: str | float) -> bytes:
    try:
        return str(value).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise LocalProtocolError(f"{field!r} of {name!r} cannot be encoded: {error}") from error


def log_header(size_bytes: int) -> bytes:
    """Return what stands before `size_bytes` raw log bytes, so that a file can follow unread."""
    return (
        (size_bytes + 5).to_bytes(4, "big")
        + bytes((FRAMES["log"][0],))
        + size_bytes.to_bytes(4, "big")
    )


def _decode(body: bytearray) -> tuple[str, str, Frame]:
    """Split one frame's bytes into its name, who sends such frames, and the frame."""
    name, sender, names = _BY_CODE.get(body[0], (f"kind {body[0]}", "", ()))
    fields: list[bytes] = []
    at = 1
    while at < len(body):
        start = at + 4
        at = start + int.from_bytes(body[at:start], "big")
        if start > len(body) or at > len(body):
            raise RemoteProtocolError("a field reaches past the end of its frame")
        fields.append(bytes(body[start:at]))
    return name, sender, Frame(name, names, fields)


class Connection:
    """One side of a conversation: `send` checks and encodes, `receive` decodes and checks.

    Args:
        role: `CLIENT` or `SERVER`, which of the two this side is.
    """

    def __init__(self, role: str) -> None:
        self._role = role
        self._peer = SERVER if role == CLIENT else CLIENT
        self._buffer = bytearray()
        self.state = GREETING

    def send(self, name: str, /, **fields: str | bytes | float) -> bytes:
        """Return the bytes to write for a frame.

        Raises:
            LocalProtocolError: the frame may not be sent now; the state is unchanged.
        """
        following = MOVES.get((self.state, self._role, name))
        if following is None:
            raise LocalProtocolError(f"a {self._role} may not send {name!r} while {self.state}")
        data = encode(name, **fields)
        self.state = following
        return data

    def receive(self, data: bytes) -> list[Frame]:
        """Take bytes as they came and return the whole frames in them, oldest first.

        Raises:
            RemoteProtocolError: what came is not this protocol; close the connection.
        """
        if self.state == CLOSED and data:
            raise RemoteProtocolError(f"a {self._peer} may not send while {CLOSED}")
        self._buffer += data
        frames: list[Frame] = []
        start = 0
        while len(self._buffer) - start >= _LENGTH_BYTES:
            size = int.from_bytes(self._buffer[start : start + 4], "big")
            limit = MAX_GREETING_BYTES if self.state == GREETING else MAX_FRAME_BYTES
            if not 0 < size <= limit:
                self.state = CLOSED
                raise RemoteProtocolError(f"a frame of {size} bytes, expected 1 to {limit}")
            end = start + 4 + size
            if len(self._buffer) < end:
                break
            frames.append(self._accept(self._buffer[start + 4 : end]))
            start = end
        del self._buffer[:start]
        return frames

    def _accept(self, body: bytearray) -> Frame:
        state, self.state = self.state, CLOSED
        name, sender, frame = _decode(body)
        following = MOVES.get((state, sender, name)) if sender == self._peer else None
        if following is None:
            raise RemoteProtocolError(f"a {self._peer} may not send {name!r} while {state}")
        self.state = following
        return frame
