"""Copies between stores that do what they should, and outcomes when something is in the way."""

import pytest
from unit.saga.storage.memory_store import MemoryStore

from juncture.saga.storage.transfer import Request, Transfer
from juncture.saga.storage.values import WHOLE

LARGE = bytes(range(256)) * 4096


@pytest.fixture
def here():
    return MemoryStore("memory://here")


@pytest.fixture(params=["parts", "whole"])
def there(request):
    return MemoryStore(
        "memory://there", {WHOLE} if request.param == "whole" else MemoryStore().traits
    )


def one(source, path, target, new, **options):
    (outcome,) = Transfer([Request(source, path, target, new, **options)]).run()
    return outcome


@pytest.mark.parametrize("data", [b"", b"small", LARGE])
def test_a_file_is_copied_with_its_mode_and_time(here, data):
    there = MemoryStore("memory://there")
    here.put("/a", data, mode=0o600)
    here.nodes["/a"].mtime = 17.5
    assert one(here, "/a", there, "/b") is None
    assert there.files() == {"/b": data}
    assert (there.nodes["/b"].mode, there.nodes["/b"].mtime) == (0o600, 17.5)
