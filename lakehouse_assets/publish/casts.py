"""Casts from text that say the same on every engine: what only one of them would read is not read at all.

The embedded engine reads no exponent in a decimal, a JVM reads `1d` as a double and a date with any tail, and each
trims other blanks. A value that one engine accepts and the other rejects would be a row here and not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import Column
    from pyspark.sql.types import DataType, DecimalType

BLANK = r"[ \t\r\n]*"
NUMBER = r"[-+]?[0-9.]+"
# No NaN with a sign: to the embedded engine it is less than every number, to a JVM greater.
FLOATING = rf"^{BLANK}({NUMBER}([eE][-+]?[0-9]+)?|(?i:nan)|[-+]?(?i:inf|infinity)){BLANK}$"
# By the name of the type: the texts that all engines understand alike.
READABLE = {
    "decimal": rf"^{BLANK}{NUMBER}{BLANK}$",
    "double": FLOATING,
    "float": FLOATING,
    "boolean": rf"^{BLANK}(?i:t|true|y|yes|1|f|false|n|no|0){BLANK}$",
    "date": r"^[^ \t\r\nT\x00][^T\x00]*$",
}
NUL = "\0"  # which a JVM takes for a blank, at the end of a whole number
EXACT_DIGITS = 15  # of a number that a double carries without loss


def cast(column: Column, given: DataType, wanted: DataType) -> Column:
    """A column as `wanted`; NULL where a value does not cast, or is text that not every engine could read."""
    from pyspark.sql import functions as F
    from pyspark.sql import types as T

    if not isinstance(given, T.StringType) or isinstance(wanted, T.StringType | T.TimestampType | T.TimestampNTZType):
        return column.try_cast(wanted)
    pattern = READABLE.get(wanted.typeName())
    readable = column.rlike(pattern) if pattern else ~F.contains(column, F.lit(NUL))
    read = F.when(readable, column).try_cast(wanted)
    if not isinstance(wanted, T.DecimalType):
        return read
    short, through = _short(wanted)
    return F.when(column.rlike(short), column.try_cast("double").try_cast(through).try_cast(wanted)).otherwise(read)


def _short(wanted: DecimalType) -> tuple[str, DecimalType]:
    """The texts of a decimal that a double holds exactly, and their type.

    Rounded to as many places as the text has, the double next to it is the number itself, and the embedded engine
    reads doubles in a third of the time.
    """
    from pyspark.sql.types import DecimalType

    places = min(wanted.scale, EXACT_DIGITS // 2)
    whole = min(wanted.precision - wanted.scale, EXACT_DIGITS - places)
    before = f"[0-9]{{1,{whole}}}" if whole else "0"
    after = rf"(\.[0-9]{{1,{places}}})?" if places else ""
    return f"^-?{before}{after}$", DecimalType(max(whole + places, 1), places)
