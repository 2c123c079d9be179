"""Channels against a real SMTP server and a real HTTP receiver: accepted or an error, and no URL ever told."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from lakehouse_assets.errors import SettingsError
from lakehouse_assets_tests.resources.notifiers.servers import Hook, Mailbox, hook, mailbox
from lakehouse_assets_tests.stores.servers import free_ports
from resources.notifiers import Channel, SendError

SALES = Channel("sales", "SALES_URL")
TOKEN = "a-secret-token"


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    with mailbox() as box:
        monkeypatch.setenv("SALES_URL", box.url)
        yield box


@pytest.fixture
def posts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    with hook() as received:
        monkeypatch.setenv("SALES_URL", received.url)
        yield received


def test_a_mail_is_accepted_with_title_and_text_as_they_are(mails: Mailbox) -> None:
    SALES.send("ERROR gold/a: run failed", "gold/a: <b>no</b> *mark-up*\nhttps://d.io/runs/1", "error")
    assert mails.subjects == ["ERROR gold/a: run failed"]
    assert "gold/a: <b>no</b> *mark-up*" in mails.texts[0]
    assert "https://d.io/runs/1" in mails.texts[0]
    assert mails.mails[0]["To"] == "sales@example.com"


def test_a_webhook_receives_title_text_and_how_grave_it_is(posts: Hook) -> None:
    for severity, kind in (("security", "failure"), ("error", "failure"), ("warning", "warning"), ("over", "success")):
        SALES.send("title", f"text of {severity}", severity)
        assert (posts.bodies[-1]["message"], posts.bodies[-1]["type"]) == (f"text of {severity}", kind)


@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_service_that_refuses_is_an_error_that_tells_its_status_and_no_secret(
    posts: Hook, status: int, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    posts.status = status
    caplog.set_level(logging.DEBUG)
    with pytest.raises(SendError, match=rf"channel sales: the message was not accepted \(status {status}\)") as refused:
        SALES.send("title", "text", "error")
    everything = f"{refused.value!r}{refused.value.__cause__!r}{caplog.text}{''.join(capfd.readouterr())}"
    assert TOKEN not in everything
    assert str(posts.port) not in everything


def test_a_mail_server_that_refuses_or_is_not_there_is_an_error(
    mails: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails.refuses = True
    with pytest.raises(SendError, match="not accepted"):
        SALES.send("title", "text", "error")
    assert mails.attempts == 1
    monkeypatch.setenv("SALES_URL", f"mailto://127.0.0.1:{free_ports(1)[0]}/?from=a@example.com&to=b@example.com")
    with pytest.raises(SendError, match="see whether SALES_URL is right"):
        SALES.send("title", "text", "error")


@pytest.mark.parametrize("url", [None, "", f"no-service://{TOKEN}", TOKEN, f"slack://{TOKEN}"])
def test_a_variable_that_holds_no_url_of_a_service_is_refused_without_repeating_it(
    url: str | None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.delenv("SALES_URL", raising=False)
    if url is not None:
        monkeypatch.setenv("SALES_URL", url)
    with pytest.raises(SettingsError, match="SALES_URL") as refused:
        SALES.send("title", "text", "error")
    assert TOKEN not in f"{refused.value}{refused.value.__cause__}{caplog.text}{''.join(capfd.readouterr())}"


@pytest.mark.parametrize(
    ("url", "service"),
    [
        ("mailtos://user:word@mail.example.com:587?from=a@example.com&to=b@example.com", "NotifyEmail"),
        ("slack://TAAAAAAAA/BBBBBBBBB/cccccccccccccccccccccccc", "NotifySlack"),
        ("workflows://prod-01.westeurope.logic.azure.com:443/643e69f83c8944/signature", "NotifyWorkflows"),
        ("pagerduty://integrationkey@apikey/lake/component", "NotifyPagerDuty"),
        ("jsons://hooks.example.com/path", "NotifyJSON"),
    ],
)
def test_the_urls_that_the_page_shows_are_those_of_their_services(
    url: str, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the services take them can only be seen with accounts there: `lakehouse alerts test`."""
    monkeypatch.setenv("SALES_URL", url)
    assert type(SALES._target()).__name__ == service


def test_loading_the_sensor_does_not_load_the_library_of_services() -> None:
    asked = "import sys, sensors.alerts.sensor; print('apprise' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "False"
