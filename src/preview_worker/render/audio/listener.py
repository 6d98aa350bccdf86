"""Somebody who listens to each sound once: how long it is, how loud, and whether it is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.audio.decode import Block, decode, too_long
from preview_worker.render.audio.gauge import Gauge
from preview_worker.render.settings import RenderSettings
from preview_worker.render.soundtrack import SAMPLE_RATE, SoundRef

REMEMBERED_SAMPLES = 8_000_000
"""Samples, of all sounds together, that are kept rather than decoded again: 64 MB, 166 s."""


class SoundSource(Protocol):
    """Somebody who can open what a payload refers to."""

    def open(self, ref: SoundRef) -> AbstractContextManager[int]:
        """Open what is behind ``ref`` for as long as the context lasts; return a descriptor."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What listening to a sound told. ``cut`` is true when it goes on after ``samples``."""

    samples: int
    lufs: float
    heard: bool
    cut: bool = False


class Notebook(Protocol):
    """Somebody who knows what was heard in earlier renders."""

    def find(self, sound: SoundRef, most: int) -> Heard | None:
        """Return what listening to the first ``most`` samples told; None when nobody knows."""

    def note(self, sound: SoundRef, most: int, heard: Heard) -> None:
        """Write down what listening to the first ``most`` samples told."""


class Listener:
    """Listens to the sounds of one render and remembers the short ones."""

    def __init__(
        self, source: SoundSource, settings: RenderSettings, notebook: Notebook | None = None
    ) -> None:
        """Read sounds from ``source``, unless ``notebook`` knows them."""
        self._source = source
        self._notebook = notebook
        self._short = settings.max_sound_s * SAMPLE_RATE
        self._long = settings.max_duration_s * SAMPLE_RATE
        self._heard: dict[tuple[str, ...], Heard | None] = {}
        self._kept: dict[tuple[str, ...], list[Block]] = {}
        self._free = REMEMBERED_SAMPLES

    def length_s(self, sound: SoundRef) -> Fraction | None:
        """Return how long the narration of a scene lasts; None when it is missing."""
        heard = self.hear(sound)
        return None if heard is None else Fraction(heard.samples, SAMPLE_RATE)

    def hear(self, sound: SoundRef) -> Heard | None:
        """Listen to the narration of a scene; None when it is missing.

        Raises ``PreviewError`` with an asset code for what may not or cannot be heard, and
        (SOUND_LIMITS) for what is too long.
        """
        return self._once(sound, self._short, strict=True)

    def hear_whole(self, sound: SoundRef) -> Heard | None:
        """Listen to a narration of the whole preview, which may be as long as a preview."""
        return self._once(sound, self._long, strict=True)

    def hear_music(self, sound: SoundRef) -> Heard | None:
        """Listen to music; of a long piece only the beginning is used."""
        return self._once(sound, self._short, strict=False)

    def _once(self, sound: SoundRef, most: int, *, strict: bool) -> Heard | None:
        key = sound.candidates
        if key not in self._heard:
            try:
                self._heard[key] = self._known(sound, most, strict=strict)
            except PreviewError as error:
                if error.code is not ErrorCode.ASSET_MISSING:
                    raise
                self._heard[key] = None
        heard = self._heard[key]
        if heard is not None and strict and heard.cut:
            raise too_long(sound, most // SAMPLE_RATE)
        return heard

    def _known(self, sound: SoundRef, most: int, *, strict: bool) -> Heard:
        if self._notebook is None:
            return self._listen(sound, most, strict=strict)
        heard = self._notebook.find(sound, most)
        if heard is None:
            heard = self._listen(sound, most, strict=strict)
            self._notebook.note(sound, most, heard)
        return heard

    def _listen(self, sound: SoundRef, most: int, *, strict: bool) -> Heard:
        gauge, kept, samples = Gauge(between=False), list[Block](), 0
        with self._source.open(sound) as descriptor:
            for block in decode(descriptor, sound, most // SAMPLE_RATE if strict else None):
                fitting = block[:, : most - samples]
                samples += fitting.shape[1]
                gauge.observe(fitting)
                if samples <= self._free:
                    kept.append(fitting)
                if fitting.shape[1] < block.shape[1]:
                    reading = gauge.finish()
                    return Heard(samples, reading.lufs, reading.heard, cut=True)
        if samples <= self._free:
            self._kept[sound.candidates] = kept
            self._free -= samples
        reading = gauge.finish()
        return Heard(samples, reading.lufs, reading.heard)

    def play(self, sound: SoundRef) -> Iterator[Block]:
        """Yield the samples of a sound that was listened to, from its first one."""
        if (kept := self._kept.get(sound.candidates)) is not None:
            yield from kept
            return
        with self._source.open(sound) as descriptor:
            yield from decode(descriptor, sound)
