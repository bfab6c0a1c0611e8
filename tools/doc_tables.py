"""Write the tables of the documentation that the code knows better.

A page has `<!-- table: NAME -->`, and the table that follows is replaced by what the code says.
`tests/docs` fails while a page differs. It is one list of tables, and so one module although a long
one.

usage: python tools/doc_tables.py        rewrites the pages
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

DOCS = Path(__file__).parents[1] / "docs"
MARK = re.compile(r"^(<!-- table: ([\w. -]+) -->)\n+(?:\|.*\n)*\n*", re.MULTILINE)


def moves() -> list[tuple[str, ...]]:
    """The legal moves of an adaptor: a row for each state, a column for each move."""
    from juncture.runtime.lifecycle import MOVES, AdaptorState

    names = list(dict.fromkeys(move for _, move in MOVES))
    rows = [("state", *names)]
    for state in AdaptorState:
        following = (MOVES.get((state, name)) for name in names)
        cells = (f"`{after.value}`" if after else "" for after in following)
        rows.append((f"`{state.value}`", *cells))
    return rows


def statuses() -> list[tuple[str, ...]]:
    """Every exit status."""
    from juncture.runtime.outcome import EXIT_STATUSES

    rows = [("status", "kind", "means")]
    for kind, (status, meaning) in EXIT_STATUSES.items():
        rows.append(("n" if status is None else str(status), f"`{kind}`", meaning))
    return rows


def frames() -> list[tuple[str, ...]]:
    """Every frame of the wire protocol."""
    from juncture_client.protocol import FRAMES

    rows = [("kind", "code", "sent by", "fields")]
    for name, (code, sender, fields) in FRAMES.items():
        rows.append((f"`{name}`", str(code), sender, ", ".join(f"`{x}`" for x in fields)))
    return rows


def options(command: str) -> list[tuple[str, ...]]:
    """Every option of a command of the adaptor's command line."""
    from juncture.runtime.commandline import COMMANDS

    rows = [("option", "means")]
    for name, _, metavar, what in COMMANDS[tuple(command.split())][1]:
        rows.append((f"`{name} {metavar}`" if metavar else f"`{name}`", what))
    return rows


def shipped() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """What the engine knows of each shipped back-end adaptor, and its capabilities."""
    from juncture.saga.engine import getEngine

    engine = getEngine()
    return [
        (record, engine.get_adaptor_instance(record["name"]).info.capabilities)
        for record in sorted(engine.adaptors(), key=lambda record: str(record["name"]))
        if record["module"].startswith("juncture.saga.adaptors.") and record["types"]
    ]


def adaptors() -> list[tuple[str, ...]]:
    """Every shipped back-end adaptor."""
    rows = [("adaptor", "schemes", "serves")]
    for record, _ in shipped():
        rows.append((f"`{record['name']}`", ticked(record["schemes"]), ticked(record["types"])))
    return rows


def adaptor_options() -> list[tuple[str, ...]]:
    """Every option of a shipped back-end adaptor."""
    rows = [("adaptor", "option", "type", "default", "variable", "means")]
    for record, _ in shipped():
        for option in record["options"]:
            means = option["documentation"]
            if option["valid_options"]:
                means += f"; one of {ticked(map(str, option['valid_options']))}"
            about = (record["name"], option["name"], option["type"], str(option["default"]))
            rows.append((*(f"`{x}`" for x in about), f"`{option['env_variable']}`", means))
    return rows


def job_description() -> list[tuple[str, ...]]:
    """Every attribute of a job description, and what the adaptors make of it."""
    from juncture.saga.job import Description

    return description(Description._ATTRIBUTES, "jdes_attributes")  # noqa: SLF001 - what is shown


def resource_description() -> list[tuple[str, ...]]:
    """Every attribute of a description of hosts, and what the adaptors make of it."""
    from juncture.saga.resource import ComputeDescription, Description

    rows = (*Description._ATTRIBUTES, *ComputeDescription._ATTRIBUTES)  # noqa: SLF001 - as above
    return description({row.name: row for row in rows}.values(), "rdes_attributes")


def description(attributes: Iterable[Any], capability: str) -> list[tuple[str, ...]]:
    """Every attribute of a description, who serves it, and what it means there."""
    served: dict[str, dict[str, list[str]]] = {}
    for record, capabilities in shipped():
        for key, means in capabilities.get(capability, {}).items():
            served.setdefault(plain(key), {}).setdefault(means, []).append(record["name"])
    rows = [("attribute", "type", "is", "served by", "there")]
    for row in attributes:
        kind = row.typ if row.flavor == "scalar" else f"{row.typ}, {row.flavor}"
        for means, names in served.get(plain(row.name), {"": []}).items():
            rows.append((f"`{row.name}`", kind, row.doc, ticked(names), means))
    return rows


