"""Terraform reads every module and stack, and their own tests hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.core import TREE, Terraform, modules, stacks

PARTS = [str(folder.relative_to(TREE)) for folder in (*modules(), *stacks())]


def test_the_tree_is_in_terraforms_own_format(terraform: Terraform, shared_tree: Path) -> None:
    answer = terraform(shared_tree, "fmt", "-check", "-recursive", "-no-color")
    assert (answer.code, answer.said) == (0, "")


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_valid_and_its_tests_hold(terraform: Terraform, shared_tree: Path, part: str) -> None:
    terraform.ready(shared_tree / part)
    if "configuration_aliases" not in (shared_tree / part / "versions.tf").read_text():
        validated = terraform(shared_tree / part, "validate", "-no-color")
        assert validated.code == 0, validated.said
        assert "Warning" not in validated.said, validated.said
    # A part that is given its providers is valid only within a stack, and within its own tests.
    tested = terraform.test(shared_tree / part)
    assert tested.code == 0, tested.said
    assert "Success! 0 passed" not in tested.said, f"{part} has no tests"
