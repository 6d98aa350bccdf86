"""Keeps secrets out of whatever the worker says of itself."""

from __future__ import annotations

import re

HIDDEN = "***"

# Up to the last @ of the word: a password that was not percent-encoded may hold @ and / itself.
_CREDENTIALS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^\s/@:?#\"'<>]*):[^\s\"'<>]*@")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{4,}")
_SECRET_QUERY = re.compile(
    r"(?i)([?&](?:password|token|secret|signature|key|x-amz-signature|sig)=)[^&\s#]+"
)
_QUOTED = re.compile(r"['\"].*['\"]")
_SECRET_NAME = re.compile(r"(?i)password|passwd|secret|token|authorization|api_?key|cookie")


def redact(text: str) -> str:
    """Blot out passwords in URLs, secret query parameters and authorization values."""
    text = _CREDENTIALS.sub(rf"\g<1>:{HIDDEN}@", text)
    text = _SECRET_QUERY.sub(rf"\g<1>{HIDDEN}", text)
    return _BEARER.sub(rf"\g<1> {HIDDEN}", text)


def is_secret_name(name: str) -> bool:
    """Tell whether a field of that name holds something that nobody should read."""
    return _SECRET_NAME.search(name) is not None


def without_quotes(text: str) -> str:
    """Blot out what a message quotes of a payload; its queue, not our log, is where that is read.

    From the first quotation mark to the last, because what is quoted may hold some itself. In a
    traceback that is done to the lines of the error alone, which are not indented.
    """
    return "\n".join(
        line if line.startswith(" ") else _QUOTED.sub("'...'", line) for line in text.split("\n")
    )
