"""A bad network between a client and a store: some requests are refused, cut off, unanswered or late."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

REFUSED = b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"
DAMAGES = ("refuse", "cut before", "cut after", "cut within", "delay")


@dataclass
class Network:
    """A way to a server on this machine. `share` of the requests are damaged, in one way or another, by chance."""

    url: str
    share: float
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)
    damages: tuple[str, ...] = DAMAGES

    def damage(self) -> str:
        """What happens to the next request."""
        what = self.chance.choice(self.damages) if self.chance.random() < self.share else "pass"
        self.done[what] += 1
        return what


@contextmanager
def bad_network(server: str, share: float, seed: int, damages: tuple[str, ...] = DAMAGES) -> Iterator[Network]:
    """A network to the server at a URL; its own URL has the same path."""
    to = urlsplit(server)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    network = Network(f"http://127.0.0.1:{port}{to.path}", share, random.Random(seed), damages=damages)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await _connection(network, (str(to.hostname), int(to.port or 80)), reader, writer)
        writer.close()

    serving = asyncio.run_coroutine_threadsafe(asyncio.start_server(handle, sock=listening), loop).result()
    try:
        yield network
    finally:
        asyncio.run_coroutine_threadsafe(_end(serving), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _end(serving: asyncio.Server) -> None:
    serving.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _connection(
    network: Network, server: tuple[str, int], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    upstream_reader, upstream = await asyncio.open_connection(*server)
    try:
        while True:
            request = await _message(reader)
            what = network.damage()
            if what == "refuse":
                head = (
                    f"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: {len(REFUSED)}\r\n\r\n"
                )
                writer.write(head.encode() + REFUSED)
                await writer.drain()
                continue
            if what == "cut before":
                return _reset(writer)
            if what == "delay":
                await asyncio.sleep(network.chance.uniform(0.1, 1))
            upstream.write(request)
            await upstream.drain()
            answer = await _message(upstream_reader, to=request)
            if what == "cut after":
                return _reset(writer)
            if what == "cut within":
                writer.write(answer[: len(answer) // 2])
                await writer.drain()
                return _reset(writer)
            writer.write(answer)
            await writer.drain()
    finally:
        upstream.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _message(reader: asyncio.StreamReader, to: bytes = b"") -> bytes:
    """One request, or the answer `to` one, as it came."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").lower().split("\r\n")
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    status = first.split()[1] if to else ""
    if status == "100":
        return head + await _message(reader, to)
    if to.startswith(b"HEAD") or status in ("204", "304"):
        return head
    if "chunked" in fields.get("transfer-encoding", ""):
        return head + await _chunks(reader)
    return head + await reader.readexactly(int(fields.get("content-length", "0")))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    whole = b""
    while True:
        size = await reader.readline()
        part = await reader.readexactly(int(size.split(b";")[0], 16) + 2)
        whole += size + part
        if part == b"\r\n":
            return whole
