"""The states of tasks and jobs, and every legal move between them, in one table.

A final state is never left: a move out of it is passed over, since whoever was first is right.
UNKNOWN is a state to come back from. A move that the table lacks is a fault of whoever makes it.
"""

from __future__ import annotations

from juncture.saga.constants import (
    CANCELED,
    DONE,
    FAILED,
    NEW,
    PENDING,
    RUNNING,
    SUSPENDED,
    UNKNOWN,
)

_ENDS = frozenset((DONE, FAILED, CANCELED))
_LIVE = frozenset((PENDING, RUNNING, SUSPENDED, UNKNOWN))
_NOWHERE: frozenset[str] = frozenset()

MOVES: dict[str, frozenset[str]] = {
    NEW: _LIVE | _ENDS,
    # A batch system may requeue a running job.
    PENDING: _LIVE | _ENDS,
    RUNNING: _LIVE | _ENDS,
    SUSPENDED: _LIVE | _ENDS,
    UNKNOWN: _LIVE | _ENDS,
    DONE: _NOWHERE,
    FAILED: _NOWHERE,
    CANCELED: _NOWHERE,
}

ENDED = _ENDS
"""The final states as a set."""
