"""Functions of which engines have two opinions, and those of which they have one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lakehouse_assets_tests.engines.functions import DIFFER, ERROR, SAME, UNORDERED, Differs, T, page

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

EVERYWHERE = [*(instead for case in DIFFER for instead in case.instead), *UNORDERED.values()]


def outcome(session: SparkSession, expression: str) -> str:
    query = f"select {expression.removesuffix(' from t')}" + (f" from {T}" if expression.endswith(" from t") else "")
    try:
        return repr(session.sql(query).collect()[0][0])
    except Exception:  # noqa: BLE001 - which error is not agreed either
        return ERROR


@pytest.mark.parametrize("case", DIFFER, ids=lambda case: case.expression)
def test_the_embedded_engine_says_what_the_page_says(spark: SparkSession, case: Differs) -> None:
    assert outcome(spark, case.expression) == case.embedded
    assert case.embedded != case.cluster


@pytest.mark.cluster
@pytest.mark.parametrize("case", DIFFER, ids=lambda case: case.expression)
def test_a_cluster_says_what_the_page_says(on_cluster: SparkSession, case: Differs) -> None:
    assert outcome(on_cluster, case.expression) == case.cluster


@pytest.mark.cluster
@pytest.mark.parametrize("expression", EVERYWHERE)
def test_what_to_write_instead_says_the_same_everywhere(
    spark: SparkSession, on_cluster: SparkSession, expression: str
) -> None:
    assert outcome(on_cluster, expression) == outcome(spark, expression) != ERROR


@pytest.mark.cluster
@pytest.mark.parametrize("expression", SAME)
def test_the_rest_says_the_same_everywhere(spark: SparkSession, on_cluster: SparkSession, expression: str) -> None:
    assert outcome(on_cluster, expression) == outcome(spark, expression)


def test_the_page_is_the_one_that_the_cases_write() -> None:
    path = Path(__file__).parents[2] / "docs" / "engines.md"
    assert path.read_text() == page(), "write it anew with `make docs`"
