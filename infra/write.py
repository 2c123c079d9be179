"""`python -m infra.write`: what is written from the tree, anew."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from infra import arm, costs, pages
from infra.core import PRETENDED, TREE, Terraform, schemas
from infra.provider import serving


def main() -> None:
    """Write the page of inputs and outputs, the ARM view, and what the README says of costs."""
    pages.PAGE.write_text(pages.page())
    with TemporaryDirectory() as scratch, serving(schemas(), Path(scratch)) as variables:
        plans = costs.plans(Terraform(variables | PRETENDED), Path(scratch))
    arm.FILE.write_text(arm.text(plans["azure"]))
    readme = TREE / "README.md"
    readme.write_text(costs.written(readme.read_text(), plans, json.loads(costs.PRICES.read_text())))


if __name__ == "__main__":
    main()
