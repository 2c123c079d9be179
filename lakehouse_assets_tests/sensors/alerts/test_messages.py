"""What people read: names, counts and remedies, a digest for a storm, and never a value of a row."""

from __future__ import annotations

import re
from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st

from sensors.alerts.book import News
from sensors.alerts.messages import Message, messages
from sensors.alerts.problem import KINDS, LONGEST, NAMED, Problem, name_of
from sensors.alerts.routes import Route, Routing

SALES = Routing({"sales": "S", "platform": "P"}, (Route(("sales",), ("team:sales",)),), ("platform",), "https://d.io")
OWNERS = {"gold/a": ("team:sales",)}
FAILED = Problem("run failed", "gold/a", names=("2017-01-01", "2017-01-02"), count=2, path="/runs/1")


def told(*news: News) -> dict[str, list[Message]]:
    return messages(news, SALES, lambda subject: OWNERS.get(subject, ()))


def test_a_message_says_what_is_wrong_since_when_what_to_do_and_where_to_look() -> None:
    assert told(News(FAILED, "new", 0.0)) == {
        "sales": [
            Message(
                "ERROR gold/a: run failed",
                "gold/a: the last run failed: 2017-01-01, 2017-01-02.\n"
                f"Remedy: {KINDS['run failed'].remedy}.\nhttps://d.io/runs/1",
                "error",
            )
        ]
    }
    ((still,),) = told(News(FAILED, "still", 0.0)).values()
    assert still.title == "STILL ERROR gold/a: run failed"
    assert "Since 1970-01-01 00:00 UTC." in still.text
    ((over,),) = told(News(Problem("run failed", "gold/a"), "over", 0.0)).values()
    assert over == Message(
        "OVER gold/a: run failed",
        "gold/a: what failed was made since, or a check tells of it, after being open since 1970-01-01 00:00 UTC.",
        "over",
    )


def test_thirty_failures_at_once_are_one_message_for_a_channel_the_gravest_first() -> None:
    news = [News(Problem("run failed", f"silver/t{n:02}", path=f"/runs/{n}"), "new", 0.0) for n in range(28)]
    news += [News(FAILED, "new", 0.0), News(Problem("credential refused", "silver/t99"), "new", 0.0)]
    by_channel = told(*news, News(Problem("check warns", "silver/x", "c"), "over", 0.0))
    assert [one.title for one in by_channel["sales"]] == ["ERROR gold/a: run failed"], "the owner has one of his own"
    (digest,) = by_channel["platform"]
    assert (digest.title, digest.severity) == ("29 problems, 1 over", "security")
    lines = digest.text.splitlines()
    assert lines[:3] == ["1 x SECURITY credential refused", "28 x ERROR run failed", "1 x OVER check warns"]
    assert sum(line.startswith("- silver/t") for line in lines) == 29
    assert "https://d.io/runs/7" in digest.text
    assert digest.text.count(KINDS["run failed"].remedy) == 1


def test_a_digest_of_a_thousand_names_some_and_counts_the_rest() -> None:
    (digest,) = told(*(News(Problem("run failed", f"silver/t{n}"), "new", 0.0) for n in range(1000)))["platform"]
    assert "and 970 more" in digest.text
    assert len(digest.text) < 4_000


def test_a_failing_day_among_many_names_five_and_counts_the_rest() -> None:
    days = tuple(f"2017-01-{n:02}" for n in range(1, 32))
    ((message,),) = told(News(Problem("run failed", "gold/a", names=days, count=31), "new", 0.0)).values()
    assert "2017-01-05 and 26 more." in message.text


def test_a_problem_has_no_field_that_a_text_from_elsewhere_fits_into() -> None:
    names = {"kind", "subject", "what", "names", "count", "figures", "path", "at_least"}
    assert {one.name for one in fields(Problem)} == names


PLAIN = re.compile(r"[A-Za-z0-9_./: -]*")


@given(st.text(), st.text(), st.lists(st.text(), max_size=7), st.sampled_from(sorted(KINDS)))
def test_whatever_a_name_holds_it_is_told_as_a_name(subject: str, what: str, names: list[str], kind: str) -> None:
    """No line end, mark-up, address or quotation comes through, and no more than a name is long."""
    problem = Problem(kind, subject, what, tuple(names), len(names))
    for by_channel in (told(News(problem, "new", 0.0)), told(*[News(problem, "new", 0.0)] * 6)):
        ((message,),) = by_channel.values()
        said = message.text.replace(KINDS[kind].says, "").replace(KINDS[kind].remedy, "")
        assert PLAIN.fullmatch(re.sub(r"[\n,;-]", "", said)), said
        # A line tells a subject, what of it, and some partitions, each cut to the length of a name.
        assert max(map(len, said.splitlines())) < (2 + NAMED) * (LONGEST + 2) + 40
    assert PLAIN.fullmatch(name_of(subject))
