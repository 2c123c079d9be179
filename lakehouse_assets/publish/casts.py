"""Casts that say the same on every engine: what only one of them would read is not read at all.

The embedded engine reads no exponent in a decimal and dates with nearly any tail, a JVM reads `1d` as a double, and
each trims other blanks. A value that one engine accepts and the other rejects would be a row here and not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import Column
    from pyspark.sql.types import DataType, DecimalType

BLANK = r"[ \t\r\n]*"
NUMBER = r"[-+]?[0-9.]+"
END = r"\z"  # a JVM's `$` is also before a last line's end, of which it knows six
WHOLE = rf"^{BLANK}{NUMBER}{BLANK}{END}"
# No NaN with a sign: to the embedded engine it is less than every number, to a JVM greater.
FLOATING = rf"^{BLANK}({NUMBER}([eE][-+]?[0-9]+)?|(?i:nan)|[-+]?(?i:inf|infinity)){BLANK}{END}"
MONTH, DAY = r"[0-9]{4}(-[0-9]{1,2})?", r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
# Years of four digits: of longer ones each engine has a last of its own.
INSTANT = rf"^{BLANK}[0-9]{{4}}([^0-9][ -~]*)?{BLANK}{END}"
WHOLES, FLOATS = ("byte", "short", "integer", "long"), ("float", "double")
TIMES = ("date", "timestamp", "timestamp_ntz")
# By the name of the type: the texts that all engines understand alike.
READABLE = {
    **dict.fromkeys((*WHOLES, "decimal"), WHOLE),
    **dict.fromkeys(FLOATS, FLOATING),
    "boolean": rf"^{BLANK}(?i:t|true|y|yes|1|f|false|n|no|0){BLANK}{END}",
    "date": rf"^({MONTH}{BLANK}|{DAY}{BLANK}|{DAY} [^T\x00]*){END}",
    **dict.fromkeys(("timestamp", "timestamp_ntz"), INSTANT),
}
# By the name of a type that is no text: the types that all engines make of it, and make alike.
AGREED = {
    **dict.fromkeys(WHOLES, (*WHOLES, *FLOATS, "decimal", "boolean", "timestamp")),
    **dict.fromkeys(FLOATS, (*WHOLES, *FLOATS, "decimal", "boolean")),
    "decimal": (*WHOLES, *FLOATS, "decimal"),
    "boolean": (*WHOLES, *FLOATS),
    **dict.fromkeys(TIMES, TIMES),
}
EXACT_DIGITS = 15  # of a number that a double carries without loss
LONGEST = 2.0**63  # the first whole number that is no long
FIRST, LAST = -62_135_596_800, 253_402_300_799  # the seconds of the years 1 to 9999


def agreed(given: DataType, wanted: DataType) -> bool:
    """Whether a cast is one that all engines make, and make alike."""
    from pyspark.sql import types as T

    text = isinstance(given, T.StringType) and isinstance(wanted, T.AtomicType)
    return given == wanted or text or wanted.typeName() in AGREED.get(given.typeName(), ())


def cast(column: Column, given: DataType, wanted: DataType) -> Column:
    """A column as `wanted`; NULL where a value does not cast, or is one that engines would read differently.

    Of types that are `agreed`; a double becomes the decimal nearest to it that has no more digits than it carries.
    """
    from pyspark.sql import functions as F
    from pyspark.sql import types as T

    if isinstance(given, T.StringType):
        return _of_text(column, wanted)
    name = wanted.typeName()
    if given.typeName() in FLOATS and isinstance(wanted, T.DecimalType):
        return _rounded(column.cast("double"), wanted)
    if given.typeName() in FLOATS and name == "long":
        column = F.when(F.abs(column) < LONGEST, column)
    if given.typeName() in WHOLES and name == "timestamp":
        column = F.when(column.between(FIRST, LAST), column)
    if isinstance(given, T.DecimalType) and name in FLOATS and given.precision > EXACT_DIGITS:
        column = column.cast("string")  # digits that the embedded engine would divide by a power of ten
    return column.try_cast(wanted)


def _of_text(column: Column, wanted: DataType) -> Column:
    from pyspark.sql import functions as F
    from pyspark.sql import types as T

    pattern = READABLE.get(wanted.typeName())
    if pattern is None:
        return column.try_cast(wanted)
    read = F.when(column.rlike(pattern), column).try_cast(wanted)
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
    return f"^-?{before}{after}{END}", DecimalType(max(whole + places, 1), places)


def _rounded(value: Column, wanted: DecimalType) -> Column:
    """Doubles as decimals: each engine rounds a double of many digits by a reading of its own, but not one of few.

    So it is first rounded, as all multiply and divide alike, to as many of the places as leave it few.
    """
    from pyspark.sql import functions as F
    from pyspark.sql.types import DecimalType

    told: Any = F
    places, whole = wanted.scale, wanted.precision - wanted.scale
    while True:
        near = F.round(value * 10.0**places) / 10.0**places
        read = near.try_cast(DecimalType(38, places)).try_cast(wanted)
        told = told.when(F.abs(value) < 10.0 ** (EXACT_DIGITS - places), read)
        if EXACT_DIGITS - places >= whole:  # what is larger does not fit the type
            return told
        if not places:
            return told.when(F.abs(value) < LONGEST, F.round(value).try_cast("long").try_cast(wanted))
        places -= 1
