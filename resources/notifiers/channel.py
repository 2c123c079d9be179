"""A channel: one URL of Apprise's, from a variable of the environment."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import local
from typing import TYPE_CHECKING

from lakehouse_assets.errors import LakehouseError, SettingsError

if TYPE_CHECKING:
    from apprise import NotifyBase

SECONDS = 10  # for a connection, and for an answer
# Loggers that tell URLs, or parts of them.
TALKATIVE = ("apprise", "urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry", "requests_oauthlib")
STATUS = re.compile(r"\berror=(\d{3})\b")


class SendError(LakehouseError):
    """A channel did not accept a message; trying again may help."""

    permanent = False


@dataclass(frozen=True)
class Channel:
    """Where messages go. Neither its text nor an error or a log of it tells its URL, which is a secret."""

    name: str
    variable: str

    def send(self, title: str, text: str, severity: str) -> None:
        """Send one message; on return the channel has accepted it.

        Raises SettingsError where the variable holds no URL that can be used, SendError where the channel does not
        answer within seconds, or refuses.
        """
        # Late: it loads a hundred services, which takes two seconds that a quiet look need not pay.
        import apprise

        target = self._target()
        kind = {
            "over": apprise.NotifyType.SUCCESS,
            "warning": apprise.NotifyType.WARNING,
            "test": apprise.NotifyType.INFO,
        }
        with _listening() as heard:
            try:
                accepted = target.notify(
                    body=text,
                    title=title,
                    notify_type=kind.get(severity, apprise.NotifyType.FAILURE),
                    body_format=apprise.NotifyFormat.TEXT,
                )
            except Exception as error:  # noqa: BLE001 - a service's own code; one that breaks must not stop the others
                heard.append(type(error).__name__)
                accepted = False
        if not accepted:
            raise SendError(
                f"the message was not accepted{_reason(heard)}",
                where=f"channel {self.name}",
                remedy=f"see whether {self.variable} is right and the service can be reached from here",
            )

    def _target(self) -> NotifyBase:
        import apprise

        url = os.environ.get(self.variable)
        if not url:
            raise SettingsError(
                f"{self.variable} is not set",
                where=f"channel {self.name}",
                remedy="put the channel's URL into it, for the process that runs the sensors, too",
            )
        with _listening():
            target = apprise.Apprise.instantiate(url, suppress_exceptions=True)
        if target is None:
            raise SettingsError(
                f"{self.variable} holds no URL that a service is known for",
                where=f"channel {self.name}",
                remedy="write it as docs/alerts.md shows: mailtos://, slack://, workflows://, pagerduty://, jsons://",
            )
        target.socket_connect_timeout = target.socket_read_timeout = SECONDS
        return target


def load_services() -> None:
    """Load the library and all its services, so that no message has to wait for that."""
    import apprise

    apprise.Apprise.instantiate("json://127.0.0.1")


def _reason(heard: list[str]) -> str:
    """The status that a service answered with: all that is told of what a library says, which may tell secrets."""
    found = [match.group(1) for text in heard if (match := STATUS.search(text))]
    return f" (status {found[0]})" if found else ""


class _Hush(logging.Filter):
    """Lets no record of a sending thread through to any handler, and hears what it says."""

    def filter(self, record: logging.LogRecord) -> bool:
        heard: list[str] | None = getattr(_sending, "heard", None)
        if heard is None:
            return True
        if record.levelno >= logging.WARNING:
            heard.append(record.getMessage())
        return False


_sending, _hush = local(), _Hush()


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Hear what libraries log in this thread, and keep it from every log: URLs and tokens stand in it."""
    for name in TALKATIVE:
        logging.getLogger(name).addFilter(_hush)  # once: a filter that is there is not added again
    _sending.heard = []
    try:
        yield _sending.heard
    finally:
        _sending.heard = None
