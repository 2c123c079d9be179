"""A rule that could say something else of the same row is refused before anything runs, and the call is named."""

from __future__ import annotations

import pytest

from lakehouse_assets.errors import DeclarationError
from lakehouse_assets.publish.determinism import parts_of
from lakehouse_assets.publish.one_row import words
from lakehouse_assets_tests.publish.rules_written import ID, Write, small

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
