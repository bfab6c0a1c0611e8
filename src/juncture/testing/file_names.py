"""Names that a file may have, and what a careless adaptor does to them."""

from __future__ import annotations

NAMES = (
    "plain",
    "two words",
    " leading and trailing ",
    'it\'s "quoted"',
    "new\nline",
    "-rf",
    "--",
    "a:b",
    "100%",
    "what?#",
    "%41",
    "*[x]",
    "{a,b}",
    "$HOME `id` \\n",
    "größe",
    "e\u0301",
    "\udcff\udcfe not utf-8",
    ".hidden",
    "x" * 255,
)
"""Each is one name in a directory, as text with the bytes that are no UTF-8 escaped (PEP 383)."""
