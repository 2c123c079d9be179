"""The fake workspace's HTTP: which call is whose, errors as Databricks writes them, volumes as folders."""

from __future__ import annotations

import json
import os
import time
from base64 import b64decode
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from lakehouse_assets_tests.resources.databricks.workspace import FakeWorkspace

TOKEN = "dapi-0123456789abcdef"
SECRET = "dose-0123456789abcdef"
WRITTEN = 0.1  # seconds after which a file counts as closed: a volume shows none that is being written


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.body = status, {"error_code": code, "message": message}


class Handler(BaseHTTPRequestHandler):
    """One connection to the workspace."""

    protocol_version = "HTTP/1.1"
    workspace: FakeWorkspace

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        url = urlsplit(self.path)
        path, asked = unquote(url.path), dict(parse_qsl(url.query))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.workspace.calls.append(f"{self.command} {path}")
        try:
            if self._signed_in(path):
                return
            self._admit()
            self._route(f"{self.command} {path}", path, asked, body)
        except Refusal as refusal:
            self._reply(refusal.status, refusal.body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _answer

    def _signed_in(self, path: str) -> bool:
        """A service principal's sign-in, which gives the token that every other call must bring."""
        if path == "/oidc/.well-known/oauth-authorization-server":
            endpoint = f"{self.workspace.url}/oidc/v1"
            self._reply(200, {"authorization_endpoint": f"{endpoint}/authorize", "token_endpoint": f"{endpoint}/token"})
        elif path == "/oidc/v1/token":
            given = b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
            if given != f"principal:{SECRET}":
                raise Refusal(401, "invalid_client", "Client authentication failed")
            self._reply(200, {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600})
        else:
            return False
        return True

    def _admit(self) -> None:
        if self.workspace.busy > 0:
            self.workspace.busy -= 1
            raise Refusal(503, "TEMPORARILY_UNAVAILABLE", "The service is busy")
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise Refusal(401, "UNAUTHENTICATED", "Credential was not sent or was of an unsupported type")

    def _route(self, call: str, path: str, asked: dict[str, str], body: bytes) -> None:
        workspace = self.workspace
        if workspace.sealed and self.command == "DELETE":
            raise Refusal(403, "PERMISSION_DENIED", "No WRITE VOLUME on main.ops.lakehouse")
        match call:
            case "GET /api/2.0/preview/scim/v2/Me":
                self._reply(200, {"userName": "fake@example.test"})
            case "POST /api/2.2/jobs/runs/submit":
                self._reply(200, workspace.submit(json.loads(body)))
            case "GET /api/2.2/jobs/runs/get":
                self._reply(200, workspace.run_of(asked).as_json(workspace.url))
            case "GET /api/2.2/jobs/runs/list":
                self._reply(200, workspace.listed(int(asked.get("start_time_from", 0))))
            case "POST /api/2.2/jobs/runs/cancel":
                self._reply(200, workspace.cancel(json.loads(body)))
            case _ if path.startswith("/api/2.0/fs/directories/"):
                self._directory(self._below(path.removeprefix("/api/2.0/fs/directories")))
            case _ if path.startswith("/api/2.0/fs/files/"):
                self._file(self._below(path.removeprefix("/api/2.0/fs/files")), asked, body)
            case _:
                raise Refusal(404, "ENDPOINT_NOT_FOUND", f"No API found for '{call}'")

    def _below(self, path: str) -> Path:
        found = Path(os.path.normpath(path))
        if self.workspace.volumes not in (found, *found.parents):
            raise Refusal(404, "NOT_FOUND", f"No such volume path: {path}")
        return found

    def _directory(self, folder: Path) -> None:
        if self.command == "PUT":
            folder.mkdir(parents=True, exist_ok=True)
            return self._reply(204)
        if not folder.is_dir():
            raise Refusal(404, "NOT_FOUND", f"No such directory: {folder}")
        if self.command == "DELETE":
            if any(folder.iterdir()):
                raise Refusal(400, "DIRECTORY_NOT_EMPTY", str(folder))
            folder.rmdir()
            return self._reply(204)
        contents = [
            {"path": str(f), "name": f.name, "is_directory": f.is_dir(), "file_size": f.stat().st_size}
            for f in sorted(folder.iterdir())
        ]
        return self._reply(200, {"contents": contents})

    def _file(self, file: Path, asked: dict[str, str], body: bytes) -> None:
        if self.command == "PUT":
            if file.exists() and asked.get("overwrite") != "true":
                raise Refusal(409, "ALREADY_EXISTS", str(file))
            file.write_bytes(body)
            return self._reply(204)
        if not file.is_file() or time.time() - file.stat().st_mtime < WRITTEN:
            raise Refusal(404, "NOT_FOUND", f"No such file: {file}")
        if self.command == "DELETE":
            file.unlink()
            return self._reply(204)
        modified = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(file.stat().st_mtime))
        return self._reply(200, file.read_bytes(), "application/octet-stream", modified)

    def _reply(self, status: int, said: Any = b"", kind: str = "application/json", modified: str = "") -> None:
        data = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if modified:
            self.send_header("Last-Modified", modified)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
