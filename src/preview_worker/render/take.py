"""A take: what filming a shot gave, as one value that can be kept and sent."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from preview_worker.contract import Finding, read_findings
from preview_worker.render.encode import Segment

_MAGIC = b"TAK1"
_HEAD = struct.Struct("<4sI")


@dataclass(frozen=True, slots=True)
class Take:
    """The encoded pictures of a shot, what a person should know of them, and prints of them.

    Neither knows where in the preview the shot stands: a print's name is its look and the frame of
    the segment that it shows, and findings name no scene.
    """

    segment: Segment
    findings: tuple[Finding, ...] = ()
    prints: Mapping[str, bytes] = field(default_factory=dict)

    def pack(self) -> bytes:
        """Return the take as bytes that ``unpack`` reads."""
        segment = self.segment.pack()
        prints = [content for _, content in sorted(self.prints.items())]
        index = {
            "segment": len(segment),
            "findings": [asdict(finding) for finding in self.findings],
            "prints": {name: len(content) for name, content in self.prints.items()},
        }
        head = json.dumps(index, ensure_ascii=True, sort_keys=True).encode()
        return b"".join((_HEAD.pack(_MAGIC, len(head)), head, segment, *prints))

    @classmethod
    def unpack(cls, packed: bytes) -> Take:
        """Read what ``pack`` wrote; raise ``ValueError`` for anything else."""
        try:
            magic, size = _HEAD.unpack_from(packed)
            start = _HEAD.size + size
            index = json.loads(packed[_HEAD.size : start])
            stop = start + index["segment"]
            segment = Segment.unpack(packed[start:stop])
            prints = {}
            for name, length in sorted(index["prints"].items()):
                prints[name] = packed[stop : stop + length]
                stop += length
            findings = read_findings(index["findings"])
        except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
            message = "this is no take"
            raise ValueError(message) from error
        if magic != _MAGIC or stop != len(packed):
            message = "this is no take"
            raise ValueError(message)
        return cls(segment, findings, prints)
