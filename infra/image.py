"""What can be said of the image without building it: that it has all that its commands and the code ask for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from infra.core import REPOSITORY


def instructions(dockerfile: Path = REPOSITORY / "Dockerfile") -> list[tuple[str, str]]:
    """Each instruction of a Dockerfile with its arguments, lines joined."""
    text = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", dockerfile.read_text(), flags=re.MULTILINE))
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in text.splitlines() if line.strip()]


def copied_from_context() -> list[str]:
    """The files and folders that the image is made of."""
    found = []
    for name, said in instructions():
        if name == "COPY" and "--from=" not in said:
            found += said.split()[:-1]
    return found


def services() -> dict[str, dict[str, Any]]:
    """The services of the compose file, anchors resolved."""
    return yaml.safe_load((REPOSITORY / "compose.yaml").read_text())["services"]
