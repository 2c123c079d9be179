"""`python -m infra.schemas.derive`: schemas of the types that the tree uses, out of the packages that bind to them."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra.core import ADDRESSES, SCHEMAS, used
from infra.schemas.bindings import Binding

PACKAGES = {"aws": "25.8.1", "azurerm": "18.9.0", "databricks": "18.11.0"}
MEMBER = re.compile(r"package/lib/([\w-]+)/(?:index|index-structs/structs\d+)\.(js|d\.ts)")


def derive(wheel: Path, types: set[str]) -> dict[str, Any]:
    """The provider's own schema and those of `types`, a data source being `data.<type>`."""
    schema: dict[str, Any] = {"resource_schemas": {}, "data_source_schemas": {}}
    for script, declarations in _modules(wheel):
        found = re.search(r'static tfResourceType = "(\w+)"', script)
        if "TerraformProvider {" not in script and (not found or not {found[1], f"data.{found[1]}"} & types):
            continue
        binding = Binding(script, declarations)
        if binding.kind == "provider":
            schema |= {"version": binding.version, "provider": {"version": 0, "block": binding.block()}}
        elif binding.kind == "resource" and binding.name in types:
            schema["resource_schemas"][binding.name] = {"version": 0, "block": binding.block()}
        elif binding.kind == "data" and f"data.{binding.name}" in types:
            schema["data_source_schemas"][binding.name] = {"version": 0, "block": binding.block()}
    return schema


def _modules(wheel: Path) -> Iterator[tuple[str, str]]:
    """Each module of the bindings as script and declarations."""
    with zipfile.ZipFile(wheel) as archive:
        packed = archive.read(next(name for name in archive.namelist() if name.endswith(".jsii.tgz")))
    parts: dict[str, dict[str, list[str]]] = {}
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as tar:
        for member in tar:
            found = MEMBER.fullmatch(member.name)
            file = tar.extractfile(member) if found else None
            if found and file:
                parts.setdefault(found[1], {}).setdefault(found[2], []).append(file.read().decode())
    for module in parts.values():
        yield "\n".join(module.get("js", [])), "\n".join(module.get("d.ts", []))


def derived(folder: Path) -> dict[str, str]:
    """Fetch the packages into a folder; each provider's schema as it is committed."""
    types, found = used(), {}
    names = [f"cdktn-provider-{name}=={version}" for name, version in PACKAGES.items()]
    fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*fetch, "-d", folder, *names], check=True)
    for name in ADDRESSES:
        wheel = next(folder.glob(f"cdktn_provider_{name}-*.whl"))
        found[name] = json.dumps(derive(wheel, types), sort_keys=True, separators=(",", ":")) + "\n"
    return found


def main() -> None:
    """Write the schemas anew."""
    with TemporaryDirectory() as scratch:
        for name, text in derived(Path(scratch)).items():
            (SCHEMAS / f"{name}.json").write_text(text)


if __name__ == "__main__":
    main()
