"""`python -m gates.deploy`: have a Dagster deployment load its code anew, and fail unless it did.

DAGSTER_URL is its webserver, DAGSTER_LOCATION the code's name there where it is not that of an image's workspace.yaml.
What it loads has changed before that: the image that the code server starts with, or the address in workspace.yaml,
which is read again; see docs/releases.md. The daemon looks again by itself, each minute.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

LOCATION = "lakehouse"  # as resources/deploy/workspace.yaml calls it
# One location alone would be asked at the address that it had when the webserver last read the file.
RELOAD = """mutation { reloadWorkspace {
  ... on Workspace { locationEntries { name locationOrLoadError {
    ... on PythonError { message causes { message } } } } }
  ... on PythonError { message }
  ... on UnauthorizedError { message }
} }"""


def reload(url: str, location: str = LOCATION) -> str:
    """Have the workspace read and loaded again; returns what went wrong with the location, or nothing."""
    at = urllib.parse.urlsplit(url)
    if at.scheme not in ("http", "https") or not at.hostname:
        return "DAGSTER_URL is no address of a webserver: http://host:port or https://host"
    try:
        told = _asked(url)
    except (OSError, ValueError) as error:
        return f"{url}: {error}"
    if "locationEntries" not in told:
        return f"{url}: nothing was loaded: {told.get('message')}"
    entries = {entry["name"]: entry["locationOrLoadError"] or {} for entry in told["locationEntries"]}
    if location not in entries:
        return f"{url}: there is no {location}, only {', '.join(sorted(entries)) or 'nothing'}"
    entry = entries[location]
    if "message" not in entry:
        return ""
    why = [entry["message"], *(cause["message"] for cause in entry["causes"])]
    return f"{url}: {location} was not loaded: {' '.join(''.join(why).split())}"


def _asked(url: str) -> dict[str, Any]:
    body, kind = json.dumps({"query": RELOAD}).encode(), {"Content-Type": "application/json"}
    with urllib.request.urlopen(
        urllib.request.Request(f"{url.rstrip('/')}/graphql", body, kind), timeout=300
    ) as answer:
        said = json.load(answer)
    if not said.get("data"):
        raise ValueError(f"it answered {json.dumps(said)[:500]}")
    told: dict[str, Any] = said["data"]["reloadWorkspace"]
    return told


def main() -> int:
    """Reload; exit with 1 and the reason where it failed."""
    wrong = reload(os.environ.get("DAGSTER_URL", ""), os.environ.get("DAGSTER_LOCATION") or LOCATION)
    if wrong:
        sys.stderr.write(wrong + "\n")
        return 1
    sys.stdout.write(f"{os.environ['DAGSTER_URL']} has loaded its code anew.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
