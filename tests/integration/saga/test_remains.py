"""What tests leave behind is found."""

import subprocess

import pytest
from job_oracle import mark
from processes import ENVIRONMENT
from testbed.remains import Remains


def test_what_is_left_is_found(tmp_path):
    with Remains(tmp_path) as found:
        number = mark()
        left = subprocess.Popen(["/bin/sleep", number], env=ENVIRONMENT | found.environment)
        try:
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
