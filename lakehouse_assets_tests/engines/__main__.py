"""Writes the page `docs/engines.md` to standard output."""

from lakehouse_assets_tests.engines.functions import page

print(page(), end="")