def job_attributes() -> list[tuple[str, ...]]:
    """Every attribute of a job."""
    from juncture.saga.job import Job

    declared = Job._ATTRIBUTES  # noqa: SLF001 - as above
    return [("attribute", "type", "is"), *((f"`{x.name}`", x.typ, x.doc) for x in declared)]


def contexts() -> list[tuple[str, ...]]:
    """Every type of context, and the attributes that mean something to it."""
    rows = [("type", "is", "attributes")]
    for record, capabilities in shipped():
        if "Context" in record["types"]:
            used = capabilities.get("ctx_attributes", {}).items()
            text = "<br>".join(f"`{name}`: {html.escape(means)}" for name, means in used)
            for name, means in capabilities["contexts"].items():
                rows.append((f"`{name}`", means, text))
    return rows


def cpi(name: str) -> list[tuple[str, ...]]:
    """Every method that a CPI declares itself, without those of the CPI it derives from."""
    import inspect

    from juncture.saga.constants import RECURSIVE

    rows = [("method", "does")]
    for method in vars(cpi_class(name)).values():
        declared = inspect.unwrap(method) if callable(method) else None
        if declared is None or declared.__name__.startswith("__"):
            continue
        parameters = list(inspect.signature(declared).parameters.values())[1:]
        words = [str(each.replace(annotation=inspect.Parameter.empty)) for each in parameters]
        words = [word.replace(f"flags={RECURSIVE}", "flags=RECURSIVE") for word in words]
        does = (declared.__doc__ or "").splitlines()[0]
        rows.append((f"`{declared.__name__}({', '.join(words)})`", does))
    return rows


def cpi_class(name: str) -> type:
    """Return a CPI by the name of its API type."""
    from juncture.saga.engine.validation import cpi_class as find

    found = find(name)
    if found is None:
        raise KeyError(name)
    return found


def cpi_names() -> list[str]:
    """Return the API types that there is a CPI for."""
    from juncture.saga import cpi as room
    from juncture.saga.cpi.base import Base

    modules = [getattr(room, name) for name in room.__all__]
    found = [
        value.cpi_type
        for module in modules
        if hasattr(module, "__file__")
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Base) and vars(value).get("cpi_type")
    ]
    return sorted(set(found))


def file_schemes() -> list[tuple[str, ...]]:
    """Every scheme that fsspec serves."""
    from juncture.saga.adaptors.fsspec_file.schemes import SCHEMES
    from juncture.saga.storage.values import WHOLE

    rows = [("scheme", "install", "write", "verified")]
    for name, scheme in SCHEMES.items():
        how = "whole objects" if WHOLE in scheme.traits else "files"
        install = f"`{scheme.install}`" if scheme.install else ""
        verified = VERIFIED_SCHEMES.get(name, UNVERIFIED)
        rows.append((f"`{name}`", install, how if scheme.writable else "no", verified))
    return rows


def plain(attribute: str) -> str:
    """Return what the two spellings of an attribute's name have in common."""
    return attribute.replace("_", "").lower()


def ticked(words: Iterable[str]) -> str:
    """Return words as code, with commas."""
    return ", ".join(f"`{word}`" for word in words)


def schemes_of_files() -> list[tuple[str, ...]]:
    """Every scheme of files: who serves it, what to install, what it keeps, how it was verified."""
    from juncture.saga.adaptors.fsspec_file.schemes import SCHEMES
    from juncture.saga.cpi.declaration import FILE_CAPABILITIES

    rows = [("scheme", "adaptor", "to install", "beyond reading", "verified by")]
    of_files = [each for each in shipped() if "filesystem.File" in each[0]["types"]]
    of_files.sort(key=lambda each: not SCHEMES.keys().isdisjoint(each[0]["schemes"]))
    for record, capabilities in of_files:
        for name in record["schemes"]:
            known = SCHEMES.get(name)
            install = f"`{known.install}`" if known is not None and known.install else ""
            keeps = capabilities.get("files", [])
            if isinstance(keeps, dict):
                keeps = keeps.get(name, [])
            elif known is not None:
                keeps = [*(["writes"] if known.writable else []), *known.traits]
            words = ticked(word for word in FILE_CAPABILITIES if word in keeps)
            verified = VERIFIED_SCHEMES.get(name, UNVERIFIED)
            rows.append((f"`{name}`", f"`{record['name']}`", install, words, verified))
    return rows


