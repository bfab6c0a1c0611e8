"""Quick runs of the benchmark, ours measured with the interpreter of the tests."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"


@pytest.fixture(scope="module")
def quick_run(tmp_path_factory):
    """Return a function: the results and the table of a quick run of one group.

    Other arguments are the interpreters, `existing` and `radical`, to measure ours against.
    """

    def run(group, **interpreters):
        here, output = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("output")
        # It leaves a mark in the working directory of each process that is measured.
        python = here / "python"
        python.write_text(f'#!/bin/sh\n: >ran-here\nexec {sys.executable} "$@"\n')
        python.chmod(0o755)
        words = [sys.executable, BENCHMARKS / "run.py", "--quick", "--group", group]
        words += ["--output", output, "--source", BENCHMARKS.parent / "src"]
        for name, path in {"ours": python.name, **interpreters}.items():
            words += [f"--{name}", path]
        done = subprocess.run(words, cwd=here, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert [path.name for path in here.iterdir()] == ["python"]
        results = json.loads((output / "results.json").read_text(encoding="utf-8"))
        return results, (output / "results.md").read_text(encoding="utf-8")

    return run


@pytest.fixture(scope="module")
def measures_alone(quick_run):
    """Return a function: the rows of a quick run of ours alone, by name."""

    def run(group):
        results, _ = quick_run(group, radical="no-interpreter")
        return {measure["name"]: measure for measure in results["measures"]}

    return run
