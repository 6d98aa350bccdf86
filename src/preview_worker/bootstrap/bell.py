"""Asking a worker's probes over HTTP, as an orchestrator does."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

_LIMIT_BYTES = 16 * 1024 * 1024


class SilentError(Exception):
    """Nobody answers at the address; the message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a probe said."""

    status: int
    text: str

    def document(self) -> Mapping[str, object]:
        """Return the JSON object that it said; an empty one when it said something else."""
        try:
            said = json.loads(self.text)
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}


async def ring(url: str, timeout_s: float) -> Answer:
    """Ask ``url``, directly and not through a proxy.

    ``timeout_s`` is how long the other side may be silent. Raises ``SilentError``.
    """
    return await asyncio.to_thread(_ring, url, timeout_s)


def _ring(url: str, timeout_s: float) -> Answer:
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(url, timeout=timeout_s) as answer:
            return Answer(answer.status, answer.read(_LIMIT_BYTES).decode(errors="replace"))
    except HTTPError as refused:
        with refused:
            return Answer(refused.code, refused.read(_LIMIT_BYTES).decode(errors="replace"))
    except URLError as error:
        raise SilentError(_reason(error.reason)) from None
    except (OSError, http.client.HTTPException) as error:
        raise SilentError(_reason(error)) from None


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
