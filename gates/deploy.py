"""`python -m gates.deploy`: have a Dagster deployment load its code location anew, and fail unless it did.

DAGSTER_URL is its webserver. What the code location is made from has changed before that: the container image that
its code server starts with, see docs/releases.md.
"""

from __future__ import annotations

import os
import sys
import urllib.parse

LOCATION = "lakehouse_assets.definitions"


def reload(url: str, location: str = LOCATION) -> str:
    """Reload the location; returns what went wrong, or nothing."""
    from dagster_graphql import DagsterGraphQLClient, DagsterGraphQLClientError, ReloadRepositoryLocationStatus

    at = urllib.parse.urlsplit(url)
    if at.scheme not in ("http", "https") or not at.hostname:
        return "DAGSTER_URL is no address of a webserver: http://host:port or https://host"
    try:
        client = DagsterGraphQLClient(at.hostname, at.port, use_https=at.scheme == "https")
        told = client.reload_repository_location(location)
    except DagsterGraphQLClientError as error:
        return f"{url}: {error}"
    if told.status == ReloadRepositoryLocationStatus.SUCCESS:
        return ""
    return f"{url}: {location} was not loaded: {told.failure_type}: {told.message}"


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
