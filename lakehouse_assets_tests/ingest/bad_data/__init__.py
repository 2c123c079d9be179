"""Bad data, case by case: what arrives, what happens, and why. Drives the tests and the page `docs/bad-data.md`.

Write the page anew with `make docs`.
"""

from __future__ import annotations

from lakehouse_assets_tests.ingest.bad_data import (
    compression,
    csv_headers,
    csv_lines,
    encodings,
    file_names,
    json_lines,
    parquet,
)
from lakehouse_assets_tests.ingest.bad_data.case import Case

SECTIONS = {
    "CSV: lines and values": csv_lines.CASES,
    "CSV: files and headers": csv_headers.CASES,
    "Encodings": encodings.CASES,
    "Compression": compression.CASES,
    "JSON lines": json_lines.CASES,
    "Parquet": parquet.CASES,
}
FILE_NAMES = file_names.CASES
CASES: list[Case] = [case for cases in SECTIONS.values() for case in cases]

INTRODUCTION = """# Bad data

<!-- Written by `make docs` from lakehouse_assets_tests/ingest/bad_data, where each row is also a test. -->

Every delivered record becomes a row of bronze or is **malformed**: kept with its file, line, reason and text. A file of
which no row can be trusted is **unreadable** as a whole. Nothing is guessed, nothing turns into NULL on the way, and
a damaged record costs nothing but itself. Text that is no number or date is no business of bronze: it keeps text as
it came, and silver's rules judge it.

Hidden files, markers and files that are still being written are left alone, by their names."""


def page() -> str:
    """The page `docs/bad-data.md`."""
    parts = [INTRODUCTION]
    for title, cases in {"Names of files": FILE_NAMES, **SECTIONS}.items():
        rows = [f"| {case.arrives} | {case.happens} | {case.why} |" for case in cases]
        parts.append(
            "\n".join([f"## {title}", "| what arrives | what happens | why, or what to do |", "|---|---|---|", *rows])
        )
    return "\n\n".join(parts) + "\n"
