"""The console of a run: a line for what a person wants to know, not one for each of Dagster's events."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

import dagster as dg

# Whoever shows progress in this process, if anybody does; a run without one writes to standard error.
listener: Callable[[str], None] | None = None


class _PlainHandler(logging.Handler):
    """Passes on what tables say themselves; why a run failed is told by whoever started it."""

    def emit(self, record: logging.LogRecord) -> None:
        meta = getattr(record, "dagster_meta", None) or {}
        text = meta.get("orig_message") or record.getMessage()
        if meta.get("dagster_event") is not None or not meta.get("step_key"):
            return
        if listener is not None:
            listener(text)
        elif record.levelno >= logging.INFO:
            sys.stderr.write(f"{text}\n")


@dg.logger
def console_logger(_context: dg.InitLoggerContext) -> logging.Logger:
    """What the tables say; Dagster's events are left to the UI, which keeps them all."""
    logger = logging.Logger("lakehouse", logging.DEBUG)
    logger.addHandler(_PlainHandler())
    return logger
