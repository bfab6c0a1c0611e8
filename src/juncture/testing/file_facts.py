"""What is known about a name: times and permissions; copies have those of their sources."""

from __future__ import annotations

import time
from typing import Any

import pytest

import juncture.saga as rs
from juncture.saga import permissions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from juncture.testing.file_bench import FileBench

_DAY_S = 86400
_THEN = 1_500_000_000


def _known(call: Any) -> Any:
    try:
        return call()
    except rs.NotImplemented as error:
        pytest.skip(str(error))


class FactsKit:
    """Times and permissions."""

    def test_the_time_of_a_change(self, bench: FileBench) -> None:
        """It is seconds since the epoch, about now for what was just written."""
        bench.put("file")
        found = _known(lambda: bench.here.get_mtime("file"))
        assert abs(found - time.time()) < _DAY_S, (
            f"`get_mtime` of a new file is {found!r}, more than a day from now: is it seconds, UTC?"
        )

    def test_times_are_set(self, bench: FileBench) -> None:
        """What is set is told, and content and other files stay as they are."""
        bench.needs("writes", "times")
        data = bench.put("file")
        bench.here.set_mtime("file", _THEN)
        bench.same(int(bench.here.get_mtime("file")), _THEN, "`get_mtime` after `set_mtime`")
        bench.same(int(bench.file("file").mtime), _THEN, "`mtime` of the file")
        bench.has("file", data, "a file whose time was set")

    def test_copies_keep_times(self, bench: FileBench, tmp_path: Path) -> None:
        """Within the store, and from and to this host."""
        bench.needs("writes", "times")
        bench.put("file")
        bench.here.set_mtime("file", _THEN)
        bench.here.copy("file", "copy")
        bench.same(int(bench.here.get_mtime("copy")), _THEN, "`get_mtime` of a copy")
        bench.file("file").copy(bench.local_url(tmp_path / "down"))
        bench.same(int((tmp_path / "down").stat().st_mtime), _THEN, "the time of a copy here")
        bench.local(tmp_path / "down").copy(bench.url("up"))
        bench.same(int(bench.here.get_mtime("up")), _THEN, "`get_mtime` of a copy from here")

    def test_times_that_are_not_kept_are_not_set(self, bench: FileBench) -> None:
        """Without `times`, `set_mtime` is NotImplemented; it does not pretend."""
        bench.lacks("times")
        bench.put("file")
        with bench.refused(rs.NotImplemented, "`set_mtime` without `times`"):
            bench.here.set_mtime("file", _THEN)

    @pytest.mark.parametrize("mode", [0o600, 0o644, 0o750, 0o444])
    def test_modes_are_set(self, bench: FileBench, mode: int) -> None:
        """What is set is told."""
        bench.needs("writes", "modes")
        bench.put("file")
        bench.here.set_mode("file", mode)
        bench.same(oct(bench.here.get_mode("file")), oct(mode), "`get_mode` after `set_mode`")
        bench.same(oct(bench.file("file").mode), oct(mode), "`mode` of the file")

    def test_copies_keep_modes(self, bench: FileBench, tmp_path: Path) -> None:
        """Within the store, and from and to this host; a private file stays private."""
        bench.needs("writes", "modes")
        for mode in (0o600, 0o755):
            name = f"file-{mode:o}"
            bench.put(name)
            bench.here.set_mode(name, mode)
            bench.here.copy(name, f"copy-{name}")
            bench.same(oct(bench.here.get_mode(f"copy-{name}")), oct(mode), "the mode of a copy")
            bench.file(name).copy(bench.local_url(tmp_path / name))
            found = (tmp_path / name).stat().st_mode & 0o7777
            bench.same(oct(found), oct(mode), "the mode of a copy here")
            bench.local(tmp_path / name).copy(bench.url(f"up-{name}"))
            bench.same(
                oct(bench.here.get_mode(f"up-{name}")), oct(mode), "the mode of a copy from here"
            )

    def test_permissions(self, bench: FileBench) -> None:
        """Those of GFD.90 are the bits: allowed, denied, checked and listed."""
        bench.needs("writes", "modes")
        bench.put("file")
        bench.here.set_mode("file", 0o640)
        owner = _known(lambda: bench.here.get_owner("file"))
        assert str(owner).startswith("user-"), f"`get_owner` is `user-NAME`, found {owner!r}"
        check = bench.here.permissions_check
        bench.same(check("file", owner, permissions.READ | permissions.WRITE), True, "the owner's")
        bench.same(check("file", "*", permissions.READ), False, "READ for everybody with 0o640")
        bench.here.permissions_allow("file", "*", permissions.READ)
        bench.same(
            oct(bench.here.get_mode("file")), oct(0o644), "the mode after READ for everybody"
        )
        bench.here.permissions_deny("file", "*", permissions.WRITE)
        bench.same(oct(bench.here.get_mode("file")), oct(0o444), "the mode after WRITE was denied")
        listed = bench.here.permissions_list("file")
        bench.same(listed["*"] & permissions.READ, permissions.READ, "READ in `permissions_list`")
        bench.same(listed["*"] & permissions.WRITE, 0, "WRITE in `permissions_list`")
        with bench.refused(rs.BadParameter, "permissions of an id that is none"):
            bench.here.permissions_allow("file", "everybody", permissions.READ)

    def test_permissions_that_are_not_kept_are_not_told(self, bench: FileBench) -> None:
        """Without `modes` they are NotImplemented; nothing is made up."""
        bench.lacks("modes")
        bench.put("file")
        for method, *arguments in (("get_mode",), ("set_mode", 0o600), ("permissions_list",)):
            with bench.refused(rs.NotImplemented, f"`{method}` without `modes`"):
                getattr(bench.here, method)("file", *arguments)

    def test_links_that_are_not_kept_are_not_made(self, bench: FileBench) -> None:
        """Without `links`, `link` is NotImplemented, and makes nothing."""
        bench.lacks("links")
        bench.put("file")
        with bench.refused(rs.NotImplemented, "`link` without `links`"):
            bench.here.link("file", "link")
        bench.same(bench.names(), ["file"], "the names after that") if bench.oracle else None
        bench.same(bench.here.is_link("file"), False, "`is_link` of a file")

    def test_facts_of_what_is_missing(self, bench: FileBench) -> None:
        """It does not exist, whatever is asked."""
        names = ["get_mtime", *(["get_mode", "get_owner"] if "modes" in bench.can else [])]
        for method in names:
            with bench.refused(rs.DoesNotExist, f"`{method}` of what is not there"):
                getattr(bench.here, method)("none")
