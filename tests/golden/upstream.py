"""What Mobius' own tools look for in a tutorial's folder, written anew from what they check.

Four of them: the artifact validator with its contract for arbitrary jobs, the visual QA validator,
the storyboard checker, and the quality scorer with its hundred points.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

Json = dict[str, Any]

CORE = (
    "preview.mp4",
    "script.json",
    "storyboard.json",
    "captions.srt",
    "render-config.json",
    "manifest.json",
    "ffprobe.json",
)
MIN_MP4_BYTES = 10_240
SCENE_KEYS = {
    "id",
    "index",
    "segmentId",
    "type",
    "durationSec",
    "visuals",
    "overlays",
    "prevSceneId",
    "nextSceneId",
}
SCENE_TYPES = {
    "intro",
    "components_overview",
    "setup_step",
    "turn_flow",
    "scoring_summary",
    "end_card",
    "transition",
}
OVERLAY_KEYS = {"id", "text", "placement", "startSec", "endSec"}
VISUAL_KEYS = {"id", "assetId", "placement", "layer"}
MOTION_KEYS = {
    "type",
    "startSec",
    "endSec",
    "easing",
    "from",
    "to",
    "anchor",
    "minScale",
    "maxScale",
}
MOTION_TYPES = {"fade", "slide", "zoom", "pulse"}
EASINGS = {"linear", "easeInOutCubic", "easeOutQuad", None}
SAFE = 0.05
TINY = 1e-5
"""Documents hold seconds with six decimal places."""


def read(folder: Path, name: str) -> Any:
    """Return a JSON document of the folder."""
    return json.loads((folder / name).read_bytes())


def cue_count(folder: Path) -> int:
    """Return how many cues the SRT file has, by its numbers."""
    text = (folder / "captions.srt").read_text(encoding="utf-8")
    return len(re.findall(r"^\d+\n\d\d:\d\d:\d\d,\d{3} --> ", text, re.MULTILINE))


def artifact_faults(folder: Path, game_id: str, seconds: tuple[float, float]) -> list[str]:
    """Return what the artifact validators would complain of; ``seconds`` is the allowed range."""
    missing = [name for name in CORE if not (folder / name).is_file() or not _size(folder, name)]
    return [f"{name} is missing" for name in missing] or [
        fault for fault, holds in _artifact_checks(folder, game_id, seconds) if not holds
    ]


def _size(folder: Path, name: str) -> int:
    return (folder / name).stat().st_size


def _artifact_checks(
    folder: Path, game_id: str, seconds: tuple[float, float]
) -> Iterator[tuple[str, bool]]:
    yield from _media_checks(folder, seconds)
    yield from _script_checks(folder)
    yield from _config_checks(folder)
    manifest = read(folder, "manifest.json")
    parts = ("generatedAt", "script", "storyboard", "captions", "render")
    yield "the manifest lacks a part", all(manifest.get(name) for name in parts)
    yield "the manifest names another game", manifest["game"]["id"] == game_id
    yield "the game has no name", bool(manifest["game"]["name"])
    yield "the slug is another", manifest["fixtureSlug"] == game_id


def _media_checks(folder: Path, seconds: tuple[float, float]) -> Iterator[tuple[str, bool]]:
    told = read(folder, "ffprobe.json")
    kinds = {stream["codec_type"]: stream for stream in told["streams"]}
    video, audio = kinds["video"], kinds["audio"]
    above, _, below = video["avg_frame_rate"].partition("/")
    yield "the video is too small a file", _size(folder, "preview.mp4") >= MIN_MP4_BYTES
    yield "the video is not H.264", video["codec_name"] == "h264"
    yield "the size is not 1920x1080", (video["width"], video["height"]) == (1920, 1080)
    yield "the frame rate is not 28 to 32", 28 <= int(above) / int(below) <= 32
    yield "the sound is not AAC", audio["codec_name"] == "aac"
    yield "there are fewer than two streams", told["format"]["nb_streams"] >= 2
    yield (
        "the duration is out of range",
        seconds[0] <= float(told["format"]["duration"]) <= seconds[1],
    )


def _script_checks(folder: Path) -> Iterator[tuple[str, bool]]:
    segments = read(folder, "script.json")["segments"]
    scenes = read(folder, "storyboard.json")["scenes"]
    video_s = float(read(folder, "ffprobe.json")["format"]["duration"])
    board_s = sum(scene["durationSec"] for scene in scenes)
    srt = (folder / "captions.srt").read_text(encoding="utf-8")
    told = ("id", "narration", "durationSec")
    yield "there are fewer than ten segments", len(segments) >= 10
    yield "a segment says nothing", all(all(one.get(name) for name in told) for one in segments)
    yield "there are fewer than ten scenes", len(scenes) >= 10
    yield "storyboard and video differ by ten seconds", abs(board_s - video_s) <= 10
    yield "there are fewer than twenty cues", cue_count(folder) >= 20
    yield "the first cue is not number 1", srt.startswith("1\n")


def _config_checks(folder: Path) -> Iterator[tuple[str, bool]]:
    config = read(folder, "render-config.json")
    resolution = config["video"]["resolution"]
    yield "the render-config has no project", bool(config["projectId"])
    yield "its resolution is no size", min(resolution["width"], resolution["height"]) > 0
    yield "its frame rate is none", config["video"]["fps"] > 0
    yield (
        "one of its scenes lacks something",
        all(one["id"] and one["durationSec"] > 0 and one["background"] for one in config["scenes"]),
    )
    yield "it speaks without a sound", all("narrationText" not in one for one in config["scenes"])


def review_faults(folder: Path) -> list[str]:
    """Return what the visual QA validator would complain of."""
    told = read(folder, "visual-qa/visual-qa-manifest.json")
    names = [f"frame-{number:02}.jpg" for number in range(1, 9)]
    stamps = told["timestamps"]
    on_disk = [f"visual-qa/frames/{name}" for name in names] + ["visual-qa/contact-sheet.jpg"]
    checks = {
        "a picture is missing": all((folder / name).is_file() for name in on_disk),
        "the count is not eight": told["frameCount"] == len(stamps) == 8,
        "times do not grow": all(a < b for a, b in pairwise([0, *stamps, told["videoDuration"]])),
        "the grid is not 4 by 2": told["grid"] == {"cols": 4, "rows": 2},
        "the sheet has another name": told["contactSheet"] == "contact-sheet.jpg",
        "FFmpeg has no version": bool(told["ffmpegVersion"]),
        "frames are listed otherwise": [one["name"] for one in told["frames"]] == names,
        "frames have other times": [one["timestamp"] for one in told["frames"]] == stamps,
    }
    return [fault for fault, holds in checks.items() if not holds]


def storyboard_faults(folder: Path) -> list[str]:
    """Return breaches of storyboard contract 1.1.0, its closed schema and its checker's rules."""
    board = read(folder, "storyboard.json")
    scenes = board["scenes"]
    faults = [] if board["storyboardContractVersion"] == "1.1.0" else ["another version"]
    if set(board) != {"storyboardContractVersion", "game", "resolution", "scenes"}:
        faults.append("the root has other keys")
    if set(board["game"]) != {"slug", "name"}:
        faults.append("the game has other keys")
    if set(board["resolution"]) != {"width", "height", "fps"}:
        faults.append("the resolution has other keys")
    ids = [scene["id"] for scene in scenes]
    if [scene["prevSceneId"] for scene in scenes] != [None, *ids[:-1]]:
        faults.append("a link back leads astray")
    if [scene["nextSceneId"] for scene in scenes] != [*ids[1:], None]:
        faults.append("a link forward leads astray")
    if [scene["index"] for scene in scenes] != sorted(scene["index"] for scene in scenes):
        faults.append("indices go down")
    if len({*ids}) != len(ids):
        faults.append("two scenes have one id")
    return faults + [fault for scene in scenes for fault in _scene_faults(scene)]


