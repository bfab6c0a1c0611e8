import json
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
NOT_THERE = REPOSITORY / "no-interpreter"


@pytest.fixture(scope="module")
def measures(tmp_path_factory):
    """The rows of one quick run of ours alone, by name."""
    output = tmp_path_factory.mktemp("bench")
    script = REPOSITORY / "benchmarks" / "run.py"
    ours = ["--ours", sys.executable, "--source", REPOSITORY / "src"]
    done = subprocess.run(
        [
            *(sys.executable, script, "--quick", "--group", "files", *ours),
            *("--radical", NOT_THERE, "--output", output),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results = json.loads((output / "results.json").read_text(encoding="utf-8"))
    return {measure["name"]: measure for measure in results["measures"]}


def test_every_measure_has_figures_or_is_skipped_with_a_reason(measures):
    assert len(measures) == 11
    for measure in measures.values():
        for name, figures in measure["contestants"].items():
            if name == "existing":
                assert "does not exist" in figures["problem"]
            else:
                assert "median" in figures or "skipped" in figures["problem"], measure


def test_copies_here_are_measured_and_none_is_lost(measures):
    for name in ("files-copy", "files-bulk", "files-tree"):
        (turn,) = measures[name]["contestants"]["ours"]["extras"]
        assert turn["lost"] == 0


def test_the_memory_of_a_listing_is_measured(measures):
    (turn,) = measures["files-list"]["contestants"]["ours"]["extras"]
    assert turn["bytes an entry"] > 0
