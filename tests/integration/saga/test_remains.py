"""What tests leave behind is found."""

import subprocess
from pathlib import Path

import pytest
from job_oracle import mark, until
from processes import ENVIRONMENT
from testbed.remains import Remains


def test_what_is_left_is_found(tmp_path):
    with Remains(tmp_path) as found:
        number = mark()
        left = subprocess.Popen(["/bin/sleep", number], env=ENVIRONMENT | found.environment)
        try:
            # It is another program already, and soon has an environment of its own.
            until(Path(f"/proc/{left.pid}/environ").read_bytes)
            with pytest.raises(AssertionError, match=number):
                found.check(0)
        finally:
            left.kill()
            left.wait()
        file = found.temporary / "a file"
        file.touch()
        with pytest.raises(AssertionError, match="a file"):
            found.check()
        file.unlink()
        found.check()
    assert not found.temporary.exists()
