"""Real receivers of messages on this machine: an SMTP server and an HTTP server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from aiosmtpd.controller import Controller

from lakehouse_assets_tests.stores.servers import free_ports


@dataclass
class Mailbox:
    """What an SMTP server accepted; while `refuses`, it accepts nothing."""

    port: int
    mails: list[Message] = field(default_factory=list)
    refuses: bool = False
    attempts: int = 0

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}/?from=lake@example.com&to=sales@example.com"

    @property
    def subjects(self) -> list[str]:
        return [str(make_header(decode_header(mail["Subject"]))) for mail in self.mails]

    @property
    def texts(self) -> list[str]:
        return [text_of(mail) for mail in self.mails]

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.attempts += 1
        if self.refuses:
            return "451 come back later"
        self.mails.append(message_from_bytes(envelope.content))
        return "250 accepted"


def text_of(mail: Message) -> str:
    """The text of a mail, of whatever parts it is made."""
    parts = [part for part in mail.walk() if part.get_content_maintype() == "text"]
    return "\n".join(part.get_payload(decode=True).decode() for part in parts)


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """An SMTP server on a free port."""
    box = Mailbox(*free_ports(1))
    controller = Controller(box, hostname="127.0.0.1", port=box.port, ready_timeout=60)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@dataclass
class Hook:
    """What an HTTP server was sent; it answers with `status`."""

    port: int = 0
    bodies: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    attempts: int = 0

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}/hook/a-secret-token"


@contextmanager
def hook() -> Iterator[Hook]:
    """A receiver of webhooks on a free port."""
    received = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.attempts += 1
            if received.status == 200:
                received.bodies.append(json.loads(body))
            self.send_response(received.status)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
