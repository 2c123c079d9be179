"""Writes the page `docs/bad-data.md` to standard output."""

from lakehouse_assets_tests.ingest.bad_data import page

print(page(), end="")
