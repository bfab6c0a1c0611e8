import pytest


@pytest.fixture(scope="module")
def measures(measures_alone):
    return measures_alone("saga")


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
