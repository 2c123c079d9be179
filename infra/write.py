"""`python -m infra.write`: what is written from the tree, anew."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from infra import arm, pages
from infra.core import PRETENDED, Terraform, copied, schemas
from infra.provider import serving


def main() -> None:
    """Write the page of inputs and outputs, and the ARM view."""
    pages.PAGE.write_text(pages.page())
    with TemporaryDirectory() as scratch, serving(schemas(), Path(scratch)) as variables:
        terraform = Terraform(variables | PRETENDED)
        plan = terraform.plan(copied(Path(scratch)) / "stacks/azure", "-var-file=example.tfvars")
    arm.FILE.write_text(arm.text(plan))


if __name__ == "__main__":
    main()
