"""The rows, in the order of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suite import (
    actions,
    client,
    commands,
    files_rows,
    idle,
    saga_calls,
    saga_jobs,
    saga_services,
    saga_streams,
    throughput,
)

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
    saga_calls.IMPORT,
    saga_calls.JOB_ID,
    saga_calls.URL_HOST,
    saga_services.FORK,
    saga_services.SSH,
    saga_services.SSH_SECOND,
    saga_jobs.JOBS_FORK,
    saga_jobs.JOBS_SSH,
    saga_jobs.BULK_FORK,
    saga_jobs.BULK_SSH,
    saga_jobs.CALLBACK_FORK,
    saga_jobs.CALLBACK_SSH,
    saga_calls.JOB_STATE,
    saga_streams.STDOUT,
    saga_streams.SHELL_LOCAL,
    saga_streams.SHELL_SSH,
    saga_jobs.CLIENT,
    *files_rows.ROWS,
)
