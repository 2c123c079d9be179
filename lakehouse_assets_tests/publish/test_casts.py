"""A text becomes exactly the decimal that it says, and so does a double."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.publish.casts import EXACT_DIGITS, cast

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

KINDS = [T.DecimalType(*digits) for digits in ((12, 2), (1, 0), (2, 2), (9, 8), (15, 7), (18, 3), (38, 10), (38, 0))]


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """A number as people write it, of any length, now and then at half of a last place."""
    whole = draw(st.text("0123456789", min_size=1, max_size=draw(st.sampled_from([1, 3, 9, 16, 30]))))
    places = draw(st.none() | st.text("0123456789", min_size=1, max_size=draw(st.sampled_from([1, 2, 3, 8, 12]))))
    half = draw(st.sampled_from(["", "", "5", "49999", "50000"])) if places else ""
    return draw(st.sampled_from(["", "-"])) + whole + (f".{places}{half}" if places else "")


def said(text: str, kind: T.DecimalType) -> Decimal | None:
    """What the text says, rounded to the places of the type; None where the type has too few digits."""
    with localcontext(Context(prec=100)):
        value = Decimal(text).quantize(Decimal(1).scaleb(-kind.scale), ROUND_HALF_UP)
        return value if abs(value) < Decimal(10) ** (kind.precision - kind.scale) else None


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.simpleString())
@given(texts=st.lists(numbers(), min_size=1, max_size=200))
def test_a_text_is_the_decimal_it_says_to_the_last_place(
    spark: SparkSession, kind: T.DecimalType, texts: list[str]
) -> None:
    frame = spark.createDataFrame(pa.table({"text": texts}))
    read = frame.select(cast(F.col("text"), T.StringType(), kind).alias("value")).toArrow()["value"].to_pylist()
    assert read == [said(text, kind) for text in texts]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.simpleString())
@given(texts=st.lists(numbers(), min_size=1, max_size=200))
def test_a_double_is_the_decimal_that_people_wrote(spark: SparkSession, kind: T.DecimalType, texts: list[str]) -> None:
    short = ["0", *(text for text in texts if len(Decimal(text).as_tuple().digits) <= EXACT_DIGITS)]
    frame = spark.createDataFrame(pa.table({"value": pa.array(map(float, short), pa.float64())}))
    read = frame.select(cast(F.col("value"), T.DoubleType(), kind).alias("value")).toArrow()["value"].to_pylist()
    for text, value in zip(short, read, strict=True):
        # At half of a last place the double next to the number decides.
        assert value == said(text, kind) or abs(value - Decimal(text)).scaleb(kind.scale) < Decimal("0.5000001"), text
