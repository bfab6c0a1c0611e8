"""What `juncture job` does once its options are read; see `job`."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
from typing import Any

import juncture.saga as rs
from juncture.cli.asking import session
from juncture.cli.interrupts import interrupts
from juncture.cli.job_description import descriptions
from juncture.cli.job_output import Output, copy_output
from juncture.cli.job_progress import progress
from juncture.cli.words import message, printable
from juncture.errors import JunctureError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Generator

CANCELED, TIMED_OUT = 119, 124
"""The exit statuses that all our commands have for these."""

_SHOWN = (
    *("id", "state", "state_detail", "name", "exit_code", "termsig"),
    *("created", "started", "finished", "execution_hosts", "service_url"),
)


def run(options: argparse.Namespace) -> int:
    """Run jobs to their ends; one writes as it goes, many when each has ended."""
    with _service(options.on) as service:
        return _run_to_end(_jobs(service, options), options)


def _run_to_end(jobs: list[Any], options: argparse.Namespace) -> int:
    container = _container(jobs)
    with interrupts() as caught:
        try:
            container.run()
            if len(jobs) == 1:
                if options.json and jobs[0].exception is not None:
                    _write_json([_facts(jobs[0])])
                _raise_refusal(jobs[0])
                in_time = Output(jobs[0], quiet=options.json).follow(options.timeout)
            else:
                in_time = _run_many(container, options)
        except KeyboardInterrupt:
            _cancel_all(container)
            if options.json:
                _write_json([_facts(job) for job in jobs])
            return 128 + (caught[0] if caught else signal.SIGINT)
        except BrokenPipeError:  # what nobody reads ends, as in a pipe of programs
            _cancel_all(container)
            raise
        if options.json:
            _write_json([_facts(job) for job in jobs])
        elif len(jobs) == 1:
            _tell_detail(jobs[0])
        if not in_time:
            _cancel_all(container)
            sys.stderr.write("error: time is up, what still ran was canceled\n")
            return TIMED_OUT
        return _status(jobs)


def submit(options: argparse.Namespace) -> int:
    """Hand jobs to a back end and print their ids."""
    with _service(options.on) as service:
        jobs = _jobs(service, options)
        _container(jobs).run()
        if options.json:
            _write_json([_facts(job) for job in jobs])
        else:
            sys.stdout.writelines(f"{job.id}\n" for job in jobs if job.id)
        refused = [job for job in jobs if job.exception is not None]
        if refused:
            if len(jobs) > 1:
                sys.stderr.write(f"{len(refused)} of {len(jobs)} jobs were refused\n")
            _raise_refusal(refused[0])
        return 0


def status(options: argparse.Namespace) -> int:
    """Show what is known of jobs."""
    with _found(options) as (jobs, missing):
        _show(jobs, as_json=options.json)
    return int(missing > 0)


def wait(options: argparse.Namespace) -> int:
    """Wait for jobs to end."""
    with _found(options) as (jobs, missing):
        container = _container(jobs)
        with progress(container, _is_shown(options, jobs)):
            in_time = container.wait(rs.ALL, options.timeout) is not None
        _show(jobs, as_json=options.json)
        if not in_time:
            return TIMED_OUT
        return 1 if missing else _status(jobs)


def logs(options: argparse.Namespace) -> int:
    """Print what a job has written, standard output and error each to its own."""
    with _found(options) as ((job,), _):
        output = Output(job, quiet=options.json or options.log)
        if options.follow:
            output.follow(None)
        else:
            output.pump()
        if options.json:
            texts = {name: _text(job, name) for name in ("stdout", "stderr", "log")}
            _write_json({**_facts(job), **texts})
        elif options.log:
            sys.stdout.write(job.get_log())
    return 0


def cancel(options: argparse.Namespace) -> int:
    """End jobs."""
    with _found(options) as (jobs, missing):
        _container(jobs).cancel()
        if options.json:
            _write_json([_facts(job) for job in jobs])
    return int(missing > 0)


def list_jobs(options: argparse.Namespace) -> int:
    """List what a service knows."""
    with _service(options.on) as service:
        ids = service.list()
        if options.active or not options.ids:
            jobs = sorted(_still_there(service, ids), key=lambda job: job.created or 0.0)
            if options.active:
                jobs = [job for job in jobs if job.state not in rs.job.FINAL]
            if not options.ids:
                _show(jobs, as_json=options.json)
                return 0
            ids = [job.id for job in jobs]
        if options.json:
            _write_json(ids)
        else:
            sys.stdout.writelines(f"{job_id}\n" for job_id in ids)
    return 0


# How it works -----------------------------------------------------------------------------------


def _service(url: str) -> Any:
    return rs.job.Service(url, session())


def _jobs(service: Any, options: argparse.Namespace) -> list[Any]:
    return [service.create_job(each) for each in descriptions(options)]


def _container(jobs: list[Any]) -> Any:
    container = rs.job.Container()
    for job in jobs:
        container.add(job)
    return container


def _still_there(service: Any, ids: list[str]) -> Generator[Any, None, None]:
    """Yield the jobs of ids; records may be removed between the listing and now."""
    for job_id in ids:
        with contextlib.suppress(rs.DoesNotExist):
            yield service.get_job(job_id)


@contextlib.contextmanager
def _found(options: argparse.Namespace) -> Generator[tuple[list[Any], int], None, None]:
    """Yield the jobs of some ids, and how many failures there were; each service is asked once.

    Raises:
        UsageError: an id says no service.
        JunctureError: none of them was found.
    """
    urls = [options.on or _url_of(job_id) for job_id in options.ids]
    services: dict[str, Any] = {}
    jobs: list[Any] = []
    failures: list[JunctureError] = []
    try:
        for url, job_id in zip(urls, options.ids, strict=True):
            try:
                if url not in services:
                    services[url] = None  # one that cannot be opened is told once
                    services[url] = _service(url)
                if services[url] is not None:
                    jobs.append(services[url].get_job(job_id))
            except JunctureError as error:
                failures.append(error)
        if failures and not jobs:
            raise failures[0]
        sys.stderr.writelines(message(f"error: {error}\n") for error in failures)
        yield jobs, len(failures)
    finally:
        for service in filter(None, services.values()):
            service.close()


def _url_of(job_id: str) -> str:
    url, mark, _ = job_id.removeprefix("[").partition("]-[")
    if not mark or not job_id.startswith("["):
        raise UsageError(
            f"`{job_id}` does not say which service it is of, expected `[URL]-[ID]`",
            hint="add `--on URL`, and put quotes around ids",
        )
    return url


def _run_many(container: Any, options: argparse.Namespace) -> bool:
    """Wait for all; each job's output comes whole, when it has ended."""
    with progress(container, _is_shown(options, container.jobs)) as shown:
        for job in container.completions(options.timeout):
            if job.exception is not None:
                shown.say(f"a job was refused: {job.exception}")
                continue
            if not options.json:
                copy_output(job, shown)
            if job.state != rs.job.DONE:
                shown.say(f"{job.id}: {job.state}, {_reason(job)}")
    return all(state in rs.job.FINAL for state in container.get_states())


