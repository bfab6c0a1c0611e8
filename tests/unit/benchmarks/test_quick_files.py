import pytest


@pytest.fixture(scope="module")
def measures(measures_alone):
    return measures_alone("files")


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
