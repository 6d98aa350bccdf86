"""The brand of this worker's previews, in a file that the environment names."""

from __future__ import annotations

import json
from pathlib import Path

MAX_BYTES = 256 * 1024


def read_brand(path: Path | None) -> str:
    """Return the JSON text of a brand, empty without a file.

    Raises ``ValueError`` with one clear line when it cannot be read or is no JSON object.
    """
    if path is None:
        return ""
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise ValueError(message) from None
    if len(content) > MAX_BYTES:
        message = f"has {len(content)} bytes; a brand has at most {MAX_BYTES}"
        raise ValueError(message)
    text, described = "", None
    try:
        text = content.decode("utf-8-sig")
        described = json.loads(text)
    except (ValueError, RecursionError):
        pass
    if not isinstance(described, dict):
        message = 'must hold a JSON object in UTF-8, such as {"name": "…", "colors": {…}}'
        raise ValueError(message)  # noqa: TRY004 -- what settings expect of a wrong value
    return text
