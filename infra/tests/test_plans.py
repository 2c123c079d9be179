"""Each stack can be planned from its one file of variables, and the plan says what the platform promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from infra.core import stacks

if TYPE_CHECKING:
    from pathlib import Path

    from infra.core import Terraform

SECRETS = {"TF_VAR_identity_secret": "of-a-test"}


@pytest.fixture(scope="module", params=[stack.name for stack in stacks()])
def plan(
    request: pytest.FixtureRequest, terraform: Terraform, shared_tree: Path, monkeypatch_module: pytest.MonkeyPatch
) -> dict[str, Any]:
    """The plan of a stack from its example of variables."""
    return terraform.plan(shared_tree / "stacks" / request.param, "-var-file=example.tfvars")


def created(plan: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """What a plan creates of a type, by address."""
    changes = plan["resource_changes"]
    return {c["address"]: c["change"]["after"] for c in changes if c["type"] == kind and c["mode"] == "managed"}
