"""Path mapping rules."""

import os
import pathlib

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from juncture.errors import DataError
from juncture.runtime.path_mapping import PathMappingRule, canonical_format, map_path, parse_rules

# The first text that hypothesis makes on a machine costs it a table of all characters.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def rule(source_format, source, destination, os_="linux"):
    return PathMappingRule(
        source_path_format=source_format,
        source_path=source,
        destination_path=destination,
        destination_os=os_,
    )


POSIX_RULE = ("posix", "/a", "/b")
WINDOWS_RULE = ("windows", r"Z:\movie1", "/mnt/m")
URI_RULE = ("uri", "s3://bucket/assets", "/local")
TO_WINDOWS_RULE = ("posix", "/a", r"Z:\b", "windows")


@pytest.mark.parametrize(
    ("given_rule", "path", "expected"),
    [
        (POSIX_RULE, "/a", "/b"),
        (POSIX_RULE, "/a/", "/b"),
        (POSIX_RULE, "/a/x", "/b/x"),
        (POSIX_RULE, "/a//x/./y/", "/b/x/y"),
        (POSIX_RULE, "/a/../x", "/b/../x"),
        (POSIX_RULE, "///a/x", "/b/x"),
        (POSIX_RULE, "/ab", None),
        (POSIX_RULE, "a/x", None),
        (POSIX_RULE, "//a/x", None),
        (POSIX_RULE, "/A/x", None),
        (POSIX_RULE, "", None),
        (("posix", "/", "/b"), "/x", "/b/x"),
        (("posix", "/", "/b"), "x", None),
        (("posix", "/a/", "/b/"), "/a/x", "/b/x"),
        (("posix", "a", "/b"), "./a/x", "/b/x"),
        (("posix", "/a", "/"), "/a/x", "/x"),
        (WINDOWS_RULE, r"z:/MOVIE1\a\b.PNG", "/mnt/m/a/b.PNG"),
        (WINDOWS_RULE, r"Z:\movie10", None),
        (WINDOWS_RULE, "/movie1", None),
        (("nt", r"\\srv\share", "/b"), r"//SRV/Share\p", "/b/p"),
        (("nt", r"\\srv\share\p", "/b"), r"\\srv\share\p\q", "/b/q"),
        (("nt", r"\\srv\share", "/b"), r"\\srv\share", "/b"),
        (("nt", r"\\srv\share", "/b"), r"\\srv\other", None),
        (("nt", "Z:", "/b"), r"z:\x", "/b/x"),
        (("nt", "Z:", "/b"), "Z:", "/b"),
        (("nt", "Z:\\", "/b"), r"Z:\x", "/b/x"),
        (("nt", "Z:\\", "/b"), r"Y:\x", None),
        (("nt", r"\\srv\share", r"\\new\place", "nt"), r"\\srv\share\p", r"\\new\place\p"),
        (TO_WINDOWS_RULE, r"/a/x\y/z", r"Z:\b\x\y\z"),
        (TO_WINDOWS_RULE, "/a/x:y/z", r"Z:\b\x:y\z"),
        (TO_WINDOWS_RULE, r"/a/\x", r"Z:\b\x"),
        (TO_WINDOWS_RULE, "/a/C:/x", r"Z:\b\C:\x"),
        (TO_WINDOWS_RULE, "/a", r"Z:\b"),
        (("posix", "/a", "Z:/b/", "windows"), "/a/x", r"Z:\b\x"),
        (("posix", "/a", "Z:", "windows"), "/a/x", r"Z:\x"),
        (URI_RULE, "s3://bucket/assets", "/local"),
        (URI_RULE, "s3://bucket/assets/x/y.obj", "/local/x/y.obj"),
        (URI_RULE, "S3://BUCKET/assets/x", "/local/x"),
        (URI_RULE, "s3://bucket/ASSETS/x", None),
        (URI_RULE, "s3://bucket/assets2/x", None),
        (URI_RULE, "s3://bucket2/assets/x", None),
        (URI_RULE, "https://bucket/assets/x", None),
        (URI_RULE, "/bucket/assets/x", None),
        (URI_RULE, "s3://bucket/assets/a//./b/../c/", "/local/a//./b/../c/"),
        (URI_RULE, "s3://bucket/assets/a%20b?c#d", "/local/a%20b?c#d"),
        (("uri", "s3://bucket/assets/", "/local"), "s3://bucket/assets", "/local"),
        (("uri", "s3://bucket", "/local"), "s3://bucket/x", "/local/x"),
        (("uri", "file:///", "/local"), "file:///x", "/local/x"),
        (("uri", "file:///", "/local"), "file://host/x", None),
        (("uri", "s3://bucket\u212a", "/local"), "s3://bucketk/x", None),
        (("uri", "s3://bucket", r"Z:\b", "windows"), "s3://bucket/x:y/z/", "Z:\\b\\x:y\\z\\"),
    ],
)
def test_what_a_rule_makes_of_a_path(given_rule, path, expected):
    matched, mapped = rule(*given_rule).apply(path=path)

    assert (matched, mapped) == (expected is not None, path if expected is None else expected)


