"""The spellings of an attribute's name: `exit_code`, `ExitCode`, and the one that was meant."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def under_score(key: str) -> str:
    """Return the under_score spelling of a name in either spelling.

    >>> [under_score(key) for key in ("ExitCode", "TotalCPUCount", "UserID", "exit_code")]
    ['exit_code', 'total_cpu_count', 'user_id', 'exit_code']
    """
    letters: list[str] = []
    for index, letter in enumerate(key):
        if letter.isupper():
            before = key[index - 1 : index]
            after = key[index + 1 : index + 2]
            starts_word = (
                before.islower() or before.isdigit() or (before.isupper() and after.islower())
            )
            letters.append("_" + letter.lower() if starts_word else letter.lower())
        else:
            letters.append(letter)
    return "".join(letters)


def camel_case(key: str) -> str:
    """Return the CamelCase spelling of a name; abbreviations are written as words.

    >>> [camel_case(key) for key in ("exit_code", "ExitCode", "total_cpu_count", "_own")]
    ['ExitCode', 'ExitCode', 'TotalCpuCount', '_own']
    """
    if key.startswith("_"):
        return key
    return "".join(word[:1].upper() + word[1:] for word in key.split("_"))


def nearest(key: str, names: Iterable[str]) -> str:
    """Return the name that was probably meant, or an empty string."""
    import difflib

    found = difflib.get_close_matches(under_score(key), list(names), n=1)
    return found[0] if found else ""
