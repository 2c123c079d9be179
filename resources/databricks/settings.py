"""What a job on Databricks runs on: one typed place, read from the environment and a small file."""

from __future__ import annotations

import json
import os
import re
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from lakehouse_assets.errors import SettingsError

PREFIX = "LAKEHOUSE_DATABRICKS_"
FILE = f"{PREFIX}FILE"
SECRET = re.compile(r"KEY|SECRET|TOKEN|PASSWORD|SAS", re.IGNORECASE)
# Of Spark, where spark.sql.mapKeyDedupPolicy holds none, nor fs.azure.sas.token.provider.type: a word that ends a part.
SECRET_CONF = re.compile(r"(?!.*provider).*(KEY|SECRET|TOKEN|PASSWORD|SAS)([._-]|$)", re.IGNORECASE)
REFERENCE = re.compile(r"\{\{secrets/[^/{}]+/[^/{}]+\}\}")


class DatabricksSettings(BaseModel):
    """Job compute and where messages and the wheel lie. Credentials are not here: the SDK's own variables hold them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    volume: str = Field(description="a Unity Catalog volume for messages: /Volumes/<catalog>/<schema>/<volume>")
    wheel: str = Field("", description="the wheel, by default below the volume as `make wheel` names it")
    compute: Literal["cluster", "serverless"] = Field("cluster", description="a job cluster of its own, or serverless")
    spark_version: str = Field("17.3.x-scala2.13", description="Databricks Runtime: Spark 4 and Python 3.12")
    node_type: str = Field("", description="of workers and driver; by default one with local disks, of the cloud")
    min_workers: int = Field(1, ge=1)
    max_workers: int = Field(4, ge=1)
    spot: bool = Field(True, description="spot nodes, on-demand ones where there are none")
    first_on_demand: int = Field(1, ge=0, description="so many nodes are on demand, the driver first")
    policy_id: str | None = Field(None, description="a cluster policy")
    instance_pool_id: str | None = Field(None, description="a pool to take nodes from; it says their type and spot")
    instance_profile: str | None = Field(None, description="AWS: the instance profile by which the lake is reached")
    access: str = Field("DATA_SECURITY_MODE_DEDICATED", description="the cluster's access mode")
    tags: dict[str, str] = Field({}, description="on the cluster, beside table, layer, owner and run")
    environment: dict[str, str] = Field({}, description="of the cluster; secrets as {{secrets/scope/key}}")
    spark_conf: dict[str, str] = Field({}, description="of the cluster; secrets in the same way")
    requirements: tuple[str, ...] = Field((), description="packages that the tables need beside the wheel's own")
    environment_version: str = Field("4", description="of serverless")
    budget_policy_id: str | None = Field(None, description="serverless: the policy that tags its cost")
    timeout_minutes: int = Field(240, ge=0, description="a job that runs longer is ended; 0 for never")
    poll_seconds: float = Field(5, gt=0, description="between two looks at a job and its messages")

    @classmethod
    def from_environment(cls, home: Path) -> DatabricksSettings:
        """Read the file, and over it LAKEHOUSE_DATABRICKS_<NAME>; a setting of several values is JSON there.

        The file is `databricks.toml` in the home, or what LAKEHOUSE_DATABRICKS_FILE names. Raises SettingsError
        for what is missing, unknown or of no use.
        """
        file = Path(os.environ.get(FILE) or home / "databricks.toml").expanduser()
        said = _read(file, asked=FILE in os.environ)
        for name, value in os.environ.items():
            if name.startswith(PREFIX) and name != FILE and value:
                said[name.removeprefix(PREFIX).lower()] = _value(value)
        try:
            return cls(**said)
        except ValidationError as error:
            raise SettingsError(
                "; ".join(_sentence(fault) for fault in error.errors(include_url=False, include_input=False)),
                where="Databricks",
                remedy=f"set it in {file} or by {PREFIX}<NAME>; docs/databricks.md lists all of them",
            ) from None

    @field_validator("volume", "wheel")
    @classmethod
    def _in_a_volume(cls, value: str) -> str:
        value = value.rstrip("/")
        if value and not re.search(r"(^|/)Volumes/[^/]+/[^/]+/[^/]+", value):
            msg = "is not below a volume, /Volumes/<catalog>/<schema>/<volume>"
            raise ValueError(msg)
        return value

    @field_validator("environment", "spark_conf")
    @classmethod
    def _no_secret(cls, value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        secret = SECRET if info.field_name == "environment" else SECRET_CONF
        bare = [name for name, said in value.items() if secret.search(name) and not REFERENCE.fullmatch(said)]
        if bare:
            msg = f"holds secrets in plain sight, which every reader of the job would see: {', '.join(sorted(bare))}; "
            raise ValueError(msg + "store them in a secret scope and say {{secrets/<scope>/<key>}}")
        return value

    @model_validator(mode="after")
    def _workers(self) -> DatabricksSettings:
        if self.max_workers < self.min_workers:
            msg = f"max_workers ({self.max_workers}) is less than min_workers ({self.min_workers})"
            raise ValueError(msg)
        return self

    @property
    def wheel_path(self) -> str:
        """Where the cluster installs the wheel from."""
        return self.wheel or f"{self.volume}/lakehouse_assets-{version('lakehouse-assets')}-py3-none-any.whl"


def _value(text: str) -> Any:
    """What a variable says: a table or a list of several values as JSON, anything else as it is."""
    try:
        return json.loads(text) if text[0] in "{[" else text
    except json.JSONDecodeError:
        return text  # which no setting takes for several values, and says so


def _read(file: Path, *, asked: bool) -> dict[str, Any]:
    if not file.exists() and not asked:
        return {}
    try:
        return tomllib.loads(file.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"cannot be read: {error}", where=str(file), remedy=f"mend it, or name another by {FILE}"
        ) from None


def _sentence(fault: Any) -> str:
    name = ".".join(str(part) for part in fault["loc"])
    kind = fault["type"]
    if kind == "missing":
        return f"{name} is not set"
    if kind == "extra_forbidden":
        return f"there is no setting {name!r}"
    said = str(fault["msg"]).removeprefix("Value error, ")
    return f"{name} {said}" if name else said
