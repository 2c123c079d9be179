"""Which words of the engine, of Python and of SQL look beyond the row."""

from __future__ import annotations

import pytest
from pyspark.sql import functions as F

from lakehouse_assets.publish.one_row import REASONS, reason_against_sql


def test_the_refused_words_of_the_engine_are_words_of_the_engine() -> None:
    unknown = {name for name in REASONS if not hasattr(F, name)}
    assert unknown <= {"over", "partitionBy", "today", "tomorrow", "yesterday", "utcnow"}


def test_no_function_of_the_engine_that_says_so_itself_is_missing_from_the_refused_ones() -> None:
    signs = ("Aggregate function", "Window function", "non-deterministic", "Returns a new row for each element")
    telling = {n for n in F.__all__ if n[0].islower() and any(s in (getattr(F, n).__doc__ or "") for s in signs)}
    assert len(telling) > 80
    assert telling <= REASONS.keys()


@pytest.mark.parametrize(
    "text", ["a > 1", "`now()` > 1", "a = 'rand()'", "a > 1 /* rand() */", "case when a then 1 end"]
)
def test_names_and_words_in_quotes_and_comments_are_no_calls(text: str) -> None:
    assert reason_against_sql(text) is None
