"""Texts that have broken other people's systems."""

NASTY = [
    "a'b",
    "' OR ''='",
    "x'); DROP TABLE visits; --",
    '"',
    "`",
    "a\\'b",
    "a\nb",
    "a\r\n\tb",
    "%2e%2e%2f",
    "%00",
    "..%2f..%2fetc",
    "a=b&c;d",
    "?#[]*{}$~",
    "null",
    "é ü 中 \U0001d4b3 \u202e",
    "[red]markup",
    "\x1b[31mred",
    "x" * 180,
]
PATHS = ["../../x", "/etc/x", "a/b", ".", "..", "a\x00b"]  # no file is called that, but a partition may be
