"""Where the lake, the landing zone and Dagster's own records lie, and which engine computes."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from lakehouse_assets.errors import SettingsError

ENGINES = ("embedded", "spark", "databricks")
ENVIRONMENTS = ("local", "branch", "staging", "production")
BRANCHES = "_branches"  # the folder of a staging lake below which each branch has a lake of its own
APART = ("bronze", "silver", "gold", "quarantine", "ops")  # what may lie in a bucket or container of its own
# How a place in each store is written. What follows a `?`, or stands before a bucket, could be a secret.
PLACES = {
    "s3": (re.compile(r"s3://[a-zA-Z0-9][a-zA-Z0-9._-]+(/[^?#]*)?"), "s3://bucket/folder"),
    "abfss": (
        re.compile(r"abfss://[a-z0-9$][a-z0-9-]*@[a-z0-9]+(\.[a-z0-9-]+)+(/[^?#]*)?"),
        "abfss://container@account.dfs.core.windows.net/folder",
    ),
    "file": (re.compile(r"file:///[^?#]*"), "file:///folder"),
}

QUEUE = re.compile(r"https?://[^/?#@\s]+(/[^/?#@\s]+)+")


@dataclass(frozen=True)
class Settings:
    """The platform's settings, read from the environment once and passed on.

    `root` and `landing` are URLs or absolute paths; `home` is a local folder that holds them by default,
    together with Dagster's records. `catalog` is the Unity Catalog catalog that tables made on Databricks
    are registered in. `queue` is the URL of a queue to which the landing zone's store sends a message for each
    file; "" where there is none. `environment` is whose lake this process says it works on; None says nothing,
    which is enough for any lake that is nobody's, see `publish/claim.py`.
    `layers` says where each layer lies if not below `root`: a URL with `{layer}` in it.
    """

    home: Path
    root: str
    landing: str
    engine: str
    catalog: str | None = None
    queue: str = ""
    environment: str | None = None
    layers: str = ""

    @classmethod
    def from_environment(cls) -> Settings:
        """Read LAKEHOUSE_HOME, _ROOT, _LAYERS, _LANDING, _ENGINE, _CATALOG and _QUEUE.

        LAKEHOUSE_ENVIRONMENT is one of ENVIRONMENTS; of a branch, which LAKEHOUSE_BRANCH names, the root and
        the layers are folders of its own below LAKEHOUSE_ROOT and LAKEHOUSE_LAYERS. Raises SettingsError where a
        value cannot be used.
        """
        home = Path(os.environ.get("LAKEHOUSE_HOME") or ".lakehouse").expanduser().resolve()
        engine = os.environ.get("LAKEHOUSE_ENGINE") or "embedded"
        if engine not in ENGINES:
            raise SettingsError(
                f"LAKEHOUSE_ENGINE={engine!r} is not an engine of this version",
                remedy=f"use one of: {', '.join(ENGINES)}",
            )
        environment = _environment()
        landing = _location("LAKEHOUSE_LANDING", home / "landing")
        return cls(
            home=home,
            root=_readable(_own(environment, _location("LAKEHOUSE_ROOT", home / "lake"))),
            landing=landing,
            engine=engine,
            catalog=os.environ.get("LAKEHOUSE_CATALOG") or None,
            queue=_queue(os.environ.get("LAKEHOUSE_QUEUE") or "", landing),
            environment=environment,
            layers=_own(environment, _layers(os.environ.get("LAKEHOUSE_LAYERS") or "")),
        )

    @property
    def dagster_home(self) -> Path:
        """The folder of Dagster's own records: runs, events, schedules."""
        return self.home / "dagster"

    def table_url(self, layer: str, table: str) -> str:
        """Where a table lies: `<root>/<layer>/<table>`."""
        return f"{self._base(layer)}/{layer}/{table}"

    def quarantine_url(self, layer: str, table: str) -> str:
        """Where a table's rejected rows lie: `<root>/quarantine/<layer>_<table>`."""
        return f"{self._base('quarantine')}/quarantine/{layer}_{table}"

    def roots(self, *layers: str) -> tuple[str, ...]:
        """The root, and the places below which tables of these layers and their rejected rows lie."""
        rejecting = ("quarantine",) if set(layers) - {"ops"} else ()
        return tuple(dict.fromkeys([self.root, *(self._base(layer) for layer in (*layers, *rejecting))]))

    def _base(self, layer: str) -> str:
        return self.layers.replace("{layer}", layer) if self.layers and layer in APART else self.root


