"""What a rule may not call: whatever looks at the clock, at chance, at the run or at other rows."""

from __future__ import annotations

import re
from functools import cache


def words(text: str) -> frozenset[str]:
    """The words of a text, each once."""
    return frozenset(text.split())


CLOCK = words("curdate current_date current_time current_timestamp localtimestamp now today tomorrow yesterday utcnow")
CHANCE = words("aes_encrypt rand randn random randstr shuffle try_reflect uniform uuid")
RUN = words(
    """current_catalog current_database current_path current_schema current_timezone current_user
    input_file_block_length input_file_block_start input_file_name java_method monotonically_increasing_id reflect
    session_user spark_partition_id user version"""
)
OPAQUE = words("arrow_udf arrow_udtf call_udf pandas_udf udf udtf UserDefinedFunction UserDefinedTableFunction")
# Windows, aggregates and whatever makes several rows of one.
OTHER_ROWS = words(
    """any_value approxCountDistinct approx_count_distinct approx_percentile array_agg avg bit_and bit_or bit_xor
    bitmap_and_agg bitmap_construct_agg bitmap_or_agg bool_and bool_or collect_list collect_set corr count countDistinct
    count_distinct count_if count_min_sketch covar_pop covar_samp cume_dist dense_rank every explode explode_outer first
    first_value grouping grouping_id histogram_numeric hll_sketch_agg hll_union_agg inline inline_outer json_tuple
    kll_merge_agg_bigint kll_merge_agg_double kll_merge_agg_float kll_sketch_agg_bigint kll_sketch_agg_double
    kll_sketch_agg_float kurtosis lag last last_value lead listagg listagg_distinct max max_by mean median min min_by
    mode nth_value ntile over partitionBy percent_rank percentile percentile_approx posexplode posexplode_outer product
    rank regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy row_number
    schema_of_variant_agg session_window skewness some stack std stddev stddev_pop stddev_samp string_agg
    string_agg_distinct sum sumDistinct sum_distinct theta_intersection_agg theta_sketch_agg theta_union_agg try_avg
    try_sum tuple_intersection_agg_double tuple_intersection_agg_integer tuple_sketch_agg_double
    tuple_sketch_agg_integer tuple_union_agg_double tuple_union_agg_integer var_pop var_samp variance window
    window_time"""
)

REASONS = {
    **dict.fromkeys(OTHER_ROWS, "makes the rule depend on other rows than the one it judges"),
    **dict.fromkeys(OPAQUE, "hides what it does"),
    **dict.fromkeys(RUN, "depends on who runs it, how and where"),
    **dict.fromkeys(CHANCE, "may say something else each time"),
    **dict.fromkeys(CLOCK, "reads the clock"),
}
# Names of Python's that ask the machine.
HIDDEN = words("astimezone environ fromtimestamp timestamp getenv perf_counter monotonic time_ns urandom getcontext")

# Python's modules whose functions give the same for the same, apart from the names above.
HARMLESS_MODULES = words("calendar datetime decimal fractions functools itertools math operator re string")
HARMLESS_BUILTINS = words(
    """abs all any bool bytes dict divmod enumerate filter float format frozenset int isinstance len list map max min
    ord chr pow range reversed round set slice sorted str sum tuple zip True False None NotImplemented Ellipsis
    ArithmeticError AssertionError KeyError LookupError TypeError ValueError"""
)

_SQL_WITHOUT_CALL = CLOCK - {"now", "today", "tomorrow", "yesterday", "utcnow", "curdate"} | {
    "current_user",
    "session_user",
    "current_catalog",
    "current_database",
    "current_schema",
}
_SQL_WORDS = words(
    """and any as between by case cast decimal distinct else end exists from if in interval is like not on or then
    try_cast using values varchar char when binary bigint boolean date double float int smallint string timestamp
    tinyint mod ltrim position rlike ilike array map struct"""
)
_SQL_QUERY = words("select over table lateral with within")
_SPECIAL_TIME = re.compile(r"\b(date|timestamp\w*)\s*(['\"])\s*(now|today|tomorrow|yesterday)\b", re.IGNORECASE)
_SQL_QUOTED = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`", re.DOTALL)
_SQL_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def reason_against(name: str) -> str | None:
    """Why an engine's function of that name, or one of which no more is known, is no part of a rule; or None."""
    return REASONS.get(name) or reason_against_python(name)


def reason_against_python(name: str) -> str | None:
    """Why a name of Python's own is no part of a rule, or None."""
    if name in CLOCK | CHANCE:
        return REASONS[name]
    return "depends on where and when it runs" if name in HIDDEN else None


def reason_against_sql(text: str) -> tuple[str, str] | None:
    """The word of a SQL expression that is no part of a rule, and why; None for one that is fine.

    A function that pyspark does not know is refused: what it does cannot be told.
    """
    special = _SPECIAL_TIME.search(text)
    if special:
        return special[0], "reads the clock"
    bare = _SQL_COMMENT.sub(" ", _SQL_QUOTED.sub(lambda m: "`q`" if m[0][0] == "`" else "''", text))
    for match in re.finditer(r"(`?)\b([A-Za-z_]\w*)\b`?(\s*\()?(\s*\))?", bare):
        quoted, word, call, closed = match[1], match[2].lower(), match[3], match[4]
        if quoted and not call:
            continue
        if word in _SQL_QUERY and (call or word == "select"):
            return match[2], "makes the rule depend on other rows than the one it judges"
        if not call:
            if word in _SQL_WITHOUT_CALL:
                return match[2], REASONS[word]
            continue
        reason = _by_lower_name().get(word)
        if reason or (word == "unix_timestamp" and closed):
            return f"{match[2]}(", reason or REASONS["now"]
        if quoted or not (word in _SQL_WORDS or word in _known()):
            return f"{match[2]}(", "is no function that is known to depend on nothing else"
    return None


@cache
def _known() -> frozenset[str]:
    from pyspark.sql import functions

    return frozenset(name.lower() for name in dir(functions) if name[0].islower())


@cache
def _by_lower_name() -> dict[str, str]:
    return {name.lower(): reason for name, reason in REASONS.items()}
