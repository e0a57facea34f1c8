"""What no file, page, log or error may show: passwords in addresses, keys, tokens, signatures."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

HIDDEN = "***"
_USER = re.compile(r"(?<=://)[^\s\"'<>]*@")
_SIGNED = re.compile(
    r"(?i)((?:x-amz-(?:signature|security-token|credential)|signature|credential|"
    r"aws_?access_?key_?id|(?:aws_?)?secret_?access_?key|(?:aws_?)?session_?token|"
    r"access_?token|client_?secret|password|passwd|authorization)"
    r"[\"']?\s*[=:]\s*[\"']?)(?:(?:bearer|basic)\s+)?[^\s,;&\"'<>]+"
)
_VARIABLES = re.compile(r"(?i)AWS_ENDPOINT_URL\w*|\w+_PROXY")
_KEYS = (
    *("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"),
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
)
_SHORTEST = 16
"""Of a key; what is shorter is none of AWS's, and may be a word of a sentence."""


def masked(text: str) -> str:
    """A text without what must not be shown in it."""
    for secret in _secrets():
        text = text.replace(secret, HIDDEN)
    return _SIGNED.sub(rf"\1{HIDDEN}", _USER.sub(f"{HIDDEN}@", text))


_VERY_LONG = re.compile(r"(\S{400})\S+")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
"""A word that is none, and what breaks or turns a line: what broken answers have in ids' places."""

_LONGEST = 4_000


def readable(text: str) -> str:
    """Masked, on one line, and no longer than somebody reads: names of things are in it as well."""
    text = _VERY_LONG.sub(r"\1…", _UNSEEN.sub(" ", masked(text)))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def shown(address: str) -> str:
    """An address without user, password, query and fragment."""
    there = re.split(r"[?#]", address, maxsplit=1)[0]
    scheme, mark, rest = there.rpartition("://")
    host, slash, path = rest.rpartition("@")[2].partition("/")
    return f"{scheme}{mark}{host}{slash}{path}"


def _secrets() -> Iterator[str]:
    """Secrets in the environment, as they may come in an error's text; the longest first."""
    for name, value in os.environ.items():
        if name in _KEYS and len(value) >= _SHORTEST:
            yield value
        elif _VARIABLES.fullmatch(name):
            password = value.rpartition("://")[2].rpartition("@")[0].partition(":")[2]
            yield from filter(None, [password])
