"""Measure juncture against what exists and the physical floor; `make bench` runs this.

    python benchmarks/run.py --group saga --output docs/benchmarks/saga

Needs the environments that `benchmarks/prepare.py` makes. What is not installed is
left out with the reason; a contestant that fails is reported and makes the exit status 1.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from suite import machine, report
from suite.host import Host
from suite.measure import EXISTING, FILES, FLOOR, OURS, RUNTIME, SAGA, Bench
from suite.rows import ROWS
from suite.runner import measure
from suite.saga_side import end_leftovers
from suite.side import Side

if TYPE_CHECKING:
    from suite.measure import Measure
    from suite.report import Rows

REPOSITORY = Path(__file__).resolve().parent.parent
QUICK_LIMIT_S = 15.0
RADICAL = "radical"
ENVIRONMENTS = REPOSITORY / ".venv-bench"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure both runtimes and the floor.")
    parser.add_argument("--output", type=Path, help="directory for results.md and results.json")
    parser.add_argument("--only", action="append", choices=[row.name for row in ROWS])
    parser.add_argument(
        "--group", choices=(RUNTIME, SAGA, FILES), help="measure the rows of one group"
    )
    parser.add_argument("--runs", type=int, help="rounds of each measure instead of its own number")
    parser.add_argument("--quick", action="store_true", help="one round of everything, kept small")
    parser.add_argument("--source", type=_path, help="where juncture is if it is not installed")
    for name in (EXISTING, RADICAL, OURS):
        default = ENVIRONMENTS / name / "bin" / "python"
        parser.add_argument(f"--{name}", type=_path, default=default, metavar="PYTHON")
    return parser.parse_args()


def _path(text: str) -> Path:
    """Return a path that is right in any working directory; links of an environment stay."""
    return Path(text).absolute()


def _bench(arguments: argparse.Namespace, scratch: Path) -> Bench:
    for name in ("home", "run"):
        (scratch / name).mkdir(mode=0o700)
    existing = Side(EXISTING, arguments.existing, "openjd.adaptor_runtime", scratch)
    ours = Side(OURS, arguments.ours, "juncture.runtime", scratch, arguments.source)
    # Its drivers are ours: the directory of adaptors of the existing runtime has none for it.
    radical = Side(RADICAL, arguments.radical, "radical.saga", scratch)
    if arguments.quick:
        existing, ours = (replace(side, limit_s=QUICK_LIMIT_S) for side in (existing, ours))
    return Bench(
        existing=existing,
        ours=ours,
        radical=radical,
        host=Host(scratch),
        lines=50_000 if arguments.quick else 1_000_000,
        batch=5 if arguments.quick else 250,
        idle_s=0.2 if arguments.quick else 5.0,
        jobs=50 if arguments.quick else 1000,
        files=50 if arguments.quick else 1000,
        large_bytes=1 << 22 if arguments.quick else 1 << 28,
        names=1000 if arguments.quick else 100_000,
    )


def _absent(bench: Bench, group: str) -> dict[str, str]:
    """Return why a side is left out of a group, by the name its contestants begin with."""
    existing = bench.existing if group == RUNTIME else bench.radical
    absent = {EXISTING: existing.missing(), OURS: bench.ours.missing()}
    if not bench.ours.python.exists():
        absent[FLOOR] = "it is measured with our interpreter, which does not exist"
    return {name: why for name, why in absent.items() if why}


def _measure_all(chosen: list[Measure], arguments: argparse.Namespace, bench: Bench) -> Rows:
    absent = {group: _absent(bench, group) for group in {row.group for row in chosen}}
    for group, reasons in absent.items():
        for name, why in reasons.items():
            print(f"left out: {name} ({group}): {why}", file=sys.stderr)
    rows: Rows = []
    for row in chosen:
        begin = time.monotonic()
        rounds = arguments.runs or (1 if arguments.quick else row.runs)
        result = measure(row, bench, rounds, absent[row.group])
        rows.append((row, result))
        figures = ", ".join(
            f"{name} {report.amount(f.median, row.unit)}" if f.samples else f"{name}: {f.problem}"
            for name, f in result.contestants.items()
        )
        print(f"{row.name} ({time.monotonic() - begin:.0f} s): {figures}", file=sys.stderr)
    return rows


def _failures(rows: Rows) -> list[str]:
    """Return what failed and should not have; what the predecessor cannot do is a result."""
    return [
        name
        for row, result in rows
        for name, figures in result.contestants.items()
        if figures.problem
        and not figures.is_left_out
        and not (name == EXISTING and row.existing_runs is not None)
    ]


def main() -> int:
    arguments = _arguments()
    chosen = [
        row
        for row in ROWS
        if (not arguments.only or row.name in arguments.only)
        and arguments.group in (None, row.group)
    ]
    with tempfile.TemporaryDirectory(prefix="jb-") as scratch:
        bench = _bench(arguments, Path(scratch))
        sides = {
            "openjd-adaptor-runtime": bench.existing,
            "radical.saga": bench.radical,
            "juncture": bench.ours,
        }
        about = machine.describe(sides) | {"quick": arguments.quick}
        begin = time.monotonic()
        try:
            rows = _measure_all(chosen, arguments, bench)
        finally:
            bench.host.stop()
            end_leftovers(Path(scratch))
    about |= {"load_after": os.getloadavg()[0], "seconds": round(time.monotonic() - begin)}
    if arguments.output:
        report.write(arguments.output, rows, about)
    else:
        print(report.markdown(rows, about))
    return 1 if _failures(rows) else 0


if __name__ == "__main__":
    sys.exit(main())
