"""Patterns of names and of ranges, and URLs that are made when somebody asks."""

import copy
import pickle
import sys

import pytest

from juncture.saga.exceptions import BadParameter, UnknownAttributeError
from juncture.saga.storage.paths import relative_url
from juncture.saga.stored import falls, flags
from juncture.saga.stored.listing import Listing
from juncture.saga.stored.patterns import matcher, spelled_out
from juncture.saga.url import Url


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", [""]),
        ("{a,b}", ["a", "b"]),
        ("x{,1}y", ["xy", "x1y"]),
        ("{a,b}{1,2}", ["a1", "a2", "b1", "b2"]),
        ("{a,{b,c}d}", ["a", "bd", "cd"]),
        ("{a}", ["{a}"]),
        ("{a}{b,c}", ["{a}b", "{a}c"]),
        ("{a,b", ["{a,b"]),
        ("a,b}", ["a,b}"]),
    ],
)
def test_braces(pattern, expected):
    assert spelled_out(pattern) == expected


def test_a_pattern_is_no_regular_expression():
    assert matcher("a.b")("a.b")
    assert not matcher("a.b")("axb")
    assert matcher("*")("a\nb")
    assert matcher("a*b")("a\n\nb")
    assert matcher("d/*")("d/x")
    assert not matcher("d/*")("e/x")
    with pytest.raises(BadParameter):
        matcher(7)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("(3,3,1,1)", [(3, 1)]),
        ("(0,1,4,0)", []),
        ("((0,0,1,1),(5,6,9,2))", [(0, 1), (5, 2), (14, 2)]),
        ("(0,9,10,2,(0,1,5,2),(9,9,1,1))", [(0, 2), (5, 2), (9, 1), (10, 2), (15, 2), (19, 1)]),
    ],
)
def test_ranges(pattern, expected):
    assert list(falls.ranges(pattern)) == expected


def again(value):
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - our own


def test_a_name_becomes_a_url_when_somebody_asks():
    for name in ("x y", "a:b", "what?", "100%", "\udcff"):
        url = relative_url(name)
        assert (url.scheme, url.host, url.query) == ("", None, "")
        for twin in (Url(url), copy.copy(url), copy.deepcopy(url), again(url)):
            assert str(twin) == str(url)
    url = relative_url("x")
    url.host = "h"
    assert str(url) == "//h/x"
    url = relative_url("x")
    url.path = "y"
    assert str(url) == "y"
    with pytest.raises(AttributeError):
        relative_url("x").nothing  # noqa: B018
    with pytest.raises(UnknownAttributeError):
        relative_url("x").nothing = 1


def test_a_listing_is_read_as_it_comes():
    taken = []

    def names():
        for name in "abc":
            taken.append(name)
            yield name

    listing = Listing(names())
    first = iter(listing)
    assert str(next(first)) == "a"
    assert taken == ["a"]
    assert [str(url) for url in listing] == ["a", "b", "c"]
    assert [str(url) for url in first] == ["b", "c"]
    assert len(listing) == 3
    assert taken == ["a", "b", "c"]


def test_a_name_costs_little_more_than_its_text():
    listing = Listing([f"file-{number:06d}.dat" for number in range(1000)])
    held = sum(map(sys.getsizeof, listing._names)) + sys.getsizeof(listing._names)
    assert held < 200 * 1000


def test_flags_are_named():
    with pytest.raises(BadParameter, match=r"`copy` has no use for `TRUNCATE` and 65536") as caught:
        flags.check(flags.TRUNCATE | 65536, flags.COPY, "copy")
    assert "RECURSIVE" in caught.value.hint
