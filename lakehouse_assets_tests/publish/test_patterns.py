"""A pattern of a contract matches the same texts on every engine, those of Python, or is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pandera.pyspark import Field
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract
from lakehouse_assets.errors import DeclarationError
from lakehouse_assets.publish.compile import compile_contract
from lakehouse_assets.publish.patterns import everywhere

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Pattern = str | re.Pattern[str]

TEXTS = [
    *["", "a", "A", "b", "ab", "a1", "1", "_", "-", ".", "$", "]", "[", "^", "&", " ", "\t", "\n", "\r", "\v", "\b"],
    *["a\n", "a\r", "a\r\n", "a\u0085", "a\u2028", "\u00a0", "\u2003", "\u0663", "\u00e9", "\u00c9", "\u00e9 1"],
    *["\U0001f642", "k", "\u212a", "<a", "Under 15K", "Under 15K\n"],
]
PATTERNS: list[Pattern] = [
    *[
        "a$",
        "^.$",
        ".$",
        r"\d",
        r"^\D$",
        r"\s",
        r"\S",
        r"^\w+$",
        r"^\W$",
        r"\v",
        r"\bab\b",
        r"\.",
        r"\$",
        r"\<a",
        "a|$",
    ],
    *[r"^[\w.-]$", r"[^\W\d]", r"^[\s\d]+$", "[]a]", "[^]a]", r"[$.^-]", r"[\b]", "[a[&]", r"[\x24\]]", r"\x24|\u00e9"],
    *["(?i)^\u00e9", "(?i:a)b?$", "(?s)^a.$", "(?s:^a.)$", r"(?P<letter>a)\d", r"(Under )?\d+(-\d+)?K\+?$"],
    *[re.compile("^A$", re.IGNORECASE), re.compile("^.$", re.DOTALL)],
]
REFUSED: list[Pattern] = [
    *["(?=a)", "(?<!a)b", r"(a)\1", r"\0", "a++", "(?m)^a$", "(?x)a # b", r"\N{DIGIT ONE}", "(?>a)", "(?P<b>a)(?P=b)"],
    *[re.compile("^a$", re.MULTILINE), re.compile(r"\w", re.ASCII)],
]


def matched(session: SparkSession, pattern: Pattern) -> set[str]:
    frame = session.createDataFrame(pa.table({"text": TEXTS}))
    return set(frame.where(F.col("text").rlike(everywhere(pattern, ""))).toArrow()["text"].to_pylist())


@pytest.mark.parametrize("pattern", PATTERNS, ids=repr)
@pytest.mark.filterwarnings("ignore:Possible nested set:FutureWarning")
def test_a_pattern_matches_as_in_python_and_its_end_is_the_end(spark: SparkSession, pattern: Pattern) -> None:
    text, flags = (pattern, 0) if isinstance(pattern, str) else (pattern.pattern, pattern.flags)
    ends = re.compile(re.sub(r"(?<![\\[])\$", r"\\Z", text), flags)
    assert matched(spark, pattern) == {one for one in TEXTS if ends.search(one)}


@pytest.mark.cluster
@pytest.mark.parametrize("pattern", PATTERNS, ids=repr)
def test_a_pattern_matches_the_same_on_every_engine(
    spark: SparkSession, on_cluster: SparkSession, pattern: Pattern
) -> None:
    assert matched(on_cluster, pattern) == matched(spark, pattern)


@pytest.mark.parametrize("pattern", REFUSED, ids=repr)
def test_what_not_every_engine_knows_is_refused_where_it_is_declared(pattern: Pattern) -> None:
    class Odd(Contract):
        name: T.StringType = Field(str_matches=pattern)  # type: ignore[arg-type]

    with pytest.raises(DeclarationError, match="Odd, column 'name'"):
        compile_contract(Odd)


@pytest.mark.filterwarnings("ignore:Possible set difference:FutureWarning")
def test_a_range_that_an_engine_takes_for_a_difference_is_refused() -> None:
    with pytest.raises(DeclarationError, match="of '--' in a pattern"):
        everywhere("[+--]", "")
