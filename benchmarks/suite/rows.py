"""The rows, in the order of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suite import actions, client, commands, idle, throughput

if TYPE_CHECKING:
    from suite.measure import Measure

ROWS: tuple[Measure, ...] = (
    commands.DAEMON_RUN,
    client.CLIENT_RUN,
    commands.DAEMON_RUN_50MS,
    commands.DAEMON_START,
    commands.DAEMON_STOP,
    commands.RUN,
    throughput.LOG_LINES,
    throughput.CHILD_LINES,
    actions.ACTION,
    idle.IDLE,
)
