"""`PTYShell.run_sync("true")` on a shell that lives on."""

from __future__ import annotations

import importlib

from living import timed
from saga_api import URL, rs, serve_samples


def main() -> None:
    shells = importlib.import_module(f"{rs.__name__}.utils.pty_shell")
    shell = shells.PTYShell(rs.Url(URL), rs.Session())
    statuses = []
    batch = timed(lambda: statuses.append(shell.run_sync("true")[0]))

    def take(count: int) -> tuple[list[float], dict[str, float]]:
        statuses.clear()
        values = batch(count)
        return values, {"lost": float(count - statuses.count(0))}

    serve_samples(take)
    shell.finalize()


if __name__ == "__main__":
    main()