def test_the_first_rule_that_matches_wins():
    rules = [rule("posix", "/a", "/1"), rule("posix", "/a/b", "/2"), rule("posix", "/c", "/3")]

    assert map_path(rules, "/a/b/c") == "/1/b/c"
    assert map_path(rules, "/c") == "/3"
    assert map_path(rules, "/d//e/./") == "/d//e/./"
    assert map_path([], "/a/") == "/a/"


names = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)


@example([], ["\\"])  # a file that is called like the root of a Windows path
@unhurried
@given(st.lists(names, max_size=4), st.lists(names, max_size=4))
def test_posix_paths_match_as_pathlib_says(source, path):
    source_path, path_path = "/" + "/".join(source), "/" + "/".join(path)
    posix = pathlib.PurePosixPath

    matched, mapped = rule("posix", source_path, "/dest").apply(path_path)

    inside = posix(path_path).is_relative_to(source_path)
    assert matched is inside
    if inside:
        assert mapped == str(posix("/dest") / posix(path_path).relative_to(source_path))
    else:
        assert mapped == path_path


# NUL and what Windows cannot name are no matter here; the marks are what a path is parted by.
messy = st.text("aA:/\\. ", max_size=12)


@unhurried
@given(messy, st.sampled_from(["/", r"Z:\b", "Z:", r"\\srv\share"]))
def test_no_path_leaves_the_drive_of_its_destination(rest, destination):
    os_ = "linux" if destination == "/" else "windows"

    _, mapped = rule("posix", "/a", destination, os_).apply("/a/" + rest)

    flavour = pathlib.PurePosixPath if os_ == "linux" else pathlib.PureWindowsPath
    assert flavour(mapped).drive == flavour(destination).drive
    assert flavour(mapped).root


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("POSIX", "Posix"),
        ("linux2", "Linux"),
        (" Darwin ", "macOS"),
        ("macos", "macOS"),
        ("mac", "macOS"),
        ("Mac OS", "macOS"),
        ("OS X", "macOS"),
        ("nt", "Windows"),
        ("WINDOWS", "Windows"),
        ("win32", "Windows"),
        ("Uri", "URI"),
    ],
)
def test_names_of_formats(name, expected):
    assert canonical_format(name) == expected


def test_document_and_back():
    document = {
        "source_path_format": "posix",
        "source_path": "/a/",
        "destination_path": "/b",
        "destination_os": "linux",
    }

    made = PathMappingRule.from_dict(rule=document)

    assert made.to_dict() == {**document, "source_path_format": "Posix", "destination_os": "Linux"}
    assert PathMappingRule.from_dict(made.to_dict()) == made


def test_the_destination_is_of_this_host_unless_said():
    made = PathMappingRule(source_path_format="nt", source_path="Z:", destination_path="/b")

    assert (made.destination_os == "Windows") is (os.name == "nt")


def test_rules_are_equal_by_paths_and_kind_of_system():
    one = rule("posix", "/a", "/b", "linux")

    assert one == rule("macos", "/a", "/b", "posix")
    assert hash(one) == hash(rule("macos", "/a", "/b", "posix"))
    assert one != rule("windows", "/a", "/b", "linux")
    assert one != rule("posix", "/a", "/b", "nt")
    assert one != rule("posix", "/a", "/c", "linux")
    assert one != 3


@pytest.mark.parametrize("document", [{}, {"version": "x"}, {"path_mapping_rules": []}])
def test_no_rules(document):
    assert parse_rules(document) == []


GOOD = {"source_path_format": "posix", "source_path": "/a", "destination_path": "/b"}


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ({}, "source_path_format"),
        ({**GOOD, "extra": 1}, "extra"),
        ({**GOOD, "source_path": ""}, "source_path"),
        ({**GOOD, "source_path": 5}, "source_path"),
        ({**GOOD, "destination_path": None}, "destination_path"),
        ({**GOOD, "source_path_format": "vms"}, "source_path_format"),
        ({**GOOD, "destination_os": "vms"}, "destination_os"),
        ({**GOOD, "destination_os": "uri"}, "destination_os"),
        ({**GOOD, "source_path_format": "uri"}, "source_path"),
        ({**GOOD, "source_path_format": "uri", "source_path": "1s://b"}, "source_path"),
        ({**GOOD, "source_path_format": "uri", "source_path": "://b"}, "source_path"),
        ([], "rule"),
        (None, "rule"),
    ],
)
def test_a_bad_rule_is_named_by_index_and_key(bad, named):
    with pytest.raises(DataError) as caught:
        parse_rules({"version": "pathmapping-1.0", "path_mapping_rules": [GOOD, bad]})

    assert caught.value.message.startswith("path_mapping_rules[1]: ")
    assert named in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "document", [{"path_mapping_rule": []}, {"path_mapping_rules": {}}, {"path_mapping_rules": 5}]
)
def test_a_document_without_a_list_of_rules_is_refused(document):
    with pytest.raises(DataError, match="path_mapping_rules"):
        parse_rules(document)


def test_a_rule_cannot_be_changed():
    with pytest.raises(AttributeError):
        rule(*POSIX_RULE).source_path = "/c"
