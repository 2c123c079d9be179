"""A helper of rules, in a module of its own: its names are looked up here."""

from __future__ import annotations

import functools as f
from datetime import date as d

from pyspark.sql import Column
from pyspark.sql.functions import col as c


@f.cache
def a(low: int) -> Column:
    return (c("id") > low) & (c("day") > d(2017, 1, 1))
