"""`python -m gates.tagged NAME`: whether a tag is the version of this code, so that a release is what it says."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path


def wrong(tag: str, pyproject: str) -> str:
    """What is wrong with the tag; nothing where it is `v` and the version."""
    version = tomllib.loads(pyproject)["project"]["version"]
    return "" if tag == f"v{version}" else f"the tag is {tag or 'missing'}, and pyproject.toml says {version}"


if __name__ == "__main__":
    sys.exit(wrong(sys.argv[1] if len(sys.argv) > 1 else "", Path("pyproject.toml").read_text()) or 0)
