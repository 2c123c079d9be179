"""A check that cannot fail proves nothing: each fault is put into the tree by itself, and must be named exactly."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.core import Terraform
from infra.scans import checkov
from infra.tests.faults import Fault, aws, azure, databricks
from infra.tests.faults.mistakes import MISTAKES
from infra.tests.faults.scanned import SCANNED

WEAKENED = aws.WEAKENED | azure.WEAKENED | databricks.WEAKENED


def test_the_tree_without_a_fault_passes(terraform: Terraform, shared_tree: Path) -> None:
    """Else each of those below could fail for a reason of its own."""
    for part in {fault.part for fault in (*MISTAKES.values(), *WEAKENED.values())}:
        terraform.ready(shared_tree / part)
        answer = terraform.test(shared_tree / part)
        assert answer.code == 0, answer.said


@pytest.mark.parametrize("fault", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_named(terraform: Terraform, tree: Path, fault: Fault) -> None:
    folder = fault.put(tree)
    answer = terraform(folder, "init", "-backend=false", "-input=false", "-no-color")
    if answer.code == 0:  # some are named by the first look already
        answer = terraform(folder, "validate", "-no-color")
    assert answer.code == 1
    assert fault.said in answer.sentence


@pytest.mark.parametrize("fault", WEAKENED.values(), ids=WEAKENED.keys())
def test_a_promise_that_is_weakened_is_named(terraform: Terraform, tree: Path, fault: Fault) -> None:
    folder = fault.put(tree)
    terraform.ready(folder)
    answer = terraform.test(folder)
    assert answer.code == 1
    assert fault.said in answer.sentence


def test_what_checkov_alone_knows_it_names(tree: Path) -> None:
    for fault, _ in SCANNED.values():
        fault.put(tree)
    failed = {finding.check for finding in checkov(tree / "modules", "terraform").failed}
    assert {check for _, check in SCANNED.values()} <= failed
