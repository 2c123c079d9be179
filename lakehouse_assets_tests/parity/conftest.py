"""Stores and engines by the names that homes give them, and the page that a run of the suite writes."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from lakehouse_assets_tests.parity.homes import REFERENCE, Home, Household
from lakehouse_assets_tests.parity.matrix import Seen, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lakehouse_assets_tests.stores.store import Store
    from resources.engines.engine import Engine

seen = Counter[Seen]()


@pytest.fixture(scope="session")
def embedded_engine(engine: Engine) -> Engine:
    return engine


@pytest.fixture(scope="session")
def disk_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """A new place for a lake at each call."""
    return lambda: str(tmp_path_factory.mktemp("lake"))


@pytest.fixture(scope="session")
def s3_store(s3: Store) -> Iterator[Callable[[], str]]:
    """A new place for a lake at each call, in S3."""
    yield from _places(s3)


@pytest.fixture(scope="session")
def adls_store(adls: Store) -> Iterator[Callable[[], str]]:
    """A new place for a lake at each call, in ADLS."""
    yield from _places(adls)


def _places(store: Store) -> Iterator[Callable[[], str]]:
    with pytest.MonkeyPatch.context() as variables:
        for name, value in store.environment.items():
            variables.setenv(name, value)
        yield lambda: f"{store.url}/{uuid.uuid4().hex[:12]}/lake"


@pytest.fixture(scope="session")
def household(request: pytest.FixtureRequest) -> Callable[[Home, Path], Household]:
    """An empty lake in a home, for deliveries that lie in a folder."""

    def new(home: Home, landing: Path) -> Household:
        # The store first: an engine is told of it when it starts.
        root = request.getfixturevalue(f"{home.store}_store")()
        engine = request.getfixturevalue(f"{home.engine}_engine")
        return Household.new(home, engine, root, landing)

    return new


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Count what was seen in which home; a test is about the homes among its parameters,
    alone or in a pair."""
    report = (yield).get_result()
    if call.when != "call" and report.passed:
        return
    callspec = getattr(item, "callspec", None)
    given = [value for value in (callspec.params if callspec else {}).values() if isinstance(value, Home | tuple)]
    named = {home for value in given for home in (value if isinstance(value, tuple) else (value,))}
    homes = [home for home in named if home != REFERENCE]
    step = callspec.params.get("step") if callspec else None
    what = step.title if step else (item.function.__doc__ or item.name).strip().splitlines()[0]
    for home in homes:
        seen[Seen(what, str(home), report.outcome)] += 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the page anew after a whole run of the suite."""
    whole = (session.config.getini("testpaths"), ["lakehouse_assets_tests/parity"])
    chosen = session.config.getoption("-m") == "cluster" and not session.config.getoption("-k")
    write(seen, whole=chosen and session.config.args in whole)
