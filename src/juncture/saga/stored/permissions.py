"""The permissions of GFD.90, section 3.7, on the permission bits of POSIX.

The bits know an owner, a group and the others. `user-NAME` is the owner, `group-NAME` the group,
and `*` is everybody: owner, group and others together. Nobody else can be named. READ, WRITE and
EXEC are the bits; QUERY is what everybody may who may search the directory; OWNER is the owner's.
A link has no permissions: what it leads to is meant.
"""

from __future__ import annotations

from juncture.saga import exceptions
from juncture.saga.constants import RECURSIVE
from juncture.saga.exceptions import BadParameter
from juncture.saga.permissions import ALL, EXEC, OWNER, QUERY, READ, WRITE
from juncture.saga.storage.values import DIRECTORY, LINK, MODES
from juncture.saga.stored import flags
from juncture.saga.stored.copying import followed
from juncture.saga.stored.written import whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from juncture.saga.storage.values import Stat
    from juncture.saga.stored.places import Place

_BITS = {READ: 4, WRITE: 2, EXEC: 1}
_SHIFTS = {"user": 6, "group": 3}
_EVERYBODY = (6, 3, 0)


def allow(place: Place, who: str, permissions: int, given: int) -> None:
    """Let somebody do more."""
    _change(place, who, permissions, given, lambda mode, bits: mode | bits)


def deny(place: Place, who: str, permissions: int, given: int) -> None:
    """Let somebody do less."""
    if permissions & QUERY and permissions != ALL:
        raise exceptions.NotImplemented(
            "QUERY cannot be denied: who may search a directory may look at what is in it"
        )
    _change(place, who, permissions, given, lambda mode, bits: mode & ~bits)


def check(place: Place, who: str, permissions: int) -> bool:
    """Return whether somebody may do all of this."""
    _checked(permissions)
    place = followed(place)
    found = _known(place)
    shifts = _shifts(place, found, who)
    if permissions & OWNER and shifts != (_SHIFTS["user"],):
        return False
    return all(_mode(place, found) & bits == bits for bits in _bits(permissions, shifts))


def listed(place: Place) -> dict[str, int]:
    """Return what the owner, the group and everybody may do: `{id: permissions}`."""
    place = followed(place)
    found = _known(place)
    mode = _mode(place, found)
    result = {
        f"user-{found.owner}": _permissions(mode >> 6) | OWNER,
        f"group-{found.group}": _permissions(mode >> 3),
    }
    result["*"] = _permissions(mode >> 6 & mode >> 3 & mode)
    return result


def mode(place: Place) -> int:
    """Return the permission bits."""
    place = followed(place)
    return _mode(place, _known(place))


def set_mode(place: Place, new: int, given: int) -> None:
    """Set the permission bits, with RECURSIVE also below a directory."""
    given = flags.check(given, flags.PERMISSIONS, "set_mode")
    if not 0 <= whole(new, "a mode") <= 0o7777:  # noqa: PLR2004 - all bits there are
        raise BadParameter(f"permission bits are 0 to 0o7777, found {new!r}")
    _check_kept(place)
    _each(followed(place), given, lambda each, _: each.store.set_mode(each.path, new))


def owner(place: Place) -> str:
    """Return the owner as `user-NAME`."""
    place = followed(place)
    return f"user-{_named(place, _known(place).owner)}"


def group(place: Place) -> str:
    """Return the group as `group-NAME`."""
    place = followed(place)
    return f"group-{_named(place, _known(place).group)}"


def mtime(place: Place) -> float:
    """Return the time of the last change in seconds since the epoch."""
    place = followed(place)
    found = _known(place).mtime
    if found is None:
        raise exceptions.NotImplemented(f"{place.store.name} does not tell when `{place.path}` was")
    return found


def _change(
    place: Place, who: str, permissions: int, given: int, change: Callable[[int, int], int]
) -> None:
    given = flags.check(given, flags.PERMISSIONS, "permissions")
    _checked(permissions)
    if permissions & OWNER and permissions != ALL:
        raise exceptions.NotImplemented("the owner of a name cannot be changed")
    place = followed(place)
    shifts = _shifts(place, _known(place), who)

    def change_one(each: Place, found: Stat) -> None:
        new = old = _mode(each, found)
        for bits in _bits(permissions, shifts):
            new = change(new, bits)
        if new != old:
            each.store.set_mode(each.path, new)

    _each(place, given, change_one)


def _each(place: Place, given: int, do: Callable[[Place, Stat], None]) -> None:
    """Do something to a name, and with RECURSIVE to all below it before."""
    found = _known(place)
    if given & RECURSIVE and found.kind == DIRECTORY:
        for below, each in list(place.store.walk(place.path)):
            if each.kind != LINK:
                do(place.at(f"{place.path.rstrip('/')}/{below}"), each)
    do(place, found)


def _known(place: Place) -> Stat:
    return place.store.stat(place.path, follow=False)


def _mode(place: Place, found: Stat) -> int:
    _check_kept(place)
    if found.mode is None:
        raise exceptions.NotImplemented(f"{place.store.name} does not tell who may do what")
    return found.mode


def _check_kept(place: Place) -> None:
    if MODES not in place.store.traits:
        raise exceptions.NotImplemented(f"{place.store.name} keeps no permissions")


def _named(place: Place, name: str | None) -> str:
    if name is None:
        raise exceptions.NotImplemented(f"{place.store.name} does not tell whose `{place.path}` is")
    return name


def _shifts(place: Place, found: Stat, who: str) -> tuple[int, ...]:
    if who == "*":
        return _EVERYBODY
    kind, dash, name = str(who).partition("-")
    if kind not in _SHIFTS or not dash or not name:
        raise BadParameter(f"an id is `user-NAME`, `group-NAME` or `*`, found {who!r}")
    if name != (found.owner if kind == "user" else found.group):
        raise exceptions.NotImplemented(
            f"`{place.path}` on {place.store.name} has permissions for `user-{found.owner}`, "
            f"`group-{found.group}` and `*`, and none for `{who}`"
        )
    return (_SHIFTS[kind],)


def _bits(permissions: int, shifts: tuple[int, ...]) -> list[int]:
    return [
        bit << shift
        for permission, bit in _BITS.items()
        if permissions & permission
        for shift in shifts
    ]


def _permissions(bits: int) -> int:
    return QUERY | sum(permission for permission, bit in _BITS.items() if bits & bit)


def _checked(permissions: object) -> None:
    if not isinstance(permissions, int) or permissions & ~ALL:
        raise BadParameter(
            f"permissions are those of `juncture.saga.permissions`, found {permissions!r}"
        )
