"""Which narration belongs to a step or scene: its own fields, or a narration asset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from preview_worker.render.soundtrack import Lengths, SoundRef
from preview_worker.render.timeline.fields import Located, as_text
from preview_worker.render.timeline.pictures import PLACES

FILES = ("file", *PLACES)
ADDRESSES = ("url", "src")
TAIL_S = Fraction(1, 2)
"""How long a scene stays when its narration has ended and nothing else says how long it lasts."""
SCENE_FIELDS = ("audio", "audioFile", "narrationAudio")


class Voices:
    """Finds the narrations of scenes, and tells how long they last."""

    def __init__(self, assets: Sequence[Located], lengths: Lengths) -> None:
        """Index the narration assets by the scenes and segments that they name."""
        self._lengths = lengths
        self._by_id: dict[str, Located] = {}
        self._by_scene: dict[str, Located] = {}
        self._by_segment: dict[str, Located] = {}
        for asset in assets:
            for names, index in (
                ("id", self._by_id),
                ("sceneId", self._by_scene),
                ("segmentId", self._by_segment),
            ):
                if key := as_text(asset.get(names)):
                    index.setdefault(key, asset)

    def of(self, item: Located) -> SoundRef | None:
        """Return the narration of ``item``, or None when the payload names none."""
        for name in SCENE_FIELDS:
            if (sound := self._named(item.get(name), item.at(name))) is not None:
                return sound
        for index, names in (
            (self._by_scene, ("id", "sceneId")),
            (self._by_segment, ("segmentId", "id")),
        ):
            for name in names:
                if asset := index.get(as_text(item.get(name))):
                    return read_sound(asset)
        return None

    def _named(self, value: object, where: str) -> SoundRef | None:
        if isinstance(value, Mapping):
            record = Located(value, where)
            if (sound := read_sound(record)) is not None:
                return sound
            value = record.get("assetId")
        name = as_text(value).strip()
        if asset := self._by_id.get(name):
            return read_sound(asset)
        return SoundRef((name,), where) if name else None

    def length_s(self, sound: SoundRef | None) -> Fraction | None:
        """Return how long a scene with this narration has to be; None when that is not known."""
        length = None if sound is None else self._lengths(sound)
        return length + TAIL_S if length else None


def read_sound(record: Located) -> SoundRef | None:
    """Read where a record says that its sound lies; one that is still pending lies nowhere."""
    for fields in (FILES, ADDRESSES):
        texts = [record.get(field) for field in fields]
        if found := tuple(text for text in texts if isinstance(text, str) and text.strip()):
            return SoundRef(found, record.where)
    if as_text(record.get("status")).strip().lower() == "pending":
        return SoundRef((), record.where)
    return None
