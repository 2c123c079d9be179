"""Who is told: channels by the owner of a table and by severity, from `alerts.toml`."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import SettingsError
from sensors.alerts.book import Pace
from sensors.alerts.problem import SEVERITIES, Problem, Severity

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

FILE = "alerts.toml"
VARIABLE = "LAKEHOUSE_ALERTS"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")
_OF_ENVIRONMENT = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True)
class Route:
    """To which channels a problem of these owners and severities goes; without owners, whosever it is."""

    channels: tuple[str, ...]
    owners: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = SEVERITIES

    def takes(self, severity: Severity, owners: Iterable[str]) -> bool:
        """Whether it is for a problem of this severity, with a subject of these owners."""
        return severity in self.severities and (not self.owners or not set(self.owners).isdisjoint(owners))


@dataclass(frozen=True)
class Routing:
    """What `alerts.toml` says.

    `channels` are the names of the variables of the environment that hold their URLs, `otherwise` is told what no
    route takes. `ui` is the address of the Dagster UI that links lead to. More than `storm` problems at once are
    one digest for a channel.
    """

    channels: Mapping[str, str] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    otherwise: tuple[str, ...] = ()
    ui: str = "http://127.0.0.1:3000"
    pace: Pace = field(default_factory=Pace)
    storm: int = 5

    def channels_of(self, problem: Problem, owners: Iterable[str]) -> tuple[str, ...]:
        """Who is told of it: the channels of every route that takes it, or the others where none does.

        That a channel fails is told to no channel that fails.
        """
        chosen = [c for route in self.routes if route.takes(problem.severity, owners) for c in route.channels]
        found = tuple(dict.fromkeys(chosen)) or self.otherwise
        if problem.kind == "channel fails":
            return tuple(c for c in found if c != problem.subject) or tuple(
                c for c in self.otherwise if c != problem.subject
            )
        return found


def load_routing(settings: Settings) -> Routing:
    """The routing of LAKEHOUSE_ALERTS, or of `alerts.toml` in the lake's home; without a file nobody is told.

    Raises SettingsError for a file that cannot be read, or says what cannot be kept.
    """
    named = os.environ.get(VARIABLE)
    path = Path(named).expanduser() if named else settings.home / FILE
    if not named and not path.exists():
        return Routing()
    try:
        return routing_of(tomllib.loads(path.read_text(encoding="utf-8")), str(path))
    except OSError as error:
        raise SettingsError(
            f"it cannot be read: {error.strerror}", where=str(path), remedy=f"create it, or correct {VARIABLE}"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # Not told why: the parser repeats the text, and somebody may have put a secret there.
        raise SettingsError("it is not TOML", where=str(path), remedy="docs/alerts.md shows one") from None


def routing_of(said: Mapping[str, Any], where: str) -> Routing:
    """What the tables of such a file mean. Raises SettingsError for what cannot be kept."""

    def refuse(what: str, remedy: str = "docs/alerts.md shows one") -> SettingsError:
        return SettingsError(what, where=where, remedy=remedy)

    unknown = said.keys() - {"ui", "window_minutes", "remind_hours", "storm", "otherwise", "channels", "routes"}
    if unknown:
        raise refuse(f"it has settings that mean nothing here: {', '.join(sorted(unknown))}")
    channels = said.get("channels", {})
    if not isinstance(channels, dict) or not all(_NAME.fullmatch(name) for name in channels):
        raise refuse("[channels] names each channel in small letters: digits, `-` and `_` after the first")
    for name, variable in channels.items():
        if not isinstance(variable, str) or not _OF_ENVIRONMENT.fullmatch(variable):  # it may be the secret itself
            raise refuse(
                f"channel {name!r} does not name a variable of the environment",
                'write sales = "SALES_ALERTS_URL", and put the URL, a secret, into that variable',
            )
    routes = said.get("routes", [])
    if not isinstance(routes, list) or not all(isinstance(route, dict) for route in routes):
        raise refuse("routes are written as [[routes]]")
    found = tuple(_route(route, channels, refuse) for route in routes)
    otherwise = _names(said.get("otherwise", []), channels, refuse, "otherwise")
    if channels and not otherwise:
        raise refuse(
            "it does not say who is told what no route takes, so that would be lost",
            f'add otherwise = ["{next(iter(channels))}"]',
        )
    ui = said.get("ui", Routing.ui)
    if not isinstance(ui, str) or not re.fullmatch(r"https?://[^/@?#\s]+(/[^@?#\s]*)?", ui):
        raise refuse("ui is not the address of a Dagster UI", 'write ui = "https://dagster.example.com"')
    return Routing(
        channels=dict(channels),
        routes=found,
        otherwise=otherwise,
        ui=ui.rstrip("/"),
        pace=Pace(
            window=60 * _positive(said, "window_minutes", 60, refuse),
            remind=3_600 * _positive(said, "remind_hours", 24, refuse),
        ),
        storm=int(_positive(said, "storm", 5, refuse)),
    )


def _route(said: Mapping[str, Any], channels: Mapping[str, str], refuse: Any) -> Route:
    unknown = said.keys() - {"owners", "severities", "channels"}
    if unknown:
        raise refuse(f"a route has settings that mean nothing here: {', '.join(sorted(unknown))}")
    owners, severities = said.get("owners", []), said.get("severities", list(SEVERITIES))
    if not isinstance(owners, list) or not all(isinstance(owner, str) for owner in owners):
        raise refuse('owners of a route are a list, such as ["team:sales"]')
    if not isinstance(severities, list) or not severities or not set(severities) <= set(SEVERITIES):
        raise refuse(f"severities of a route are some of: {', '.join(SEVERITIES)}")
    if not said.get("channels"):
        raise refuse("a route leads to no channel")
    return Route(_names(said["channels"], channels, refuse, "a route"), tuple(owners), tuple(severities))


def _names(said: Any, channels: Mapping[str, str], refuse: Any, where: str) -> tuple[str, ...]:
    if not isinstance(said, list) or not all(isinstance(name, str) for name in said):
        raise refuse(f"{where} leads to a list of channels")
    missing = [name for name in said if name not in channels]
    if missing:
        # Only what looks like a channel is repeated: somebody may have put a URL there.
        shown = ", ".join(repr(name) for name in missing if _NAME.fullmatch(name)) or "something"
        raise refuse(f"{where} leads to {shown}, which [channels] does not have")
    return tuple(said)


def _positive(said: Mapping[str, Any], name: str, default: float, refuse: Any) -> float:
    value = said.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 100_000:
        raise refuse(f"{name} is not a number above 0")
    return float(value)
