"""What is written from the tree is what the tree says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from infra import pages
from infra.core import REPOSITORY, SCHEMAS, TREE, modules, stacks, used


def test_the_page_of_inputs_and_outputs_is_that_of_the_tree() -> None:
    assert pages.PAGE.read_text() == pages.page(), "run `make infra-docs` and review the difference"


def test_an_input_that_is_not_described_is_an_error(tree: Path) -> None:
    file = tree / "modules/aws-bucket/variables.tf"
    file.write_text(file.read_text() + 'variable "more" {\n  type = string\n}\n')
    with pytest.raises(RuntimeError, match="more not described"):
        pages.page(tree)


@pytest.mark.parametrize("stack", [stack.name for stack in stacks()])
def test_every_input_without_a_default_is_in_the_example(stack: str) -> None:
    folder = TREE / "stacks" / stack
    asked = pages.blocks(folder / "variables.tf", "variable")
    must = {name for name, said in asked.items() if "default" not in said and not said.get("sensitive")}
    example = {
        line.split("=")[0].strip() for line in (folder / "example.tfvars").read_text().splitlines() if "=" in line
    }
    assert must <= example
    assert not any(said.get("sensitive") and name in example for name, said in asked.items())


def test_what_a_release_asks_the_stacks_for_they_give() -> None:
    """The sequence for people: each output that it reads, and the variable that it raises."""
    page = (REPOSITORY / "docs/releases.md").read_text()
    given = {stack.name: set(pages.blocks(stack / "outputs.tf", "output")) for stack in stacks()}
    asked = set(re.findall(r"terraform output -raw (\w+)", page))
    assert asked - given["aws"] == {"registry"}
    assert asked - given["azure"] == {"repository"}
    for stack in stacks():
        assert re.search(r"^code_version .*", (stack / "example.tfvars").read_text(), re.M)
    assert "s/^code_version .*/" in page


def test_every_module_is_small_enough_to_read() -> None:
    long = [f for f in TREE.rglob("*.tf") if len(f.read_text().splitlines()) > 250]
    assert long == []


def test_every_module_is_part_of_a_stack() -> None:
    assert [m.name for m in modules() if f'/{m.name}"' not in _all_terraform()] == []


def test_the_schemas_are_of_versions_that_every_part_asks_for() -> None:
    """Terraform does not ask: it is handed the providers."""
    for name in ("aws", "azurerm", "databricks"):
        version = json.loads((SCHEMAS / f"{name}.json").read_text())["version"]
        asked = set(re.findall(rf'source  = "\w+/{name}"\n\s+version = "([^"]+)"', _all_terraform()))
        assert asked == {f"~> {version.rpartition('.')[0]}"}


def test_the_readme_says_who_may_do_what_as_it_is_declared() -> None:
    assert pages.roles() in (TREE / "README.md").read_text()


def test_the_schemas_are_those_of_the_types_that_the_tree_uses() -> None:
    kept = set()
    for name in ("aws", "azurerm", "databricks"):
        schema = json.loads((SCHEMAS / f"{name}.json").read_text())
        kept |= set(schema["resource_schemas"]) | {f"data.{t}" for t in schema["data_source_schemas"]}
    assert kept == used(), "run `make infra-schemas`"


def _all_terraform() -> str:
    return "\n".join(file.read_text() for file in TREE.rglob("*.tf"))
