"""A listing whose names come one after the other: who goes through it, and when they end early."""

import copy
import pickle
import threading

import pytest

import juncture.saga as rs
from juncture.saga.storage.failures import ConnectionLost
from juncture.saga.stored.listing import Listing

NAMES = [f"name {number}" for number in range(5000)]


def texts(urls):
    return [str(url) for url in urls]


def test_two_go_through_it_side_by_side():
    found = Listing(iter(NAMES))
    one, other = iter(found), iter(found)
    pairs = [(str(next(one)), str(next(other))) for _ in range(100)]
    assert pairs == [(name, name) for name in NAMES[:100]]
    assert len(found) == len(NAMES)
    assert texts(one) == texts(other) == NAMES[100:]


def test_a_second_thread_waits_for_names_that_the_first_one_is_waiting_for():
    asked, goes_on = threading.Event(), threading.Event()
    seen = []

    def coming():
        yield NAMES[0]
        asked.set()
        goes_on.wait()
        yield from NAMES[1:]

    found = Listing(coming())
    threads = [threading.Thread(target=lambda: seen.append(texts(found))) for _ in range(2)]
    guard = found._guard

    class Told:
        """The lock: the first thread has it, and goes on when the second one comes for it."""

        def __enter__(self):
            if threading.current_thread() is threads[1]:
                goes_on.set()
            return guard.__enter__()

        def __exit__(self, *error):
            return guard.__exit__(*error)

    found._guard = Told()
    threads[0].start()
    asked.wait()
    threads[1].start()
    for thread in threads:
        thread.join()
    assert seen == [NAMES, NAMES]


@pytest.mark.parametrize("use", [list, len, lambda found: found[-1], lambda found: "x" in found])
def test_what_is_left_of_a_listing_that_was_cut_is_never_taken_for_a_whole_one(use):
    def cut():
        yield from NAMES[:100]
        raise ConnectionLost("the connection was lost")

    found = Listing(cut())
    with pytest.raises(ConnectionLost):
        use(found)
    for again in (use, list, len):
        with pytest.raises(rs.NoSuccess, match="not whole") as caught:
            again(found)
        assert isinstance(caught.value.__cause__, ConnectionLost)


def test_a_copy_is_whole():
    found = Listing(iter(NAMES))
    assert texts(pickle.loads(pickle.dumps(found))) == NAMES  # noqa: S301 - our own
    assert copy.copy(found) == found
