"""Raw payload bytes: their limits are checked before anything is built from them.

A payload comes from a queue that anybody on the network may have written to. Its size, its nesting
and its encoding are judged on the bytes, so that no parser meets input that could exhaust it.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import NoReturn

from preview_worker.contract.errors import ErrorCode, PreviewError

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?+|[\[\]{}]', re.DOTALL)
_BOM = b"\xef\xbb\xbf"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class PayloadLimits:
    """What a payload may weigh.

    Two mebibytes is the documented body limit of the services that submit previews; a tutorial of
    a thousand scenes stays well below it. The deepest documented payload nests nine levels.
    """

    max_bytes: int = 2 * 1024 * 1024
    max_depth: int = 32


def decode_payload(raw: bytes, limits: PayloadLimits | None = None) -> object:
    """Return the JSON value in ``raw``, or raise ``PreviewError`` with an ``invalid.payload`` code.

    Numbers must be finite and of reasonable length. Lone surrogates, which JSON can spell and no
    text file can hold, become U+FFFD.
    """
    limits = limits or PayloadLimits()
    if len(raw) > limits.max_bytes:
        raise PreviewError(
            ErrorCode.PAYLOAD_SIZE,
            f"The payload has {len(raw)} bytes; at most {limits.max_bytes} are accepted.",
        )
    _check_depth(raw, limits.max_depth)
    text = _decode_text(raw)
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except ValueError as error:
        raise PreviewError(ErrorCode.PAYLOAD_SYNTAX, _explain(error)) from None
    return _without_surrogates(value) if "\\u" in text else value


def _check_depth(raw: bytes, max_depth: int) -> None:
    depth = 0
    for token in _TOKEN.finditer(raw):
        first = raw[token.start()]
        if first in b"[{":
            depth += 1
            if depth > max_depth:
                raise PreviewError(
                    ErrorCode.PAYLOAD_DEPTH,
                    f"The payload nests deeper than {max_depth} levels at byte {token.start()}.",
                )
        elif first in b"]}":
            depth -= 1


def _decode_text(raw: bytes) -> str:
    if raw.startswith(_BOM):
        raise PreviewError(
            ErrorCode.PAYLOAD_ENCODING,
            "The payload begins with a byte order mark; save it as UTF-8 without one.",
        )
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PreviewError(
            ErrorCode.PAYLOAD_ENCODING,
            f"The payload is not UTF-8: byte {error.start} cannot be read.",
        ) from None


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is not a JSON number"
    raise ValueError(message)


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        message = f"the number {digits[:20]} is too large"
        raise ValueError(message)
    return value


def _explain(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"The payload is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
    if "integer string conversion" in str(error):
        return "The payload holds an integer with too many digits."
    return f"The payload is not JSON: {error}."


def _without_surrogates(value: object) -> object:
    """Replace lone surrogates in every string; the depth is bounded by the check before."""
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value
