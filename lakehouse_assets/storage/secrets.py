"""Secrets stay where they are: what is said to people and kept in records is rid of them first."""

from __future__ import annotations

import os
import re

HIDDEN = "(hidden)"
# Variables whose values nobody may read in a log.
SECRET = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AZURE_CLIENT_SECRET",
    "AZURE_STORAGE_ACCESS_KEY",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_CONNECTION_STRING",
    "AZURE_STORAGE_KEY",
    "AZURE_STORAGE_SAS_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
    "AZURE_STORAGE_TOKEN",
)
SHORTEST = 8  # of a value that is looked for; shorter ones would blot out plain words
# Signatures and credentials in addresses, and in what a store tells of a request that it did not accept.
_IN_ADDRESSES = re.compile(
    r"""(?ix)
    \b(sig|x-amz-signature|x-amz-credential|x-amz-security-token|accountkey|sharedaccesssignature
      |awssecretkey|secret_?access_?key|client_secret|access_token|password)=([^&\s"'<>]+)
    """
)
_IN_ANSWERS = re.compile(
    r"(?is)<(AWSAccessKeyId|SignatureProvided|StringToSign\w*|CanonicalRequest\w*|AuthenticationErrorDetail)>.*?</\1>"
)
_IN_HEADERS = re.compile(r"(?i)\b(authorization|x-amz-security-token)(\W{1,4})([^\n\r\"']+)")
_BEFORE_HOST = re.compile(r"(?i)\b((?:s3|https?)://)[^/@\s]+:[^/@\s]+@")


def without_secrets(text: str) -> str:
    """The text without any secret of the environment, signature or credential that stands in it."""
    for name in SECRET:
        for value in _spellings(os.environ.get(name, "")):
            text = text.replace(value, HIDDEN)
    text = _IN_ANSWERS.sub(rf"<\1>{HIDDEN}</\1>", text)
    text = _IN_ADDRESSES.sub(rf"\1={HIDDEN}", text)
    text = _IN_HEADERS.sub(rf"\1\2{HIDDEN}", text)
    return _BEFORE_HOST.sub(rf"\1{HIDDEN}@", text)


def _spellings(value: str) -> set[str]:
    """A secret as it is and as it stands in an address."""
    from urllib.parse import quote, unquote

    known = {value, quote(value, safe=""), quote(value), unquote(value)}
    return {one for one in known if len(one) >= SHORTEST}
