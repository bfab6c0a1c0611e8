"""A job description as one command for the agent.

Every text is passed as it is: the executable, its arguments and the values of the environment are
read by no shell, so `$HOME` stays `$HOME`. `pre_exec` and `post_exec` are shell text. What cannot
be served is refused here, before anything is sent.
"""

from __future__ import annotations

from juncture.saga.exceptions import BadParameter
from juncture.saga.shell import quoting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from juncture.saga.adaptors.shell_job.staging import Directive
    from juncture.saga.job.description import Description

MINUTE = 60
_READ_ONLY = frozenset(("BASHOPTS", "BASH_VERSINFO", "EUID", "PPID", "SHELLOPTS", "UID"))
"""Variables that some shells let nobody set; `env` can."""
_COUNTS = (
    "total_cpu_count",
    "total_gpu_count",
    "number_of_processes",
    "processes_per_host",
    "threads_per_process",
)

ATTRIBUTES = {
    "Executable": "the program; looked up in PATH when there is no slash in it",
    "Arguments": "its arguments, passed as they are; nothing is expanded",
    "Environment": "variables to set; everything but NUL may be in a value",
    "Name": "a name for people",
    "WorkingDirectory": "made when it is not there; a relative one begins at the directory of the "
    "program that submits on this host, at the home directory on another",
    "Input": "file for standard input, relative to the working directory; none: empty",
    "Output": "file for standard output, as `Input`; none: it is kept",
    "Error": "file for standard error; the same as `Output`: both go there in order",
    "PreExec": "shell command lines before the program, in its shell; one that fails ends the job",
    "PostExec": "shell command lines after the program, whatever its status, which stays the job's",
    "FileTransfer": "`local > remote` before it, `local < remote` after it; `>>` and `<<` append; "
    "the local side is a path or a URL of any scheme, and directories are copied whole",
    "Cleanup": "remove the kept output and the record of the job when it has ended",
    "WallTimeLimit": "minutes; then all its processes get TERM, after 5 s KILL, and it is Failed; "
    "two more processes watch over it",
    "CandidateHosts": "must name the service's host",
    "TotalCPUCount": "exported as JUNCTURE_TOTAL_CPU_COUNT; nothing is reserved",
    "TotalGPUCount": "exported as JUNCTURE_TOTAL_GPU_COUNT; nothing is reserved",
    "NumberOfProcesses": "exported as JUNCTURE_NUMBER_OF_PROCESSES; one is started",
    "ProcessesPerHost": "exported as JUNCTURE_PROCESSES_PER_HOST; one is started",
    "ThreadsPerProcess": "exported as JUNCTURE_THREADS_PER_PROCESS and OMP_NUM_THREADS",
    "Queue": "a host has no queues: accepted so that descriptions can be shared, without effect",
    "Project": "nobody is charged on a host: accepted as `Queue` is",
}
"""The attributes of a job description that are served, and what they mean on one host."""


def run_line(
    number: int, jd: Description, folder: str, directives: Sequence[Directive] = ()
) -> str:
    """Return the command that has the agent start a job.

    Args:
        number: The job's number in the service.
        jd: Its description.
        folder: Its working directory.
        directives: Its files.

    Raises:
        BadParameter: something in the description cannot be served.
    """
    from juncture.saga.adaptors.shell_job import kept

    quote = quoting.quote
    limit = jd.wall_time_limit * MINUTE if jd.wall_time_limit is not None else 0
    output = _kept(number, "out") if not jd.output else quote(jd.output)
    error = _kept(number, "err") if not jd.error else quote(_path(jd.error))
    if jd.error and jd.error == jd.output:
        error = "-"
    environment, fixed = _environment(jd)
    words = [
        "juncture_run",
        str(number),
        str(limit),
        quote(kept.write(jd, folder, directives)),
        quote(_path(folder)),
        quote(jd.input or "/dev/null"),
        output,
        error,
        quote(quoting.assignments(environment)),
        quote(_script(jd)),
        *(('"$ja_env"', *map(quote, fixed)) if fixed else ()),
        quote(jd.executable or ""),
        *map(quote, jd.arguments or ()),
    ]
    return " ".join(words)


def check(jd: Description, is_host: Callable[[str], bool]) -> None:
    """Raise BadParameter when a description asks for what cannot be served.

    Args:
        jd: The description.
        is_host: Says whether a name is one of the service's host.
    """
    if jd.wall_time_limit is not None and jd.wall_time_limit <= 0:
        raise BadParameter(
            f"`wall_time_limit` is a number of minutes above 0, found {jd.wall_time_limit}"
        )
    for name in _COUNTS:
        value, least = getattr(jd, name), 0 if name == "total_gpu_count" else 1
        if value is not None and value < least:
            raise BadParameter(f"`{name}` is a number from {least} on, found {value}")
    hosts = jd.candidate_hosts
    if hosts and not any(is_host(host) for host in hosts):
        raise BadParameter(
            f"the candidate hosts {', '.join(hosts)} do not include the host of the service",
            hint="leave `candidate_hosts` out, or use the service of one of them",
        )
    run_line(0, jd, jd.working_directory or "")


def _kept(number: int, kind: str) -> str:
    return f'"$ja_here"/{number}.{kind}'


def _path(path: str) -> str:
    """Return a path that no utility takes for an option or for the previous directory."""
    return f"./{path}" if path.startswith("-") else path


def _environment(jd: Description) -> tuple[dict[str, str], list[str]]:
    """Return what to export, and the assignments which only `env` can make."""
    environment = {
        f"JUNCTURE_{name.upper()}": str(getattr(jd, name))
        for name in _COUNTS
        if getattr(jd, name) is not None
    }
    if jd.threads_per_process is not None:
        environment["OMP_NUM_THREADS"] = str(jd.threads_per_process)
    given = {name: str(value) for name, value in (jd.environment or {}).items()}
    environment.update(given)
    fixed = [f"{name}={environment.pop(name)}" for name in _READ_ONLY & environment.keys()]
    return environment, fixed


def _script(jd: Description) -> str:
    """Return the shell text around the program, or an empty text when nothing is around it."""
    before = "".join(f"eval {quoting.quote(text)} || exit\n" for text in jd.pre_exec or ())
    after = "".join(f"eval {quoting.quote(text)}\n" for text in jd.post_exec or ())
    if not before and not after:
        return ""
    if not after:
        return before + 'exec "$@"\n'
    return before + '(exec "$@")\njuncture_status=$?\n' + after + "exit $juncture_status\n"
