"""One file over HTTP: `files_http.py MODULE TARGET SERVER FILE`, the path that is served."""

from __future__ import annotations

import filecmp
import os
import time
from pathlib import Path

from saga_api import ARGUMENTS, URL, rs, serve_samples

SERVER, FILE = ARGUMENTS
MB = 1_000_000


def take(_: int) -> tuple[list[float], dict[str, float]]:
    target = Path(rs.Url(URL).path)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins here
    begin = time.perf_counter()
    rs.filesystem.File(f"{SERVER}/{os.path.basename(FILE)}").copy(URL)
    seconds = time.perf_counter() - begin
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = int(status.partition("VmHWM:")[2].split()[0]) << 10
    lost = float(not (target.is_file() and filecmp.cmp(FILE, target, shallow=False)))
    target.unlink(missing_ok=True)
    return [os.stat(FILE).st_size / MB / seconds], {"peak RSS MB": peak / MB, "lost": lost}


if __name__ == "__main__":
    serve_samples(take)
