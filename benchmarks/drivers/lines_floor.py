"""What the standard library alone needs for many lines.

lines_floor.py logging FILE   `logger.info` through one StreamHandler into a file
lines_floor.py regex FILE     lines of a child, one regex each, and the bytes into a file
"""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from living import serve

_logger = logging.getLogger("floor")


def _log(count: int, path: Path) -> None:
    with path.open("w", encoding="utf-8") as log:
        handler = logging.StreamHandler(log)
        handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
        _logger.handlers = [handler]
        for number in range(count):
            _logger.info("line %d of the log", number)


def _match(count: int, path: Path) -> None:
    search = re.compile(r"^(\d+)$").search
    seq = shutil.which("seq") or sys.exit("`seq` is not on the path")
    child = subprocess.Popen([seq, "1", str(count)], stdout=subprocess.PIPE)
    matches = 0
    with path.open("wb") as log:
        for line in child.stdout or ():
            log.write(line)
            if search(line.decode()):
                matches += 1
    if child.wait() or matches != count:
        sys.exit(f"{matches} of {count} lines matched")


def main() -> None:
    kind, path = sys.argv[1], Path(sys.argv[2])
    work = {"logging": _log, "regex": _match}[kind]
    _logger.setLevel(logging.INFO)
    _logger.propagate = False

    def batch(count: int) -> list[float]:
        begin = time.perf_counter()
        work(count, path)
        return [time.perf_counter() - begin]

    serve(batch)


if __name__ == "__main__":
    main()
