"""Raw payload bytes: their limits are checked before anything is built from them.

A payload comes from a queue that anybody on the network may have written to. Its size, its nesting
and its encoding are judged on the bytes, so that no parser meets input that could exhaust it.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections import Counter
from dataclasses import dataclass
from typing import NoReturn

from preview_worker.contract.errors import ErrorCode, PreviewError

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?+|[\[\]{},]', re.DOTALL)
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
    max_values: int = 100_000
    """Names and values, which cost a hundred times their bytes once they are objects. Two
    thousand scenes of fifty fields are as many."""


@dataclass(frozen=True, slots=True)
class Document:
    """The JSON ``value`` of a payload, and the names that an object in it gives ``repeated``ly."""

    value: object
    repeated: tuple[str, ...] = ()


def decode_payload(raw: bytes, limits: PayloadLimits | None = None) -> Document:
    """Return the JSON in ``raw``, or raise ``PreviewError`` with an ``invalid.payload`` code.

    Numbers must fit a double, as they have to for every reader in JavaScript. Where an object
    repeats a name its last value counts, which is how those read it too. Lone surrogates, which
    JSON can spell and no text file can hold, become U+FFFD.
    """
    limits = limits or PayloadLimits()
    if len(raw) > limits.max_bytes:
        raise PreviewError(
            ErrorCode.PAYLOAD_SIZE,
            f"The payload has {len(raw)} bytes; at most {limits.max_bytes} are accepted.",
        )
    _check_structure(raw, limits)
    text = _decode_text(raw)
    repeated: dict[str, None] = {}

    def record(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            repeated.update(dict.fromkeys(name for name, count in counts.items() if count > 1))
        return found

    try:
        value = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_whole,
            object_pairs_hook=record,
        )
    except ValueError as error:
        raise PreviewError(ErrorCode.PAYLOAD_SYNTAX, _explain(error)) from None
    return Document(_without_surrogates(value) if "\\u" in text else value, tuple(repeated))


def _check_structure(raw: bytes, limits: PayloadLimits) -> None:
    """Count levels and values by the signs between strings, so that nothing is built to count."""
    depth, values = 0, 1
    for token in _TOKEN.finditer(raw):
        first = raw[token.start()]
        if first in b"[{":
            depth += 1
            values += 1
            if depth > limits.max_depth:
                raise PreviewError(
                    ErrorCode.PAYLOAD_DEPTH,
                    f"The payload nests deeper than {limits.max_depth} levels at byte "
                    f"{token.start()}.",
                )
        elif first in b"]}":
            depth -= 1
        elif first == ord(","):
            values += 1
        if values > limits.max_values:
            raise PreviewError(
                ErrorCode.PAYLOAD_SIZE,
                f"The payload holds more than {limits.max_values} values.",
            )


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


def _whole(digits: str) -> int:
    """Read an integer; one that no double can hold is infinite to other readers."""
    if len(digits) > sys.float_info.max_10_exp and math.isinf(float(digits)):
        message = "an integer has too many digits"
        raise ValueError(message)
    return int(digits)


def _explain(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"The payload is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
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
