"""What a host keeps of a job comes back as it was, and files only to where they belong."""

import json

import pytest

from juncture.saga.adaptors.shell_job import kept
from juncture.saga.adaptors.shell_job.staging import read_directives
from juncture.saga.job import Description

TEXTS = ["/here/in > in", "/here/out < out", "/here/more << out", "/here/é\udcff < é\udcff"]


def test_it_comes_back():
    jd = Description(executable="x", arguments=["a\nb"], file_transfer=TEXTS)
    line = kept.write(jd, "/there/w d", read_directives(TEXTS))
    assert "\n" not in line
    found = kept.read(line)
    assert found.folder == "/there/w d"
    assert found.description.as_dict() == jd.as_dict()
    assert [(each.local, each.remote, each.append) for each in found.directives] == [
        ("/here/out", "out", False),
        ("/here/more", "out", True),
        ("/here/é\udcff", "é\udcff", False),
    ]


def test_a_client_elsewhere_brings_nothing():
    jd = Description(executable="x", file_transfer=TEXTS)
    record = json.loads(kept.write(jd, "/there", read_directives(TEXTS)))
    record["client"] = "elsewhere"
    assert kept.read(json.dumps(record)).directives == []


@pytest.mark.parametrize("line", ["", "{", "[]", "7", "null", "{}", '{"description": {"no": 1}}'])
def test_what_is_no_record(line):
    assert kept.read(line) is None
