"""What `make sbom` lists is what a deployment is made of: each package that is locked for it, by version and hashes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def sbom(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The list, made by the make target with what is installed here; it has nothing to complain about."""
    folder = tmp_path_factory.mktemp("sbom")
    here = [f"BIN={Path(sys.executable).parent}", f"WHEELS={folder}", "--assume-old=.venv/.dev"]
    done = subprocess.run(["make", "--silent", "sbom", *here], cwd=REPOSITORY, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    said: dict[str, Any] = json.loads((folder / "sbom.json").read_text())
    return said


def test_its_components_are_the_packages_that_are_locked_with_the_hashes_of_their_files(sbom: dict[str, Any]) -> None:
    packages = re.split(r"^(?=\S)", (REPOSITORY / "locked/platform.txt").read_text(), flags=re.M)[1:]
    locked = {package.split()[0]: set(re.findall(r"sha256:([0-9a-f]{64})", package)) for package in packages}
    listed = {
        f"{component['name']}=={component['version']}": {
            found["content"] for place in component["externalReferences"] for found in place["hashes"]
        }
        for component in sbom["components"]
    }
    assert len(listed) == len(sbom["components"]) > 100
    assert listed == locked


def test_each_component_has_an_address_of_its_own_by_which_advisories_name_it(sbom: dict[str, Any]) -> None:
    listed = {component["purl"] for component in sbom["components"]}
    assert "pkg:pypi/duckdb@" in " ".join(listed)
    assert all(re.fullmatch(r"pkg:pypi/[a-z0-9._-]+@[^@]+", purl) for purl in listed)
    assert len(listed) == len(sbom["components"])


def test_it_is_of_this_project_in_its_version(sbom: dict[str, Any]) -> None:
    project = (REPOSITORY / "pyproject.toml").read_text()
    told = sbom["metadata"]["component"]
    assert told["name"] == "lakehouse-assets"
    assert f'\nversion = "{told["version"]}"\n' in project
