"""Rows of what is read from a host: the output of a job, and a command on a shell."""

from __future__ import annotations

from suite.measure import OURS, SAGA, Measure, at_most
from suite.saga_side import Program, floor

OUTPUT = Program("saga_output.py")
SHELL = Program("saga_shell.py", ours=500, existing=10)

STDOUT = Measure(
    name="saga-stdout",
    title="4 MB of `job.stdout`",
    contestants=OUTPUT.both()
    | floor("read", 5)
    | {"ours, ssh": OUTPUT.over_ssh().contestant(OURS)},
    goals=(at_most("≤ 50 ms, byte for byte", 0.05),),
    runs=7,
    warm_up=False,
    group=SAGA,
    existing_runs=1,
)
SHELL_LOCAL = Measure(
    name="saga-shell-local",
    title='`PTYShell.run_sync("true")`, local',
    contestants=SHELL.both() | floor("round-trip", 500),
    goals=(at_most("≤ 0.1 ms", 0.0001),),
    runs=5,
    group=SAGA,
    existing_runs=1,
)
SHELL_SSH = Measure(
    name="saga-shell-ssh",
    title='`PTYShell.run_sync("true")`, ssh',
    contestants=SHELL.over_ssh().both() | floor("round-trip", 500, connects=True),
    goals=(at_most("≤ 0.2 ms", 0.0002),),
    runs=5,
    group=SAGA,
    existing_runs=1,
)
