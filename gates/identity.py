"""`python -m gates.identity COMMAND...`: run a command with a workflow run's identity for the clouds' SDKs.

A workflow with `id-token: write` may ask its runner for a token that says which repository, branch and environment
it runs for. AWS and Azure trade it for the credentials of a role that trusts exactly that, so that no key is kept
anywhere. The token lies in a file that only this user reads, and goes with the command.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

ASK = ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")  # set by the runner
# Where the SDKs, delta-rs and obstore look for such a file, beside AWS_ROLE_ARN, AZURE_CLIENT_ID and AZURE_TENANT_ID.
FILES = ("AWS_WEB_IDENTITY_TOKEN_FILE", "AZURE_FEDERATED_TOKEN_FILE")


def token(environment: Mapping[str, str]) -> str:
    """The token of this run for IDENTITY_AUDIENCE. Raises KeyError, by the variable, where it may not ask for one."""
    url, secret = (environment[name] for name in ASK)
    audience = urllib.parse.quote(environment["IDENTITY_AUDIENCE"], safe="")
    request = urllib.request.Request(f"{url}&audience={audience}", headers={"Authorization": f"Bearer {secret}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(json.load(answer)["value"])


def run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the command with the token in a file; returns its exit code. The file is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:  # for this user alone
        file = Path(folder, "token")
        file.write_text(token(environment))
        known = {name: value for name, value in environment.items() if name not in ASK}
        return subprocess.run(command, env={**known, **dict.fromkeys(FILES, str(file))}, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(run(sys.argv[1:], os.environ))
    except KeyError as missing:
        sys.exit(f"{missing} is not set: the job needs `id-token: write` and IDENTITY_AUDIENCE")
