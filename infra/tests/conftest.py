"""One set of providers for all tests, and a copy of the tree for each."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from infra import costs
from infra.core import PRETENDED, Terraform, copied, schemas
from infra.provider import serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def terraform() -> Iterator[Terraform]:
    """Terraform over providers that know only schemas."""
    with TemporaryDirectory(prefix="tf-") as folder, serving(schemas(), Path(folder)) as variables:
        yield Terraform(variables)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The Terraform tree, to be written in."""
    return copied(tmp_path)


@pytest.fixture(scope="session")
def shared_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Terraform tree for tests that change nothing of it."""
    return copied(tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="session")
def plans(terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The plan of each stack from its example."""
    return costs.plans(Terraform(terraform.variables | PRETENDED), tmp_path_factory.mktemp("plans"))
