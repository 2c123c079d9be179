"""What our commits say of themselves, in the commit information that Delta keeps with each version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lakehouse_assets.publish.build import build

COMMIT_KEY = "lakehouse"  # our entry


def information(told: Mapping[str, Any]) -> dict[str, str]:
    """The entry of a commit: what is `told` of it, and by which build it is made."""
    return {COMMIT_KEY: json.dumps({**told, "build": build()}, sort_keys=True)}


def told_by(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What one of our commits said; empty of a commit that others made."""
    told: dict[str, Any] = json.loads(entry.get(COMMIT_KEY) or "{}")
    return told
