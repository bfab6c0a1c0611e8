"""Where and on what the figures were taken; no name of a host or a person."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from suite.side import Side

_ABOUT = """
import importlib.metadata, sys
version = [d.version for d in importlib.metadata.distributions(name={!r})] or ["uninstalled"]
print(".".join(map(str, sys.version_info[:3])), sys.base_prefix, version[0])
"""


def describe(distributions: dict[str, Side]) -> dict[str, Any]:
    """Return facts about this machine and the interpreters in use.

    Args:
        distributions: `{name of a distribution: the side that has it}`.
    """
    versions = {name: _versions(side, name) for name, side in distributions.items()}
    bases = {row[:2] for row in versions.values() if row}
    return {
        "date": dt.datetime.now(tz=dt.timezone.utc).isoformat(timespec="seconds"),
        "commit": commit(),
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": ", ".join(sorted({version for version, _ in bases})),
        "same_base_interpreter": len(bases) == 1,
        "versions": {name: row[2] if row else None for name, row in versions.items()},
        "load_before": os.getloadavg()[0],
    }


def commit() -> str:
    """Return the commit of this tree, marked `+` when files differ from it."""
    here = Path(__file__).parent
    words = ("git", "describe", "--always", "--abbrev=12", "--match=-", "--dirty=+")
    try:
        done = subprocess.run(words, cwd=here, capture_output=True, text=True, check=False)
    except FileNotFoundError:  # a machine without git
        return "unknown"
    return done.stdout.strip() or "unknown"


def _versions(side: Side, distribution: str) -> tuple[str, str, str] | None:
    if not side.python.exists():
        return None
    done = subprocess.run(
        [side.python, "-c", _ABOUT.format(distribution)],
        env=side.environment(),
        cwd=side.scratch,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return None
    python, base, version = done.stdout.split()
    return python, base, version


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    lines = (line.partition(":")[2].strip() for line in info.splitlines() if "model name" in line)
    return next(lines, platform.machine())
