"""A rule that could say something else of the same row is refused before anything runs."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pandera.pyspark import Field
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, rule
from lakehouse_assets.errors import DeclarationError
from lakehouse_assets.publish.compile import compile_contract
from lakehouse_assets.publish.determinism import parts_of
from lakehouse_assets.publish.one_row import REASONS, reason_against_sql, words

Write = Callable[[str], Any]
_number = itertools.count()


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """A module of this text, beside `helpers_of_<n>`, as a project would have it; its function is `small`."""

    def write(text: str) -> Any:
        name = f"rules_{next(_number)}"
        path = tmp_path / f"{name}.py"
        path.write_text("import datetime as dt\nfrom pyspark.sql import functions as F\n" + text)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module.small

    return write


def small(expression: str, before: str = "") -> str:
    return f"{before}\n\ndef small():\n    return {expression}\n"


ID = "F.col('id')"
# The code of a rule, and the word that the refusal names.
REFUSED: dict[str, tuple[str, str]] = {
    **{name: (small(f"F.{name}() > 0"), f"F.{name}") for name in words(
        "rand randn uuid current_timestamp current_date now localtimestamp curdate current_time current_user user "
        "session_user monotonically_increasing_id spark_partition_id input_file_name current_database version"
    )},
    **{name: (small(f"F.{name}('id') > 0"), f"F.{name}") for name in words(
        "shuffle randstr uniform count sum max first row_number lag udf pandas_udf explode collect_list stddev"
    )},
    "unix_timestamp without arguments": (small("F.unix_timestamp() > 0"), "F.unix_timestamp()"),
    "unix_timestamp handed on": (small("[f() for f in [F.unix_timestamp]][0]"), "F.unix_timestamp"),
    "a window": (small(f"{ID}.over(None) > 0"), "over"),
    "a window of a window": (small("Window.partitionBy('id')", "from pyspark.sql import Window"), "Window.partitionBy"),
    "another name": (small("r() > 0", "from pyspark.sql.functions import rand as r"), "`r`"),
    "another name for the module": (small("X.rand()", "import pyspark.sql.functions as X"), "X.rand"),
    "its full name": (small("pyspark.sql.functions.rand()", "import pyspark.sql.functions"), "functions.rand"),
    "a constant that is a function": (small("CHANCE()", "CHANCE = F.rand"), "CHANCE"),
    "not called": (small("[f() for f in [F.rand]][0]"), "F.rand"),
    "a module handed on": ("def small():\n    g = F\n    return g.col('id')\n", "`F`"),
    "imported within": ("def small():\n    from pyspark.sql.functions import rand as r\n    return r()\n", "`r`"),
    "assigned within": ("def small():\n    r = F.rand\n    return r() > 0\n", "F.rand"),
    "by a method that is only known later": (small("dt.date(2017, 1, 1).today()"), "today"),
    "getattr": (small("getattr(F, 'ra' + 'nd')()"), "getattr"),
    "eval": (small("eval('F.rand()')"), "eval"),
    "within a lambda": (small("F.exists('a', lambda x: x > F.rand())"), "F.rand"),
    "within a comprehension": (small("[F.rand() for _ in range(2)][0]"), "F.rand"),
    "within an f-string": (small("F.col(f'{dt.date.today()}')"), "dt.date.today"),
    "within an inner function": (
        "def small():\n    def inner():\n        return F.rand()\n    return inner()\n", "F.rand",
    ),
    "as a default": ("def small(day=dt.date.today()):\n    return F.col('day') < day\n", "dt.date.today"),
    "datetime.now": (small("F.col('at') < dt.datetime.now()"), "dt.datetime.now"),
    "datetime.utcnow": (small("F.col('at') < d.utcnow()", "from datetime import datetime as d"), "d.utcnow"),
    "date.today": (small("F.col('day') < date.today()", "from datetime import date"), "date.today"),
    "time.time": (small(f"{ID} < time.time()", "import time"), "time.time"),
    "time, imported": (small(f"{ID} < clock()", "from time import time as clock"), "clock"),
    "random": (small(f"{ID} < random.random()", "import random"), "random.random"),
    "secrets": (small(f"{ID} < secrets.randbelow(9)", "import secrets"), "secrets.randbelow"),
    "python's uuid": (small("F.lit(str(uuid.uuid4()))", "import uuid"), "uuid.uuid4"),
    "os.environ": (small("F.lit(os.environ['A'])", "import os"), "os.environ"),
    "environ, imported": (small("F.lit(e['A'])", "from os import environ as e"), "`e`"),
    "os.getenv": (small("F.lit(os.getenv('A'))", "import os"), "os.getenv"),
    "open": (small("F.lit(open('a').read())"), "open"),
    "hash, which differs in each process": (small(f"{ID} > hash('a')"), "hash"),
    "a file": (small("F.lit(Path('a').read_text())", "from pathlib import Path"), "Path"),
    "a name that is nowhere": (small("missing > 0"), "missing"),
    "an attribute that is nowhere": (small("F.missing('id')"), "F.missing"),
    "a helper": (small("older(F.col('at'))", "def older(c):\n    return c < F.now()"), "F.now"),
    "a helper of a helper": (
        small("one('at')", "def two(c):\n    return dt.datetime.now()\ndef one(c):\n    return two(c)"),
        "through one -> two",
    ),
    "a lambda for a helper": (small("older('at')", "older = lambda c: F.col(c) < F.now()"), "F.now"),
    "a partial": (small("p()", "from functools import partial\np = partial(F.rand, 3)"), "`p`"),
    "a remembered helper": (
        small("r()", "from functools import cache\n@cache\ndef r():\n    return F.rand()"), "F.rand",
    ),
    "a decorated helper": (
        small("r()", "def d(f):\n    def w():\n        return F.rand()\n    return w\n@d\ndef r():\n    return 1"),
        "F.rand",
    ),
    "a helper that wears the engine's name": (
        small("u()", "import functools\n@functools.wraps(F.upper)\ndef u():\n    return F.lit(dt.date.today())"),
        "dt.date.today",
    ),
    "the machine's time zone": (small("F.lit(dt.datetime(2017, 1, 1).astimezone())"), "astimezone"),
    "a constant that was read from the clock": (small(f"{ID} > DAY", "DAY = dt.date.today()"), "DAY = dt.date.today()"),
    "a constant of the hour": (small(f"{ID} > T", "from time import time as t\nT: int = 1 + t()"), "T = 1 + t()"),
    "a constant of chance": (small(f"{ID} > N", "import random as r\nN = r.randint(1, 6)"), "N = r.randint(1, 6)"),
    "a constant of the environment": (small("F.lit(P)", "import os\nP = os.environ['PATH']"), "P = os.environ"),
    "a class of the project": (
        small("Own().small()", "class Own:\n    def small(self):\n        return F.rand()"), "Own",
    ),
    "an object of the project": (small("OWN.value > 0", "class Own:\n    value = 1\nOWN = Own()"), "OWN"),
    "a method of a constant": (
        small("Own.A.day()", "import enum\nclass Own(enum.Enum):\n    A = 1\n    def day(_):\n        return F.now()"),
        "Own.A.day",
    ),
    "a list of the project's own kind": (small("OWN[0]", "class Own(list):\n    pass\nOWN = Own([1])"), "OWN"),
    "an iterator that goes on": (small("next(N) > 0", "import itertools\nN = itertools.count()"), "next"),
    "a list that grows": (small("SEEN.append(1)", "SEEN = []"), "SEEN.append"),
    "a dictionary that changes": (
        "SEEN = {}\ndef small():\n    SEEN['n'] = 1\n    return F.lit(True)\n", "SEEN['n']",
    ),
    "a global that changes": ("N = 0\ndef small():\n    global N\n    N += 1\n    return F.lit(True)\n", "global N"),
    "SQL": (small("F.expr('rand() < 0.5')"), "rand("),
    "SQL, spelled otherwise": (small("F.expr('id > 0 AND RaNd ( 3 ) < 0.5')"), "RaNd("),
    "SQL without a call": (small("F.expr('day < current_date')"), "current_date"),
    "SQL of a constant": (small("F.expr(TEXT)", "TEXT = 'day < now()'"), "now("),
    "SQL put together of constants": (small("F.expr(f'{NAME} < ' + 'now()')", "NAME = 'day'"), "now("),
    "SQL put together as it runs": ("def small():\n    x = 'day'\n    return F.expr(x + ' > 1')\n", "put together"),
    "SQL handed on": (small("list(map(F.expr, ['rand()']))[0]"), "F.expr"),
    "SQL of an unknown function": (small("F.expr('my_udf(id) > 0')"), "my_udf("),
    "SQL with a window": (small("F.expr('count(1) over (partition by id) = 1')"), "count("),
    "SQL with a query": (small("F.expr('id in (select id from other)')"), "select"),
    "SQL with a special time": (small("F.expr(\"day < date 'today'\")"), "date 'today"),
    "a function by its name": (small("F.call_function('rand')"), "rand("),
    "a registered function": (small("F.call_udf('mine', 'id')"), "F.call_udf"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_does_not_depend_on_the_row_alone_is_refused_by_name(written: Write, name: str) -> None:
    code, word = REFUSED[name]
    function = written(code)
    with pytest.raises(DeclarationError) as refused:
        parts_of(function, "Sale, rule 'small'")
    assert word in refused.value.what
    assert refused.value.where == "Sale, rule 'small'"
    assert "a rule is about one row" in refused.value.remedy


PERMITTED: dict[str, str] = {
    "columns and literals": small(f"({ID} > 1) & F.lit(True)"),
    "casts": small(f"{ID}.cast(T.LongType()).isNotNull()", "from pyspark.sql import types as T"),
    "a constant": small(f"{ID} > LIMIT", "LIMIT = 5"),
    "a date": small("F.col('day') >= dt.date(2017, 1, 1)"),
    "a date of text": small("F.col('day') >= dt.date.fromisoformat('2017-01-01')"),
    "a class of constants": small(f"{ID} > Limit.LOW.value", "import enum\nclass Limit(enum.Enum):\n    LOW = 1"),
    "a dictionary that is read": small(f"{ID} > LIMITS.get('a', 1) + len(LIMITS)", "LIMITS = {'a': 1}"),
    "harmless builtins": small("F.col('a').isin(*sorted(str(i) for i in range(max(1, 2))))"),
    "python's max, not the engine's": small(f"{ID} > max(1, min(2, sum([1])))"),
    "decimals": small(f"{ID} > Decimal('0.1')", "from decimal import Decimal"),
    "reduce": small(
        "reduce(operator.and_, [F.col(c) > 0 for c in ('a', 'b')])", "import operator\nfrom functools import reduce"
    ),
    "a lambda of columns": small("F.exists('a', lambda x: x > 1)"),
    "unix_timestamp of a column": small("F.unix_timestamp('at') > 0"),
    "a helper with defaults": small(
        "over_('id')", "def over_(c, low=3, *, high=9):\n    return F.col(c).between(low, high)"
    ),
    "a helper that calls itself": small(
        "all_('a', 'b')", "def all_(c, *more):\n    return F.col(c) & all_(*more) if more else F.col(c)"
    ),
    "a helper of another module, remembered there": small(
        "a(1)", "from lakehouse_assets_tests.publish.helpers import a"
    ),
    "annotations": "def small(x: 'Missing' = 1) -> 'Missing':\n    y: Missing = x\n    return F.col('id') > y\n",
    "imports within": "def small():\n    from pyspark.sql.functions import col as c\n    import math\n"
    "    return c('id') > math.pi\n",
    "SQL of the row": small("F.expr('id > 0 and coalesce(item, \"rand()\") in (\\'now()\\', upper(item)) -- rand()')"),
    "SQL of columns with such names": small("F.expr('`rand` > 0 and count > user and first is null')"),
    "SQL that casts": small("F.expr('cast(id as decimal(12, 2)) > 0 and unix_timestamp(at) > 0')"),
    "a function by a harmless name": small("F.call_function('upper', 'item') == 'A'"),
}  # fmt: skip


@pytest.mark.parametrize("name", PERMITTED)
def test_what_depends_on_the_row_alone_is_permitted(written: Write, name: str) -> None:
    parts_of(written(PERMITTED[name]), "here")


def test_a_function_whose_source_cannot_be_read_is_refused() -> None:
    scope: dict[str, Any] = {"F": F}
    exec("def hidden():\n    return F.col('id') > 0", scope)
    with pytest.raises(DeclarationError, match="source of 'hidden' cannot be read"):
        parts_of(scope["hidden"], "here")


def test_of_two_lambdas_in_a_line_it_is_not_guessed_which_is_meant() -> None:
    one, _two = lambda: F.col("id") > 0, lambda: F.rand() > 0
    with pytest.raises(DeclarationError, match="cannot be told which"):
        parts_of(one, "here")


def test_a_name_of_an_enclosing_function_is_looked_up_there() -> None:
    def made(limit: Any) -> Any:
        return lambda: F.col("id") > limit

    assert parts_of(made(3), "here") != parts_of(made(4), "here")
    with pytest.raises(DeclarationError, match="`limit`"):
        parts_of(made(object()), "here")


MEANING: dict[str, tuple[str, str]] = {
    "a constant": (small(f"{ID} > LIMIT", "LIMIT = 5"), small(f"{ID} > LIMIT", "LIMIT = 6")),
    "its type": (small(f"{ID} > LIMIT", "LIMIT = 5"), small(f"{ID} > LIMIT", "LIMIT = 5.0")),
    "a part of a constant": (small("len(A)", "A = {'a': (1, 2)}"), small("len(A)", "A = {'a': (1, 3)}")),
    "a date": (small("D", "D = dt.date(2017, 1, 1)"), small("D", "D = dt.date(2017, 1, 2)")),
    "the text of an expression": (small("F.expr(A)", "A = 'id > 1'"), small("F.expr(A)", "A = 'id > 2'")),
    "a type": (
        small(f"{ID}.cast(A)", "from pyspark.sql import types as T\nA = T.DecimalType(9, 2)"),
        small(f"{ID}.cast(A)", "from pyspark.sql import types as T\nA = T.DecimalType(9, 3)"),
    ),
    "a class's constant": (
        small(f"{ID} > A.low", "class A:\n    low = 1"), small(f"{ID} > A.low", "class A:\n    low = 2"),
    ),
    "a helper": (small("a()", "def a():\n    return 1"), small("a()", "def a():\n    return 2")),
    "a default of a helper": (small("a()", "def a(x=1):\n    return x"), small("a()", "def a(x=2):\n    return x")),
    "a default that is a constant": (
        small("a()", "N = 1\ndef a(x=N):\n    return x"), small("a()", "N = 2\ndef a(x=N):\n    return x"),
    ),
    "a helper's helper": (
        small("a()", "def b():\n    return 1\ndef a():\n    return b()"),
        small("a()", "def b():\n    return 2\ndef a():\n    return b()"),
    ),
    "a constant of a helper": (
        small("a()", "N = 1\ndef a():\n    return N"), small("a()", "N = 2\ndef a():\n    return N"),
    ),
    "a lambda": (small("a()", "a = lambda: 1"), small("a()", "a = lambda: 2")),
    "which function a name stands for": (
        small("f('id')", "from pyspark.sql.functions import upper as f"),
        small("f('id')", "from pyspark.sql.functions import lower as f"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MEANING)
def test_what_a_rule_reaches_changes_what_it_is(written: Write, name: str) -> None:
    before, after = (parts_of(written(code), "here") for code in MEANING[name])
    assert before != after


def test_the_order_of_a_set_of_words_comments_and_reasons_change_nothing(written: Write) -> None:
    plain = small("a()", "S = {'a', 'b', 'c'}\ndef a(x: int = 1) -> int:\n    return F.col('a').isin(*S)")
    talking = small(
        "a()",
        "S = {'c', 'b', 'a'}\n\ndef a(x=1):\n    '''Why.'''\n    # And how.\n    return F.col('a').isin(*S)",
    )
    assert parts_of(written(plain), "here") == parts_of(written(talking), "here")


LIMIT = 5


def test_a_contract_with_such_a_rule_is_refused_when_it_is_compiled_and_named() -> None:
    class Sale(Contract):
        """What was sold."""

        id: T.LongType = Field()

        @rule()
        def lately() -> Any:
            """It must be new."""
            return F.col("at") > F.date_sub(F.current_date(), 7)

    with pytest.raises(DeclarationError, match=r"^Sale, rule 'lately': `F.current_date` reads the clock\nRemedy: "):
        compile_contract(Sale)


def test_the_fingerprint_of_a_contract_changes_with_a_constant_of_its_module(monkeypatch: pytest.MonkeyPatch) -> None:
    def compiled() -> Any:
        class Sale(Contract):
            """What was sold."""

            id: T.LongType = Field()

            @rule()
            def large() -> Any:
                """Small ones are given away."""
                return F.col("id") > LIMIT

        return compile_contract(Sale)

    before, again = compiled(), compiled()
    monkeypatch.setattr(sys.modules[__name__], "LIMIT", 6)
    assert before.fingerprint == again.fingerprint != compiled().fingerprint
    assert before.by_id("large").demand == "Small ones are given away. [return F.col('id') > LIMIT]"


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
