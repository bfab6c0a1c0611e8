"""Names that a file may have."""

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
    "*[x]",
    "$HOME `id` \\n",
    "größe",
    "\udcff\udcfe not utf-8",
    ".hidden",
    "x" * 255,
)
