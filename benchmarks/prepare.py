"""Make the environments that the benchmark compares, on the interpreter that runs this.

    python benchmarks/prepare.py [DIRECTORY]      (default: .venv-bench of the repository)

`DIRECTORY/existing` and `DIRECTORY/radical` get `requirements-existing.txt` and
`requirements-radical.txt`, once; `DIRECTORY/ours` gets this tree as users get it, built and
installed, every time. All are made by the same `venv`, and pip compiles all, so that no start-up
pays for what another does not.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent
REPOSITORY = BENCHMARKS.parent
PREDECESSORS = ("existing", "radical")


def _environment(directory: Path) -> Path:
    python = directory / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", directory], check=True)
    return python


def _pip_install(python: Path, *arguments: str | Path) -> None:
    words = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    subprocess.run(words, check=True)


def _install_once(directory: Path, requirements: Path) -> None:
    wanted = requirements.read_text(encoding="utf-8")
    installed = directory / "installed.txt"
    if not installed.exists() or installed.read_text(encoding="utf-8") != wanted:
        _pip_install(_environment(directory), "--requirement", requirements)
        installed.write_text(wanted, encoding="utf-8")


def main() -> None:
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / ".venv-bench"
    for name in PREDECESSORS:
        _install_once(directory / name, BENCHMARKS / f"requirements-{name}.txt")
    ours = _environment(directory / "ours")
    _pip_install(ours, f"{REPOSITORY}[files]")
    _pip_install(ours, "--force-reinstall", "--no-deps", REPOSITORY)


if __name__ == "__main__":
    main()
