"""A vacuum that no guard holds back: what the platform's own never does, and other tools may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lakehouse_assets.maintaining.guard import Retention
from lakehouse_assets.maintaining.vacuum import delete, find_deletable


def vacuum(url: str) -> int:
    """Delete whatever the present version of a table does not need, staged files too; returns how many files."""
    found = find_deletable(url, Retention(timedelta(0), timedelta(0)), (), datetime.now(UTC))
    return delete(found, {}) if found else 0
