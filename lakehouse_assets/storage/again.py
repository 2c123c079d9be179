"""Asking a store again where its answer broke off, which its clients do not do by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from lakehouse_assets.errors import UnavailableError

T = TypeVar("T")

TRIES = 4
SECONDS = 10


def ask(reading: Callable[[], T]) -> T:
    """What `reading` gives, which changes nothing and raises UnavailableError where the store does not answer well.

    Tried a few times, soon one after the other; not again once it took so long that its client has tried enough.
    """
    import tenacity

    tries = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(UnavailableError),
        stop=tenacity.stop_after_attempt(TRIES) | tenacity.stop_after_delay(SECONDS),
        wait=tenacity.wait_random_exponential(multiplier=0.05, max=1),
        reraise=True,
    )
    return tries(reading)
