"""The trials: texts against the peers, moving scenes, a long tutorial, the first look, quality."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import av

from benchmarks import media
from benchmarks.airtime import first_segment_s
from benchmarks.album import paint_album
from benchmarks.contest import gather_peers
from benchmarks.errand import run_errand
from benchmarks.figures import Run, Series, spread
from benchmarks.payloads import (
    MOVING_S,
    Json,
    as_job,
    board_name,
    edited,
    motion_request,
    storyboard_request,
    text_request,
    voice_name,
)
from benchmarks.press import Press, Proof
from benchmarks.quality import compare_quality

Figures = dict[str, Any]
MUSIC_S = 30
LONG_EDITION, LIVE_EDITION = 100, 200
"""Where the editions of these trials begin, so that none shares a scene with another trial."""
HELD_BYTES = 64
"""A packet that repeats the picture before it is smaller."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured."""

    repeats: int
    text_size: str
    moving_size: str
    scenes: int
    zooming_scenes: int
    staged_scenes: int
    long_scenes: int
    judged_scenes: int


@dataclass(frozen=True, slots=True)
class Trials:
    """All trials of one run on one press; other files go below ``folder``."""

    scale: Scale
    press: Press
    folder: Path

    def texts(self) -> tuple[list[Series], Figures]:
        """Let ours and the peers take turns on a text tutorial; return all series, ours first."""
        album = paint_album(self._text(0), self.folder / "album")
        peers, missing = gather_peers(album)
        names = ("ours, cold", "ours, one scene edited", "ours, unchanged", "ours, whole command")
        ours = [Series(name) for name in names]
        theirs = [Series(peer.name) for peer in peers]
        for turn in self._turns:
            watched = turn == 1
            self._print(ours, turn, watched=watched)
            ours[3].runs.append(self._command(turn, watched=watched))
            for peer, series in zip(peers, theirs, strict=True):
                series.runs.append(peer.render(watched=watched))
        return [*ours, *theirs], missing

    @property
    def _turns(self) -> range:
        return range(1, self.scale.repeats + 1)

    def _text(self, edition: int, scenes: int | None = None) -> Json:
        return text_request(scenes or self.scale.scenes, self.scale.text_size, edition)

    def _print(self, ours: list[Series], turn: int, *, watched: bool) -> None:
        """Render a new edition, then one with an edited scene, then the first one again."""
        cold, warm, same = ours[:3]
        request = self._text(turn)
        cold.runs.append(self.press.render(request, f"cold-{turn}", watched=watched).run)
        warm.runs.append(self.press.render(edited(request), f"edited-{turn}", watched=watched).run)
        again = self.press.render(request, f"cold-{turn}", watched=watched)
        assert again.skipped, "an unchanged preview was rendered again"
        same.runs.append(again.run)

    def _command(self, turn: int, *, watched: bool) -> Run:
        """Run ``preview-worker render`` from nothing: interpreter, libraries, fonts and all."""
        payload, out = self.folder / "command.json", self.folder / "command"
        payload.write_text(json.dumps(as_job(self._text(turn), f"command-{turn}")))
        shutil.rmtree(out, ignore_errors=True)
        command = (sys.executable, "-m", "preview_worker", "render", str(payload))
        run, _ = run_errand((*command, "--out", str(out), "--json"), self.folder, watched=watched)
        return replace(run, video_bytes=(out / "preview.mp4").stat().st_size)

    def moving(self) -> tuple[list[Series], Figures]:
        """Render scenes that zoom all the time; return the series and how fast they are."""
        scale, found, told = self.scale, [], {}
        kinds: dict[str, Callable[[int], Json]] = {
            "zooming": lambda n: motion_request(scale.zooming_scenes, scale.moving_size, n),
            "storyboard": lambda n: storyboard_request(scale.staged_scenes, scale.moving_size, n),
        }
        for kind, request in kinds.items():
            proofs = [
                self.press.render(request(turn), f"{kind}-{turn}", watched=turn == 1)
                for turn in self._turns
            ]
            series = Series(f"ours, {kind}", [proof.run for proof in proofs])
            found.append(series)
            told[kind] = {**_moved(proofs[-1], series.wall_s), **series.figures()}
        return found, told

    def growth(self, short: Series) -> tuple[Series, Figures]:
        """Render a long tutorial; compare its cost with that of the short one."""
        series = Series(f"ours, {self.scale.long_scenes} scenes")
        for turn in self._turns:
            request = self._text(LONG_EDITION + turn, self.scale.long_scenes)
            proof = self.press.render(request, f"long-{turn}", watched=turn == 1)
            series.runs.append(proof.run)
        more = self.scale.long_scenes / self.scale.scenes
        return series, {
            "scenes": [self.scale.scenes, self.scale.long_scenes],
            "time_ratio_per_scene": round(series.wall_s / short.wall_s / more, 3),
            "cpu_ratio_per_scene": round(series.cpu_s / short.cpu_s / more, 3),
            "memory_ratio": round(series.peak_mib / short.peak_mib, 3),
        }

    def live(self) -> Figures:
        """Measure how soon the first live segment is there."""
        found = [
            first_segment_s(self.press, self._text(LIVE_EDITION + turn), f"live-{turn}")
            for turn in self._turns
        ]
        seen = [one for one in found if one is not None]
        if not seen:
            return {"first_segment_s": None, "why": "no live playlist appeared"}
        return {"first_segment_s": spread(seen), "missed": len(found) - len(seen)}

    def quality(self) -> Figures:
        """Compare picture quality and size with x264 on a shorter text tutorial."""
        request = self._text(0, self.scale.judged_scenes)
        album = paint_album(request, self.folder / "judged")
        ours = self.press.render(request, "judged").folder / "preview.mp4"
        return compare_quality(album, ours, self.folder / "judged")


def make_media(folder: Path, scale: Scale) -> Path:
    """Draw the pictures and make the sounds of the moving scenes; return their folder."""
    folder.mkdir()
    for number in range(max(scale.zooming_scenes, scale.staged_scenes)):
        media.draw_board(folder / board_name(number), number)
    for number in range(max(scale.zooming_scenes, scale.staged_scenes)):
        media.speak(folder / voice_name(number), MOVING_S - 0.4, number)
    media.play(folder / "music.wav", MUSIC_S)
    return folder


def _moved(proof: Proof, wall_s: float) -> Figures:
    """Tell how many times faster than it plays the preview was made, and how much of it moves."""
    with av.open(str(proof.folder / "preview.mp4")) as file:
        sizes = [packet.size for packet in file.demux(video=0) if packet.pts is not None]
        video_s = float(len(sizes) / (file.streams.video[0].average_rate or 1))
    return {
        "video_s": round(video_s, 3),
        "times_real_time": round(video_s / wall_s, 2),
        "moving_share": round(sum(size > HELD_BYTES for size in sizes) / len(sizes), 3),
    }
