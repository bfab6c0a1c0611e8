"""`juncture adaptor`: which back-end adaptors there are, and whether one keeps its promises."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

from juncture.errors import JunctureError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

_HERE = ("", "localhost")
_NEEDLESS = (
    *("container_get_states", "container_wait", "get_url", "get_description", "get_self"),
    *("run_job", "re_raise", "get_state", "get_id", "wait", "get_name", "get_service_url"),
    *("get_exit_code", "get_termsig", "get_created", "get_started", "get_finished"),
    "get_execution_hosts",
)
"""Methods whose absence nobody notices: the API answers from what was pushed, or from its own."""
_PATIENCE_S = 30.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe `juncture adaptor list` and `juncture adaptor check`."""
    from juncture.cli.nested import add_command
    from juncture.cli.parser import seconds

    commands = parser.add_subparsers(dest="what", metavar="<command>", required=True)
    listing = add_command(commands, "list", "show the back-end adaptors and their options")
    listing.add_argument("--json", action="store_true", help="print JSON")
    check = add_command(commands, "check", "run the conformance kits on a back-end adaptor")
    check.add_argument("name", metavar="NAME", help="its name, its module, or a scheme it serves")
    check.add_argument("--json", action="store_true", help="print JSON")
    check.add_argument("--url", metavar="URL", required=True, help="where to check it")
    check.add_argument(
        "--folder",
        metavar="DIR",
        help="directory that this host and the jobs both see; of a file adaptor, the URL's",
    )
    check.add_argument(
        "--patience",
        metavar="S",
        type=seconds,
        default=_PATIENCE_S,
        help=f"seconds that any one thing may take ({_PATIENCE_S:g})",
    )
    check.add_argument(
        "--select", metavar="EXPRESSION", help="run only these tests, as `pytest -k` has it"
    )


def main(options: argparse.Namespace) -> int:
    """List the adaptors, or check one."""
    return _list(options) if options.what == "list" else _check(options)


# list -------------------------------------------------------------------------------------------


def _list(options: argparse.Namespace) -> int:
    from juncture.saga.engine import getEngine

    adaptors = getEngine().adaptors()
    if options.json:
        json.dump(adaptors, sys.stdout, indent=2, default=str)
        sys.stdout.write("\n")
        return 0
    sys.stdout.write("\n".join(_shown(adaptor) for adaptor in adaptors))
    return 0


def _shown(adaptor: dict[str, Any]) -> str:
    schemes = " ".join(f"{scheme}://" for scheme in adaptor["schemes"]) or "?"
    if adaptor["types"] == ["Context"]:
        schemes = " ".join(adaptor["schemes"])
    usable = "usable" if adaptor["usable"] else f"not usable: {adaptor['why_not']}"
    missing = {
        name: [method for method in methods if method not in _NEEDLESS]
        for name, methods in adaptor["missing"].items()
    }
    lines = [
        f"{schemes}  {adaptor['name']} {adaptor['version']}".rstrip(),
        f"  serves {', '.join(adaptor['types']) or 'nothing'}",
        f"  {usable}",
        *(f"  note: {note}" for note in adaptor["notes"]),
        *_needed(adaptor["needs"]),
        *(
            f"  {name} leaves out {', '.join(methods)}"
            for name, methods in missing.items()
            if methods
        ),
        *(f"  {_option(each)}" for each in adaptor["options"]),
    ]
    return "\n".join(lines) + "\n"


def _needed(needs: dict[str, str]) -> list[str]:
    """Return a line for each thing to install, with the schemes that need it."""
    schemes: dict[str, list[str]] = {}
    for scheme, missing in needs.items():
        schemes.setdefault(missing, []).append(f"{scheme}://")
    return [
        f"  {' '.join(names)}: not installed, python -m pip install {missing}"
        for missing, names in schemes.items()
    ]


def _option(option: dict[str, Any]) -> str:
    words = [f"option {option['name']}={option['default']!r}", f"({option['type']})"]
    if option["valid_options"]:
        words.append(f"one of {', '.join(map(repr, option['valid_options']))}")
    if option["env_variable"]:
        words.append(f"${option['env_variable']}")
    return " ".join(words) + (f": {option['documentation']}" if option["documentation"] else "")


# check ------------------------------------------------------------------------------------------