def _scene_faults(scene: Json) -> Iterator[str]:
    where, length_s = scene["id"], scene["durationSec"]
    if set(scene) != SCENE_KEYS or scene["type"] not in SCENE_TYPES:
        yield f"{where} has other keys or another type"
    if length_s < 1:
        yield f"{where} is shorter than a second"
    faults = [
        *(fault for overlay in scene["overlays"] for fault in _overlay_faults(overlay, length_s)),
        *(
            "a visual with other keys"
            for visual in scene["visuals"]
            if not is_visual(visual, length_s)
        ),
    ]
    yield from (f"{where} has {fault}" for fault in faults)


def is_visual(visual: Json, length_s: float) -> bool:
    """Tell whether a visual has the keys of the contract, and moves within its scene if at all."""
    motion = visual.get("motion")
    own = set(visual) - {"motion"} == VISUAL_KEYS and bool(visual["assetId"])
    return own and visual["layer"] >= 0 and (motion is None or _is_motion(motion, length_s))


def _is_motion(motion: Json, length_s: float) -> bool:
    known = motion["type"] in MOTION_TYPES and motion["easing"] in EASINGS
    timed = 0 <= motion["startSec"] < motion["endSec"] <= length_s
    return set(motion) <= MOTION_KEYS and known and bool(timed)


def _overlay_faults(overlay: Json, length_s: float) -> Iterator[str]:
    if set(overlay) != OVERLAY_KEYS or not overlay["text"]:
        yield "an overlay with other keys or without words"
    if not 0 <= overlay["startSec"] < overlay["endSec"] <= length_s:
        yield "an overlay outside its time"
    if not _is_safe(overlay["placement"]):
        yield "an overlay outside the safe area"


def _is_safe(place: dict[str, float]) -> bool:
    right, bottom = place["x"] + place["width"], place["y"] + place["height"]
    return min(place["x"], place["y"], 1 - right, 1 - bottom) >= SAFE - TINY
