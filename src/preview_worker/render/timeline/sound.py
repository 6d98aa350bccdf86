"""What a request says about sound as a whole: one narration for all, and music below it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from preview_worker.contract import PreviewRequest
from preview_worker.render.soundtrack import Music, Narration, SoundRef, Soundtrack
from preview_worker.render.timeline.fields import Located, as_text, number
from preview_worker.render.timeline.mastering import read_ducking, read_loudness
from preview_worker.render.timeline.voices import read_sound

ROOT = "/previewRequest"
MUSIC_GAIN = Fraction(12, 100)
"""The volume of music that names none, as upstream has it: about 18 dB below the narration."""
_MUSIC = ("backgroundMusic", "bgm", "music", "backgroundMusicFile")


def read_soundtrack(
    request: PreviewRequest, source: Located, items: object, fps: Fraction
) -> Soundtrack:
    """Read what ``request`` wants to be heard beside the narrations of its scenes.

    ``items`` are the scenes of ``source``, in whatever shape the payload has them.
    Raises ``PreviewError`` (OPTION) for a loudness or a ducking that cannot be had.
    """
    audio = Located(request.audio, f"{ROOT}/audio")
    options = Located(request.options, f"{ROOT}/options")
    return Soundtrack(
        narrations=_narrations(audio),
        music=_music(audio) or _music(source) or _scene_music(items, source, fps),
        ducking=read_ducking(audio, options),
        loudness=read_loudness(audio, options),
    )


def narration_assets(request: PreviewRequest, source: Located) -> list[Located]:
    """Return the records of ``narrationAssets``, wherever the request or its source has them."""
    extra = request.model_extra or {}
    places = (
        (request.audio.get("narrationAssets"), f"{ROOT}/audio/narrationAssets"),
        (extra.get("narrationAssets"), f"{ROOT}/narrationAssets"),
        (source.get("narrationAssets"), source.at("narrationAssets")),
    )
    return [record for records, where in places for record in _records(records, where)]


def _records(records: object, where: str) -> list[Located]:
    members = records if isinstance(records, list) else []
    return [
        Located(record, f"{where}/{index}")
        for index, record in enumerate(members)
        if isinstance(record, Mapping)
    ]


def _narrations(audio: Located) -> tuple[Narration, ...]:
    """Read one narration for all, or the voices of a mixing contract with their own starts.

    ``audioFile`` is used only if there is neither narration nor music, as upstream has it.
    """
    records = _records(audio.get("voice"), audio.at("voice"))
    if found := [(sound, record) for record in records if (sound := read_sound(record))]:
        return tuple(Narration(sound, _start(record)) for sound, record in found)
    names = ("narration",) if _music(audio) else ("narration", "audioFile")
    for name in names:
        if (sound := _sound(audio.get(name), audio.at(name))) is not None:
            return (Narration(sound),)
    return ()


def _start(record: Located) -> Fraction:
    return max(Fraction(0), number(record.get("startSec"), record.at("startSec")) or Fraction(0))


def _sound(value: object, where: str) -> SoundRef | None:
    if isinstance(value, Mapping):
        return read_sound(Located(value, where))
    name = value.strip() if isinstance(value, str) else ""
    return SoundRef((name,), where) if name else None


def _music(audio: Located) -> Music | None:
    for name in _MUSIC:
        value, where = audio.get(name), audio.at(name)
        if (sound := _sound(value, where)) is None:
            continue
        record = Located(value if isinstance(value, Mapping) else {}, where)
        entry = number(record.get("entrySec"), record.at("entrySec"))
        return Music(
            sound, _volume(record, "volume"), entry_s=max(Fraction(0), entry or Fraction(0))
        )
    return None


def _scene_music(items: object, source: Located, fps: Fraction) -> Music | None:
    """Read the music that the first scene to have one names: one bed is all there is."""
    for item in _records(items, source.at("scenes")):
        name = as_text(item.get("backgroundMusicFile")).strip()
        if name:
            field = "backgroundMusicStartFrom"
            start = number(item.get(field), item.at(field)) or Fraction(0)
            sound = SoundRef((name,), item.at("backgroundMusicFile"))
            gain = _volume(item, "backgroundMusicVolume")
            return Music(sound, gain, skip_s=max(Fraction(0), start) / fps)
    return None


def _volume(record: Located, field: str) -> Fraction:
    volume = number(record.get(field), record.at(field))
    return MUSIC_GAIN if volume is None else min(max(volume, Fraction(0)), Fraction(1))
