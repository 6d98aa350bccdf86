"""Whole previews that were rendered before, for jobs that ask for the very same again."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from preview_worker.contract import RenderedPreview, read_rendered
from preview_worker.render.cache import Cache

MOST_BYTES = 64 * 1024 * 1024
"""A larger preview is not kept whole; its scenes are, which is nearly as good."""
_HEAD = struct.Struct("<4sI")
_MAGIC = b"PRV1"


@dataclass(frozen=True, slots=True)
class Archive:
    """Keeps finished previews in ``cache`` under the digest of all that they came from."""

    cache: Cache

    def keep(self, digest: str, directory: Path, preview: RenderedPreview) -> None:
        """Keep the files of ``preview``, which lie in ``directory``."""
        paths = {file.name: directory / file.name for file in preview.files}
        size = sum(path.stat().st_size for path in paths.values())
        if self.cache.folder is None or size > MOST_BYTES:
            return
        contents = {name: path.read_bytes() for name, path in paths.items()}
        self.cache.put(digest, _packed(preview, contents))

    def fetch(self, digest: str, directory: Path) -> RenderedPreview | None:
        """Put the files of a kept preview into ``directory``; None when there is none."""
        packed = self.cache.get(digest)
        if packed is None:
            return None
        try:
            preview, contents = _unpacked(packed)
        except (ValueError, struct.error, KeyError, TypeError):
            return None
        for name, content in contents.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return preview


def _packed(preview: RenderedPreview, contents: Mapping[str, bytes]) -> bytes:
    sizes = {name: len(content) for name, content in contents.items()}
    told = {"preview": asdict(preview), "sizes": sizes}
    head = json.dumps(told, ensure_ascii=True).encode()
    return b"".join((_HEAD.pack(_MAGIC, len(head)), head, *contents.values()))


def _unpacked(packed: bytes) -> tuple[RenderedPreview, dict[str, bytes]]:
    magic, size = _HEAD.unpack_from(packed)
    position = _HEAD.size + size
    told = json.loads(packed[_HEAD.size : position])
    contents = {}
    for name, length in told["sizes"].items():
        contents[name] = packed[position : position + length]
        position += length
    if magic != _MAGIC or position != len(packed):
        message = "this is no preview"
        raise ValueError(message)
    return read_rendered(told["preview"]), contents
