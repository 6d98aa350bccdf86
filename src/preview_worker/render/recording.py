"""The recording: everything that is heard of a preview, mixed, mastered, encoded and judged."""

from __future__ import annotations

import io
import json
import struct
from dataclasses import asdict, dataclass

from preview_worker.contract import Finding, LoudnessFacts, read_findings
from preview_worker.render import audio
from preview_worker.render.encode import (
    SoundPackets,
    decode_sound,
    encode_silence,
    encode_sound,
)
from preview_worker.render.model import Timeline
from preview_worker.render.soundtrack import samples_at

_HEAD = struct.Struct("<4sI")
_MAGIC = b"REC1"


@dataclass(frozen=True, slots=True)
class Recording:
    """A sound track, how loud it was found to be (None: silent), and what is worth telling."""

    sound: SoundPackets
    loudness: LoudnessFacts | None = None
    findings: tuple[Finding, ...] = ()

    def pack(self) -> bytes:
        """Return the recording as bytes that ``unpack`` reads."""
        loudness = None if self.loudness is None else asdict(self.loudness)
        told = {"loudness": loudness, "findings": [asdict(finding) for finding in self.findings]}
        head = json.dumps(told, ensure_ascii=True, sort_keys=True).encode()
        packed = io.BytesIO()
        packed.write(_HEAD.pack(_MAGIC, len(head)))
        packed.write(head)
        self.sound.write(packed)
        return packed.getvalue()

    @classmethod
    def unpack(cls, packed: bytes) -> Recording:
        """Read what ``pack`` wrote; raise ``ValueError`` for anything else."""
        try:
            magic, size = _HEAD.unpack_from(packed)
            told = json.loads(packed[_HEAD.size : _HEAD.size + size])
            loudness = None if told["loudness"] is None else LoudnessFacts(**told["loudness"])
            findings = read_findings(told["findings"])
            sound = SoundPackets.read(memoryview(packed)[_HEAD.size + size :])
        except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
            message = "this is no recording"
            raise ValueError(message) from error
        if magic != _MAGIC:
            message = "this is no recording"
            raise ValueError(message)
        return cls(sound, loudness, findings)


def record(timeline: Timeline, listener: audio.Listener) -> Recording:
    """Record what ``timeline`` wants to be heard; it may turn out to be silent."""
    container = timeline.profile.container
    track = audio.record_track(timeline, listener)
    if track is None:
        return Recording(silence(timeline))
    sound = encode_sound(container, track.reel(), _samples(timeline))
    heard = decode_sound(container, sound)
    loudness, findings = audio.judge_loudness(heard, timeline.sound.loudness)
    return Recording(sound, loudness, tuple(findings))


def silence(timeline: Timeline) -> SoundPackets:
    """Return a silent track of the preview's length."""
    return encode_silence(timeline.profile.container, _samples(timeline))


def _samples(timeline: Timeline) -> int:
    return samples_at(timeline.frames, timeline.profile.fps)
