"""What is written from the tree: the inputs and outputs of each part as a page, and the ARM view."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import hcl2

from infra.core import TREE, modules, stacks

PAGE = TREE / "INPUTS.md"
HEAD = """# Inputs and outputs
Written by `make infra-docs` from the modules and stacks themselves.
"""


def page(tree: Path = TREE) -> str:
    """Each stack and module: what it is, what it is given and what it gives."""
    return "\n".join([HEAD, *(_part(folder, tree) for folder in (*stacks(tree), *modules(tree)))])


def roles(tree: Path = TREE) -> str:
    """Who may do what in which area, as a table."""
    declared = json.loads((tree / "declaration.json").read_text())
    areas = ("landing", "bronze", "silver", "gold", "quarantine", "ops", "audit", "logs")
    lines = [f"| | who | {' | '.join(areas)} |", f"|---|---|{'---|' * len(areas)}"]
    for role in ("reader", "writer", "operator", "auditor", "sender"):
        rights = [declared["access"][role].get(area, "") for area in areas]
        lines.append(f"| `{role}` | {declared['roles'][role]} | {' | '.join(rights)} |")
    return "\n".join(lines)


def _part(folder: Path, tree: Path) -> str:
    inputs, outputs = blocks(folder / "variables.tf", "variable"), blocks(folder / "outputs.tf", "output")
    lines = [f"## {folder.relative_to(tree)}", _about(folder), "", "| input | default | |", "|---|---|---|"]
    defaults = _defaults(folder)
    for name, said in sorted(inputs.items()):
        lines.append(f"| `{name}` | {defaults.get(name, 'must be said')} | {_cell(said['description'])} |")
    lines += ["", "| output | |", "|---|---|"]
    lines += [f"| `{name}` | {_cell(said['description'])} |" for name, said in sorted(outputs.items())]
    return "\n".join([*lines, ""])


def blocks(file: Path, kind: str) -> dict[str, Any]:
    """What a file says of each variable or output; one that is not described is an error."""
    blocks = hcl2.loads(file.read_text())[kind]
    found = {
        name: {key: _plain(value) for key, value in said.items()} for block in blocks for name, said in block.items()
    }
    silent = [name for name, said in found.items() if not said.get("description")]
    if silent:
        raise RuntimeError(f"{file}: {', '.join(silent)} not described")
    return found


def _plain(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _about(folder: Path) -> str:
    """The comment that main.tf begins with."""
    lines = (folder / "main.tf").read_text().splitlines()
    about: list[str] = []
    for line in lines:
        if not line.startswith("#"):
            break
        about.append(line.removeprefix("#").strip())
    return " ".join(about)


def _defaults(folder: Path) -> dict[str, str]:
    """As they are written, those of one line."""
    found = {}
    for block in re.finditer(r'^variable "(\w+)" \{\n(.*?)^\}', (folder / "variables.tf").read_text(), re.M | re.S):
        said = re.search(r"^  default += (.+)$", block[2], re.M)
        if said:
            found[block[1]] = f"`{said[1]}`" if not said[1].endswith("{") else "see there"
    return found


def _cell(text: Any) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")