def _environment() -> str | None:
    environment = os.environ.get("LAKEHOUSE_ENVIRONMENT") or None
    if environment is None:
        return None
    if environment not in ENVIRONMENTS:
        raise SettingsError(
            f"LAKEHOUSE_ENVIRONMENT={environment!r} is no environment",
            remedy=f"use one of: {', '.join(ENVIRONMENTS)}",
        )
    if environment != "local" and not os.environ.get("LAKEHOUSE_ROOT"):
        raise SettingsError(
            f"LAKEHOUSE_ENVIRONMENT={environment}, and no LAKEHOUSE_ROOT says where its lake lies",
            remedy="set LAKEHOUSE_ROOT; only a local lake has a place by default",
        )
    return environment


def _own(environment: str | None, root: str) -> str:
    """The root of a branch's own lake below the staging lake; any other environment's is the root itself."""
    if environment != "branch" or not root:
        return root
    branch = os.environ.get("LAKEHOUSE_BRANCH") or ""
    # A readable part, and one that two branches never share: `a/b` and `a-b` are two.
    readable = re.sub(r"[^a-z0-9]+", "-", branch.lower()).strip("-")[:40]
    if not readable:
        raise SettingsError(
            f"LAKEHOUSE_ENVIRONMENT=branch, and LAKEHOUSE_BRANCH={branch!r} names none",
            remedy="set LAKEHOUSE_BRANCH to the name of the branch",
        )
    folder = f"/{BRANCHES}/{readable}-{hashlib.sha256(branch.encode()).hexdigest()[:8]}"
    return root if root.endswith(folder) else f"{root}{folder}"  # a child process is told the root as it is


def _readable(root: str) -> str:
    # The embedded engine escapes such a path once too often and then finds no table there.
    path = root.split("://", 1)[-1]
    if quote(path, safe="/@$") != path:
        raise SettingsError(
            f"{root!r} holds blanks, accents or other characters that the embedded engine cannot read tables below",
            remedy="choose another place with LAKEHOUSE_HOME or LAKEHOUSE_ROOT: letters, digits, `-`, `_`, `.`, `~`",
        )
    return root


def _queue(url: str, landing: str) -> str:
    if url and QUEUE.fullmatch(url) is None:  # not repeated: it may hold a secret
        raise SettingsError(
            "LAKEHOUSE_QUEUE is not the URL of a queue",
            remedy="write https://sqs.<region>.amazonaws.com/<account>/<queue> or "
            "https://<account>.queue.core.windows.net/<queue>; keys and tokens belong into the cloud's own variables",
        )
    if url and not landing.startswith(("s3://", "abfss://")):
        raise SettingsError(
            "LAKEHOUSE_QUEUE is set, and the landing zone is on local disk, which sends no messages",
            remedy="unset LAKEHOUSE_QUEUE, or let LAKEHOUSE_LANDING be in S3 or ADLS",
        )
    return url


def _layers(template: str) -> str:
    """A URL that has a place for the layer's name; each layer's URL must be one that a table can lie below."""
    if not template:
        return ""
    urls = [template.replace("{layer}", layer).rstrip("/") for layer in APART]
    if "{layer}" not in template or not all(
        pattern.fullmatch(url) for url in urls for pattern, _ in [PLACES.get(url.partition("://")[0], PLACES["file"])]
    ):
        raise SettingsError(
            "LAKEHOUSE_LAYERS is not a place for each layer",
            remedy="write s3://bucket-{layer} or abfss://{layer}@account.dfs.core.windows.net, {layer} as it stands",
        )
    for url in urls:
        _readable(url)
    return template.rstrip("/")


def _location(name: str, default: Path) -> str:
    value = os.environ.get(name)
    if not value:
        return str(default)
    scheme, has_scheme, _ = value.partition("://")
    if has_scheme:
        if scheme not in PLACES:
            raise SettingsError(
                f"{name} begins with {scheme}://, which is no store of this version",
                remedy=f"use a path, or one of: {', '.join(written for _, written in PLACES.values())}",
            )
        pattern, written = PLACES[scheme]
        if pattern.fullmatch(value) is None:  # what it is instead is not repeated: it may hold a secret
            raise SettingsError(
                f"{name} is not a place as {scheme}:// places are written",
                remedy=f"write {written}; keys and tokens belong into the cloud's own variables, see docs/stores.md",
            )
        return value.rstrip("/")
    return str(Path(value).expanduser().resolve())