def file_capabilities() -> list[tuple[str, ...]]:
    """Every word for what a back end of files can do."""
    from juncture.saga.cpi.declaration import FILE_CAPABILITIES

    return [("word", "means"), *((f"`{word}`", text) for word, text in FILE_CAPABILITIES.items())]


def file_flags() -> list[tuple[str, ...]]:
    """Every flag, and the methods that take it; all others refuse it."""
    from juncture.saga import constants
    from juncture.saga.stored import flags

    rows = [("flag", *(f"`{name}`" for name in FLAGGED))]
    for name in VERIFIED_FLAGS:
        bit = getattr(constants, name)
        cells = ("yes" if getattr(flags, of) & bit else "" for of in FLAGGED.values())
        rows.append((f"`{name}`", *cells))
    return rows


def verified_flags() -> list[tuple[str, ...]]:
    """What each flag means, and the tests that show it."""
    rows = [("flag", "means", "shown by")]
    for name, (means, tests) in VERIFIED_FLAGS.items():
        rows.append((f"`{name}`", means, ticked(tests)))
    return rows


FLAGGED = {
    "File": "OPEN_FILE",
    "Directory": "OPEN_DIRECTORY",
    "change_dir": "OPEN_DIRECTORY",
    "copy": "COPY",
    "move": "COPY",
    "sync": "SYNC",
    "link": "LINK",
    "remove": "REMOVE",
    "make_dir": "MAKE",
    "list": "LIST",
    "find": "LIST",
    "write": "WRITING",
    "set_mode": "PERMISSIONS",
    "permissions_allow": "PERMISSIONS",
    "permissions_deny": "PERMISSIONS",
}
"""Method -> the name in `stored.flags` of the flags that it takes; a test compares the two."""

VERIFIED_FLAGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "READ": ("it is opened to be read; a write is PermissionDenied", ("test_read",)),
    "WRITE": ("it is opened to be written; a read is PermissionDenied", ("test_write",)),
    "CREATE": ("it is made when it is not there; else DoesNotExist", ("test_create",)),
    "EXCLUSIVE": (
        "what is made must be new; else AlreadyExists",
        ("test_exclusive", "test_exclusive_has_one_winner", "test_make_dir"),
    ),
    "TRUNCATE": ("what is in it is dropped as it is opened", ("test_truncate",)),
    "APPEND": ("every write goes to the end", ("test_append",)),
    "BINARY": ("nothing: bytes are always exact", ("test_binary_changes_nothing",)),
    "LOCK": ("others who ask for the lock are refused until it is closed", ("test_lock",)),
    "CREATE_PARENTS": (
        "directories above the target are made",
        ("test_create_parents", "test_parents_of_a_target", "test_make_dir"),
    ),
    "OVERWRITE": ("a file that is there is replaced; else AlreadyExists", ("test_overwrite",)),
    "RECURSIVE": (
        "a directory with all that is below it; without it BadParameter",
        ("test_a_copy_of_a_directory", "test_remove_recursive", "test_lists_and_searches_go_deep"),
    ),
    "DEREFERENCE": (
        "what a link leads to, in place of the link",
        ("test_copies_of_links", "test_a_removal_follows_links_if_asked"),
    ),
}
"""Flag -> what it means, and the tests that show it, most of them in the kits."""

_FSSPEC = "`tests/integration/saga/files/fsspec_schemes`"
_KIT = "the kit, `tests/conformance/test_file_adaptors.py`"
_ANSWERED = "`test_every_name_that_fsspec_knows_is_answered`"
_LOADED = f"on no server; that its file system loads, by {_ANSWERED}"
UNVERIFIED = f"on no server; that the answer says what to install, by {_ANSWERED}"
VERIFIED_SCHEMES = {
    "file": _KIT,
    "local": "`tests/integration/saga/files/local`; the store of `file`",
    "ssh": f"{_KIT}, on a host with a shell",
    "sftp": f"{_KIT}, on a host that has SFTP alone",
    "http": f"{_KIT}, and {_FSSPEC}, on a server with ranges and without",
    "https": f"{_FSSPEC}, `test_tls.py`; the store of `http`",
    "ftp": f"{_KIT}, and {_FSSPEC}, on pyftpdlib, with TLS and without",
    "webdav": f"{_KIT}, on WsgiDAV and on Apache, and {_FSSPEC}",
    "webdavs": f"{_FSSPEC}, `test_tls.py`; the store of `webdav`",
    "s3": f"{_KIT}, and {_FSSPEC}, on an emulator, moto",
    "s3a": "another name of `s3`",
    "smb": f"{_KIT}, and {_FSSPEC}, on Samba",
    "memory": f"{_KIT}, and {_FSSPEC}",
    **dict.fromkeys(("zip", "tar"), f"{_FSSPEC}, on archives of this host, `zip` behind HTTP, too"),
    "libarchive": f"{_FSSPEC}, on 7z, cpio, zip and tar",
    "git": f"{_FSSPEC}, on a repository of this host",
    **dict.fromkeys(("webhdfs", "dbfs", "jupyter", "jlab", "github", "gist"), _LOADED),
}
"""Scheme -> the tests that a real file system or server stands behind."""


