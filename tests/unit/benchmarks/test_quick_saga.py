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
            *(sys.executable, script, "--quick", "--group", "saga", *ours),
            *("--radical", NOT_THERE, "--output", output),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results = json.loads((output / "results.json").read_text(encoding="utf-8"))
    return {measure["name"]: measure for measure in results["measures"]}


def test_every_measure_has_figures_of_ours_or_is_skipped_with_a_reason(measures):
    assert len(measures) == 17
    for name, measure in measures.items():
        ours = measure["contestants"]["ours"]
        assert "median" in ours or ("ssh" in name and "skipped" in ours["problem"]), measure


def test_the_predecessor_is_left_out_with_a_reason(measures):
    for measure in measures.values():
        assert "does not exist" in measure["contestants"]["existing"]["problem"]


def test_no_job_is_lost(measures):
    (turn,) = measures["saga-bulk-fork"]["contestants"]["ours"]["extras"]
    assert turn["jobs"] == 50
    assert turn["lost"] == 0
    assert turn["not found after kill -9"] == 0
