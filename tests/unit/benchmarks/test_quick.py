from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
EXISTING = REPOSITORY / ".venv-bench" / "existing" / "bin" / "python"


@pytest.fixture(scope="module")
def bench(quick_run):
    return quick_run("runtime", existing=EXISTING)


def test_every_measure_has_figures_of_ours(bench):
    results, _ = bench
    assert len(results["measures"]) == 10
    for measure in results["measures"]:
        assert measure["contestants"]["ours"].get("median", 0) > 0, measure


def test_the_existing_runtime_is_measured_or_left_out_with_a_reason(bench):
    results, _ = bench
    for measure in results["measures"]:
        existing = measure["contestants"]["existing"]
        assert ("median" in existing) == EXISTING.exists(), measure["name"]
        assert existing.get("median") or existing["problem"]


def test_no_log_line_is_lost(bench):
    results, _ = bench
    (lines,) = (m for m in results["measures"] if m["name"] == "log-lines")
    assert [turn["lines lost"] for turn in lines["contestants"]["ours"]["extras"]] == [0]


def test_the_table_has_a_row_for_each_measure_and_says_it_was_quick(bench):
    results, table = bench
    for measure in results["measures"]:
        assert f"| {measure['measure']} | " in table
    assert "quick run" in table
