"""The schemas that Terraform is checked with are those of the packages that they are said to come from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.core import ADDRESSES, SCHEMAS
from infra.schemas.derive import PACKAGES, derived


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Derived anew from the packages."""
    return derived(tmp_path_factory.mktemp("packages"))


@pytest.mark.parametrize("name", list(ADDRESSES))
def test_a_schema_is_what_its_package_says(again: dict[str, str], name: str) -> None:
    assert (SCHEMAS / f"{name}.json").read_text() == again[name], "run `make infra-schemas` and review the difference"


def test_the_licence_names_the_packages_and_versions() -> None:
    said = (SCHEMAS / "LICENCE.md").read_text()
    for name, version in PACKAGES.items():
        assert f"`cdktn-provider-{name}` {version}" in said
        assert f"{ADDRESSES[name]} {json.loads((SCHEMAS / f'{name}.json').read_text())['version']}" in said


def test_a_schema_knows_what_is_required_nested_and_decided_by_the_cloud() -> None:
    aws = json.loads(Path(SCHEMAS / "aws.json").read_text())["resource_schemas"]
    versioning = aws["aws_s3_bucket_versioning"]["block"]
    assert versioning["block_types"]["versioning_configuration"]["max_items"] == 1
    assert versioning["attributes"]["bucket"] == {"required": True, "type": "string"}
    assert aws["aws_s3_bucket"]["block"]["attributes"]["arn"] == {"computed": True, "type": "string"}