def _is_shown(options: argparse.Namespace, jobs: list[Any]) -> bool:
    return len(jobs) > 1 and sys.stderr.isatty() and not (options.json or options.debug)


def _reason(job: Any) -> str:
    words = [str(job.state_detail)] if job.state_detail else []
    if job.exit_code is not None:
        words.insert(0, f"exit status {job.exit_code}")
    elif job.termsig:
        words.insert(0, f"signal {job.termsig}")
    return printable(", ".join(words)) or "no reason given"


def _text(job: Any, name: str) -> str | None:
    """Return what a job has written; None where the back end keeps no such text."""
    try:
        return str(getattr(job, f"get_{name}")())
    except rs.NotImplemented:
        return None


def _tell_detail(job: Any) -> None:
    """Say what a status and an output do not tell of a job that has failed."""
    if job.state == rs.job.FAILED and job.state_detail:
        hint = f"`juncture job logs --log '{job.id}'` has what the back end noted"
        sys.stderr.write(message(f"error: {job.id}: {job.state_detail}\n\nhint: {hint}\n"))


def _cancel_all(container: Any) -> None:
    with contextlib.suppress(KeyboardInterrupt):  # the second one means: do not wait for it
        container.cancel()


def _raise_refusal(job: Any) -> None:
    """Raise what kept a job from being started; a program's own failure is none."""
    error = job.exception
    if isinstance(error, JunctureError):
        raise error


def _status(jobs: list[Any]) -> int:
    if len(jobs) != 1:
        return int(any(job.state != rs.job.DONE for job in jobs))
    (job,) = jobs
    if job.state == rs.job.DONE:
        return 0
    if job.state == rs.job.CANCELED:
        return CANCELED
    if job.exit_code:
        return int(job.exit_code)
    return 128 + job.termsig if job.termsig else 1


def _facts(job: Any) -> dict[str, Any]:
    facts = {name: getattr(job, name) for name in _SHOWN}
    if job.exception is not None:
        facts["error"] = str(job.exception)
    return facts


def _show(jobs: list[Any], *, as_json: bool) -> None:
    if as_json:
        _write_json([_facts(job) for job in jobs])
        return
    for job in jobs:
        words = [job.id, job.state]
        if job.exit_code is not None:
            words.append(f"exit status {job.exit_code}")
        if job.name:
            words.append(printable(str(job.name)))
        if job.state_detail:
            words.append(printable(str(job.state_detail)))
        sys.stdout.write("  ".join(words) + "\n")


def _write_json(value: Any) -> None:
    json.dump(value, sys.stdout, indent=2, default=str)
    sys.stdout.write("\n")
