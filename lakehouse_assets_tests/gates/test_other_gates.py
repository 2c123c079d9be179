"""The trend, the changelog, the tag, the identity of a run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from gates.changelog import Commit, changelog, read_log
from gates.identity import run, token
from gates.tagged import wrong
from gates.trend import bars, table
from lakehouse_assets_tests.gates.history import REPOSITORY, History


def test_the_trend_shows_the_latest_least_and_greatest_of_the_last_nights() -> None:
    nights = [{"commit": f"{n}" * 40, "figures": {"year": float(n)}} for n in (9, 2, 3, 1)]
    assert table(nights, 3).splitlines()[-1] == "| year | 1.00 | 1.00 | 3.00 | ▆█▃ |"
    assert bars([0.0, 0.0]) == "▁▁"


def night(history: History, gh: str) -> subprocess.CompletedProcess[str]:
    """`make trend` with GitHub's own command played by a script."""
    history.commit({"figures.json": "[]", ".venv/.dev": "", "gh": f"#!/bin/sh\n{gh}\n"})
    (history.folder / "gh").chmod(0o755)
    (history.folder / ".venv/bin").mkdir(exist_ok=True)
    python = history.folder / ".venv/bin/python"
    python.unlink(missing_ok=True)
    python.symlink_to(sys.executable)
    told = {"PATH": f"{history.folder}:{os.environ['PATH']}", "PYTHONPATH": str(REPOSITORY), "GITHUB_STEP_SUMMARY": ""}
    known = {**os.environ, **told}
    command = ["make", "-f", REPOSITORY / "Makefile", "-o", ".venv/.dev", "trend", "FIGURES=figures.json"]
    return subprocess.run(command, cwd=history.folder, env=known, capture_output=True, text=True, check=False)


def test_a_night_keeps_a_line_for_each_night_and_not_what_the_nights_before_it_kept(tmp_path: Path) -> None:
    """What is kept would hold the last night's, which holds that of the night before, and so on."""
    history, kept = History.begun(tmp_path / "repository"), tmp_path / "kept"
    gh = f'if [ $1 = run ]; then cp -r "{kept}/." "$6"; elif [ -d "{kept}" ]; then echo 7; fi'
    for number in range(3):
        done = night(history, f"{gh} # {number}")
        assert done.returncode == 0, done.stderr
        assert ("There is no trend yet" in done.stdout) == (number == 0)
        shutil.rmtree(kept, ignore_errors=True)
        shutil.move(history.folder / "build/reports", kept)
    assert sorted(file.name for file in kept.rglob("*")) == ["trend.jsonl", "trend.md"]
    assert len((kept / "trend.jsonl").read_text().splitlines()) == 3


@pytest.mark.parametrize("fails", ["api", "run"])
def test_a_night_that_cannot_ask_for_the_trend_fails_and_begins_no_other(tmp_path: Path, fails: str) -> None:
    history = History.begun(tmp_path / "repository")
    assert night(history, f"[ $1 != {fails} ] && echo 7").returncode != 0
    assert not (history.folder / "build/reports/trend.jsonl").exists()


def test_commits_stand_under_what_they_touch_and_what_breaks_stands_first() -> None:
    log = "\x1eabc\x1fSales has a margin\n\nlakehouse_assets/gold/x.py\nREADME.md\n\x1edef\x1fA page\n\ndocs/a.md\n"
    commits = read_log(log)
    assert [(c.name, c.heading) for c in commits] == [
        ("abc", "Tables"),
        ("def", "Documentation, tests and benchmarks"),
    ]
    text = changelog("v2", [*commits, Commit("fed", "Faster", ("resources/a.py",))], ["gold/x: column removed"])
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == [
        "# v2",
        "## Breaking for readers",
        "## Tables",
        "## Platform",
        "## Documentation, tests and benchmarks",
    ]
    assert "- Faster (fed)" in text


def test_a_tag_is_the_version_of_the_code() -> None:
    text = '[project]\nversion = "1.4.0"\n'
    assert wrong("v1.4.0", text) == ""
    assert wrong("v1.4.1", text) == "the tag is v1.4.1, and pyproject.toml says 1.4.0"
    assert "missing" in wrong("", text)


@pytest.fixture
def runner() -> object:
    """A server of this machine that answers as a workflow's runner does, and keeps what it was asked."""
    asked: list[tuple[str, str | None]] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["Authorization"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"value": "a.signed.token"}')

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/token?api-version=2", asked
    server.shutdown()
    server.server_close()


def test_a_runs_identity_is_in_a_file_of_the_command_alone_and_gone_after_it(
    runner: tuple[str, list[tuple[str, str]]], tmp_path: Path
) -> None:
    url, asked = runner
    environment = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": url,
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "hunter2",
        "IDENTITY_AUDIENCE": "sts.amazonaws.com",
    }
    seen = tmp_path / "seen.json"
    code = (
        "import json, os, pathlib, sys;"
        "f = pathlib.Path(os.environ['AWS_WEB_IDENTITY_TOKEN_FILE']);"
        "rights = oct(f.parent.stat().st_mode)[-3:];"
        "told = [f.read_text(), str(f), rights, 'ACTIONS_ID_TOKEN_REQUEST_TOKEN' in os.environ];"
        f"pathlib.Path({str(seen)!r}).write_text(json.dumps(told)); sys.exit(3)"
    )
    assert run([sys.executable, "-c", code], environment) == 3
    content, file, rights, knows = json.loads(seen.read_text())
    assert (content, rights, knows) == ("a.signed.token", "700", False)
    assert not Path(file).exists()
    assert asked == [("/token?api-version=2&audience=sts.amazonaws.com", "Bearer hunter2")]


def test_without_the_right_to_ask_the_variable_is_named() -> None:
    with pytest.raises(KeyError, match="ACTIONS_ID_TOKEN_REQUEST_URL"):
        token({})
