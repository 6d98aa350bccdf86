"""Whether previews are the same bytes, however many workers rendered them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

TELLING = ("render.log", "preview-manifest.json", "container.json")
"""Files that tell how long a render took, and the one that lists the digests of dated files."""
DATED = ("preview.json",)
"""Documents that are the same but for their ``createdAt``."""

Digests = Mapping[str, str]


def digests(data_dir: Path) -> Digests:
    """Return the SHA-256 of what lasts in every published file, by project, job and name."""
    previews = data_dir / "previews"
    return {
        str(path.relative_to(previews)): hashlib.sha256(_lasting(path)).hexdigest()
        for path in sorted(previews.rglob("*"))
        if path.is_file() and path.name not in TELLING
    }


def differences(one: Digests, other: Digests) -> list[str]:
    """Return the files that are not the same in both, or in one of them alone."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def _lasting(path: Path) -> bytes:
    content = path.read_bytes()
    if path.name not in DATED:
        return content
    document = json.loads(content)
    del document["createdAt"]
    return json.dumps(document, sort_keys=True).encode()
