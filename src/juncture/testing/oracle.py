"""What a test looks at instead of asking the adaptor: files and the process table.

Nothing here may use `juncture.saga`.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

STRANGE = (
    *("", " ", "a b", " lead", "trail ", "a\nb\n", "\n", "a\tb", "'", '"', "'\"'", "\\", "\\n"),
    *("$HOME", "${X}", "$(id)", "`id`", "*", "?", "~", "!", "#", "%s", "a;b&c|d<e>f", "{a,b}"),
    *("-n", "--", "-", "--help", "=", "a=b", "é€😀", "e\u0301", "\x01\x7f"),
)
"""Texts which a shell, a queue or a careless adaptor would change."""

BINARY = bytes(range(256)) * 3 + b"no newline at the end \xff"

_STEP_S = 0.02


def until(condition: Callable[[], object], patience_s: float, what: str) -> None:
    """Wait until a function returns what is true; only for what tells nobody when it changes.

    Raises:
        AssertionError: it did not in time.
    """
    __tracebackhide__ = True
    nothing = threading.Event()
    for _ in range(max(1, int(patience_s / _STEP_S))):
        if condition():
            return
        nothing.wait(_STEP_S)
    raise AssertionError(f"after {patience_s} s still not: {what}")


def same_bytes(found: bytes, right: bytes, what: str) -> None:
    """Compare bytes, however many they are.

    Raises:
        AssertionError: they differ; it says where first, and shows no more than that.
    """
    __tracebackhide__ = True
    if found == right:
        return
    pairs = enumerate(zip(found, right, strict=False))
    place = next((at for at, (one, other) in pairs if one != other), min(len(found), len(right)))
    piece = slice(place, place + 16)
    raise AssertionError(
        f"{what} has {len(found)} bytes where {len(right)} are right; from byte {place} on it is "
        f"{found[piece]!r} and must be {right[piece]!r}"
    )


def processes_here() -> str:
    """Return what names the process table that this process is in, or an empty text."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


SAY_PROCESSES = (
    'printf "%s %s" "$(cat /proc/sys/kernel/random/boot_id)" "$(readlink /proc/self/ns/pid)"'
)
"""The same for a shell."""


def process_state(pid: int) -> str:
    """Return the letter of a process's state as `ps` shows it; empty when there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[0]


def program(pid: int | str) -> str:
    """Return the name by which a process was called; empty when it is not there or is ending."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    return os.path.basename(os.fsdecode(words[0]))


def is_alive(pid: int) -> bool:
    """Say whether a process is there and has not ended."""
    return process_state(pid) not in ("", "Z", "X")
