# pyright: reportPrivateUsage=false
"""Another process that uses the same service, and may be killed.

Its orders go in by standard input, so that credentials are on no command line. Run as a program,
this module is that process.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import juncture.saga as rs


class OtherProcess:
    """What another process finds out about jobs.

    Args:
        service: The job service; the other process opens one with the same URL and credentials.
        adaptor: Its adaptor, which the other process loads from the same module.
        patience_s: How long it may take.
    """

    def __init__(self, service: Any, adaptor: Any, patience_s: float) -> None:
        self._patience_s = patience_s
        self._orders: dict[str, Any] = {
            "url": str(service.url),
            "module": type(adaptor).__module__,
            "adaptor": adaptor.get_name(),
            "patience_s": patience_s,
            **_session_orders(service.session),
        }

    def find(self, job_id: str, *, release: str = "") -> dict[str, Any]:
        """Find a job, wait for its end, and return what it says.

        Args:
            job_id: The job.
            release: A file to make once the first state was asked for.
        """
        answer: dict[str, Any] = json.loads(self._run(0, job_id=job_id, release=release))
        return answer

    def submit_and_die(self, description: dict[str, Any]) -> str:
        """Run a job, kill the process that did, and return the job's id."""
        job_id: str = json.loads(self._run(-signal.SIGKILL, description=description))["id"]
        return job_id

    def _run(self, status: int, **orders: Any) -> str:
        done = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", __name__],
            input=json.dumps({**self._orders, **orders}),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=False,
            timeout=2 * self._patience_s,
        )
        assert done.returncode == status, f"the other process said: {done.stdout}{done.stderr}"
        return done.stdout


def _session_orders(session: Any) -> dict[str, Any]:
    contexts: list[tuple[str, dict[str, Any]]] = []
    if not session.is_default:
        contexts = [(context.type, _values(context)) for context in session.contexts]
    return {"default": session.is_default, "contexts": contexts, "options": session.options}


def _values(context: Any) -> dict[str, Any]:
    return {name: value for name, value in context.items() if name.lower() != "type"}


def _session(orders: dict[str, Any]) -> Any:
    session = rs.Session(default=orders["default"])
    session.options.update(orders["options"])
    for kind, values in orders["contexts"]:
        session.contexts.append(rs.Context(kind, **values))
    return session


def _main() -> None:
    orders: dict[str, Any] = json.load(sys.stdin)
    if not orders["module"].startswith("juncture.saga.adaptors."):
        rs.engine.getEngine().register_adaptor(orders["module"])
    service = rs.job.Service(orders["url"], _session(orders), _adaptor_name=orders["adaptor"])
    if "description" in orders:
        job = service.create_job(orders["description"])
        job.run()
        _say({"id": job.id})
        os.kill(os.getpid(), signal.SIGKILL)
    job = service.get_job(orders["job_id"])
    first_state = job.state
    if orders["release"]:
        Path(orders["release"]).touch()
    job.wait(orders["patience_s"])
    try:
        stdout = job.stdout
    except rs.NotImplemented:
        stdout = None
    _say(
        {
            "first_state": first_state,
            "state": job.state,
            "exit_code": job.exit_code,
            "stdout": stdout,
        }
    )
    service.close()


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()


if __name__ == "__main__":
    _main()
