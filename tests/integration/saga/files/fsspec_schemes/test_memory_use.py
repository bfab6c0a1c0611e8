"""A large file is copied between servers in little memory, whatever their libraries would hold."""

import os
import subprocess
import sys

import pytest

# `ru_maxrss` would begin with what the process that started this one had.
PROGRAM = """
import sys
from juncture.saga.filesystem import File, OVERWRITE

def peak_kib():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))

small, large, target = sys.argv[1:]
File(small).copy(target, OVERWRITE)
before = peak_kib()
File(large).copy(target, OVERWRITE)
print(peak_kib() - before)
"""
SIZE_MIB = 160
MOST_MIB = 96


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="there is no /proc")
@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("s3", "local"),
        ("local", "s3"),
        ("ftp", "webdav"),
        ("webdav", "ftp"),
        ("smb", "local"),
        ("ftp", "smb"),
    ],
)
def test_memory_is_bounded(source, target, request):
    source = request.getfixturevalue(f"{source}_share")
    target = request.getfixturevalue(f"{target}_share")
    piece = bytes(range(256)) * 4096
    source.put("small", piece)
    source.put("large", piece * SIZE_MIB)
    command = [sys.executable, "-c", PROGRAM, source.url("small"), source.url("large")]
    told = subprocess.run(
        [*command, target.url("copy")], stdout=subprocess.PIPE, text=True, check=True
    )
    assert target.digest("copy") == source.digest("large")
    grown_mib = int(told.stdout) >> 10
    print(f"{grown_mib} MiB more for {SIZE_MIB} MiB")
    assert grown_mib < MOST_MIB