def saga_modules() -> list[tuple[str, ...]]:
    """Every module of `radical.saga`, and what stands for it."""
    from juncture.compat import saga_modules as modules

    files = ("adaptors.base", "adaptors.cpi.base", "adaptors.cpi.decorators", "sasync")
    files += ("adaptors.cpi.attributes", "adaptors.cpi.sasync")
    rows = {name: f"`juncture.saga.{name}`" for name in modules.SAME}
    rows |= {name: f"`juncture.{ours}`" for name, ours in modules.OTHER.items()}
    rows |= dict.fromkeys(files, "`juncture.compat.saga_adaptors`")
    rows |= {name: f"`ImportError`: {why}" for name, why in modules.REFUSED.items()}
    rows["adaptors.cpi.base"] = "`juncture.saga.cpi`"
    rows["adaptors.cpi.attributes"] = "a mark: nothing calls its methods"
    for module, names in modules.NAMES.items():
        rows[module] = rows.get(module, "") + "".join(
            f"; `{theirs}` is `{ours}`" for theirs, ours in names.items()
        )
    return [
        ("module of `radical.saga`", "here"),
        *((f"`{name}`", text.lstrip("; ")) for name, text in sorted(rows.items())),
    ]


def constants() -> list[tuple[str, ...]]:
    """Every constant with its value, in the groups and in the words of the sources."""
    from juncture.saga import constants as room

    rows: list[tuple[str, list[str]]] = []
    begins = True
    for line in Path(str(room.__file__)).read_text(encoding="utf-8").splitlines():
        assigned = re.match(r"([A-Z_]+) = ", line)
        if line.startswith("# "):
            text = line.removeprefix("# ")
            rows = [*rows, (text, [])] if begins else [*rows[:-1], (f"{rows[-1][0]} {text}", [])]
        elif assigned and rows:
            rows[-1][1].append(f"`{assigned[1]} = {getattr(room, assigned[1])!r}`")
        begins = not line.startswith("# ")
    body = ((text.rstrip("."), ", ".join(names)) for text, names in rows)
    return [("for", "names"), *body]


TABLES = {
    "constants": constants,
    "moves": moves,
    "statuses": statuses,
    "frames": frames,
    "adaptors": adaptors,
    "adaptor_options": adaptor_options,
    "job_description": job_description,
    "resource_description": resource_description,
    "job_attributes": job_attributes,
    "contexts": contexts,
    "saga_modules": saga_modules,
    "file_schemes": file_schemes,
    "schemes_of_files": schemes_of_files,
    "file_capabilities": file_capabilities,
    "file_flags": file_flags,
    "verified_flags": verified_flags,
}
TABLES_OF = {"options": options, "cpi": cpi}


def table(name: str) -> list[tuple[str, ...]]:
    """Return a table: one of `TABLES`, or one of `TABLES_OF` with what it is of."""
    kind, _, argument = name.partition(" ")
    return TABLES_OF[kind](argument) if argument else TABLES[kind]()


def markdown(rows: list[tuple[str, ...]]) -> str:
    """Return rows, the first of them the head, as a table; a head alone is none."""
    head, *body = rows
    if not body:
        return ""
    lines = [head, ("---",) * len(head), *body]
    return "".join("| " + " | ".join(map(cell, line)) + " |\n" for line in lines)


def cell(text: str) -> str:
    """Return text for a cell: a bar in code, which ends it, as an entity."""
    return re.sub(
        r"`([^`]*\|[^`]*)`",
        lambda code: f"<code>{html.escape(code[1]).replace('|', '&#124;')}</code>",
        text,
    )


def updated(text: str) -> str:
    """Return a page with its tables as the code has them."""
    return MARK.sub(lambda found: f"{found[1]}\n\n{markdown(table(found[2]))}\n", text)


def main() -> None:
    """Rewrite every page that differs."""
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        if updated(text) != text:
            page.write_text(updated(text), encoding="utf-8")
            print(page.relative_to(DOCS))


if __name__ == "__main__":
    main()