def _check(options: argparse.Namespace) -> int:
    adaptor = _find(options.name)
    if not adaptor["usable"]:
        raise JunctureError(f"the adaptor `{adaptor['name']}` cannot be used: {adaptor['why_not']}")
    try:
        from juncture.testing import suite
    except ImportError as error:
        raise JunctureError(
            "the conformance kits need pytest, which is not installed",
            hint="python -m pip install pytest",
        ) from error
    classes = [kit for api_type, kit in suite.KITS.items() if api_type in adaptor["types"]]
    if not classes:
        raise UsageError(f"there is no kit for {', '.join(adaptor['types'])}")
    if options.folder and not os.path.isdir(options.folder):
        raise UsageError(f"`{options.folder}` of `--folder` is no directory")
    for name in classes:
        suite.probe(name, options.url, adaptor["name"])
    return _pytest(options, adaptor, [f"{suite.__file__}::{name}" for name in classes])


def _pytest(options: argparse.Namespace, adaptor: dict[str, Any], tests: list[str]) -> int:
    """Run the kits away from the settings of whatever directory this is."""
    from juncture.saga.url import Url

    with tempfile.TemporaryDirectory(prefix="juncture-check-") as root:
        shared = options.folder or (root if Url(options.url).host in _HERE else "")
        settings = os.path.join(root, "pytest.ini")
        report = os.path.join(root, "report.json")
        with open(settings, "w", encoding="utf-8") as file:
            file.write("[pytest]\n")
        if shared == root:
            os.chmod(root, 0o755)  # noqa: S103 - jobs may run as somebody else
        command = [
            *(sys.executable, "-m", "pytest", "-p", "juncture.testing.plugin"),
            *("-p", "no:cacheprovider", "-c", settings, "--rootdir", root, "-rs", "--tb=short"),
            f"--juncture-adaptor={adaptor['name']}",
            f"--juncture-module={adaptor['module']}",
            f"--juncture-url={options.url}",
            f"--juncture-folder={shared}",
            f"--juncture-seen={options.folder or ''}",
            f"--juncture-patience={options.patience}",
            f"--juncture-report={report if options.json else ''}",
            *(("-k", options.select) if options.select else ()),
            *tests,
        ]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        sys.stdout.flush()
        # With JSON, what pytest says is for people.
        stream = sys.stderr if options.json else sys.stdout
        status = subprocess.run(command, env=environment, check=False, stdout=stream).returncode  # noqa: S603
        if options.json:
            _print_report(report, adaptor, Url(options.url).masked(), status)
        return status


def _print_report(path: str, adaptor: dict[str, Any], url: str, status: int) -> None:
    try:
        with open(path, encoding="utf-8") as file:
            tests: list[dict[str, Any]] = json.load(file)
    except FileNotFoundError as error:
        raise JunctureError(f"pytest ended with status {status} and ran nothing") from error
    counts = {
        outcome: sum(test["outcome"] == outcome for test in tests)
        for outcome in ("passed", "failed", "skipped")
    }
    facts = {"adaptor": adaptor["name"], "module": adaptor["module"], "url": url, **counts}
    json.dump({**facts, "tests": tests}, sys.stdout, indent=2)
    sys.stdout.write("\n")


def _find(name: str) -> dict[str, Any]:
    """Return the adaptor of a name, a scheme or a module."""
    from juncture.saga.engine import getEngine

    engine = getEngine()
    adaptors = engine.adaptors()
    for key in ("name", "module"):
        for adaptor in adaptors:
            if adaptor[key] == name:
                return adaptor
    serving = [adaptor for adaptor in adaptors if name in adaptor["schemes"]]
    jobs = [adaptor for adaptor in serving if "job.Service" in adaptor["types"]]
    if len(jobs or serving) == 1:
        return (jobs or serving)[0]
    if serving:
        names = ", ".join(f"`{adaptor['name']}`" for adaptor in jobs or serving)
        raise UsageError(f"several adaptors serve `{name}`: {names}", hint="name one of them")
    sys.path.insert(0, os.getcwd())
    if _is_module(name):
        try:
            made = engine.register_adaptor(name)
        except JunctureError as error:
            raise UsageError(
                f"the module `{name}` is no adaptor: {error}",
                hint=error.hint or "`juncture new backend-adaptor NAME` writes one that is",
            ) from error
        return next(each for each in engine.adaptors() if each["name"] == made.get_name())
    raise UsageError(
        f"there is no adaptor `{name}`, and no module of that name",
        hint="`juncture adaptor list` shows what there is",
    )


def _is_module(name: str) -> bool:
    from importlib.util import find_spec

    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):  # what is above it is not there, or it is no name at all
        return False
