"""What the benchmarks render: tutorials of invented games, as the producers would send them.

``text_request`` has the structure of the scripts that the tutorial generator writes: a hook, what
the game is, its parts, its rules, a recap and an end card; eleven segments, 85 seconds.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

GAME = "Clockwork Orchard"
PROJECT = "benchmark"

_SEGMENTS: tuple[tuple[str, float, str], ...] = (
    ("hook", 6.0, f"In the next minute and a half you learn to play {GAME}, and to win it."),
    ("game_identity", 5.5, f"Game: {GAME}. Players: 2–5 players. Duration: 35 minutes."),
    ("objective", 6.0, "Grow the finest mechanical trees and sell their brass fruit at the fair."),
    (
        "components",
        6.5,
        "You will need: 72 Gear cards, 5 Orchard boards, 48 Brass fruit, 1 Fair board, 2 Dice.",
    ),
    (
        "setup",
        11.0,
        (
            "Step 1: Give every player an orchard board and 3 brass fruit. "
            "Step 2: Shuffle the 72 gear cards and deal 4 to each player. "
            "Step 3: Lay 6 more gear cards face-up beside the fair board. "
            "Step 4: Whoever climbed a tree most recently takes the dice and begins."
        ),
    ),
    (
        "turn_structure",
        10.0,
        (
            "On your turn, roll both dice, then wind one of your trees or build a new gear. "
            "Each turn has 3 phases: Roll, Wind, Harvest. "
            "The game ends when the last brass fruit has left the supply."
        ),
    ),
    (
        "core_mechanic",
        8.0,
        (
            "The core mechanic is Engine Building. A tree bears fruit for each gear that turns "
            "with it. Gears of one colour turn together; a copper gear joins any two colours."
        ),
    ),
    (
        "scoring",
        10.0,
        (
            "Sell your harvest whenever the fair opens. Three fruit of one tree score 7 points. "
            "A fruit of every tree scores 4 points. Single fruit score 1 point. "
            "The player with the most points wins. Ties are broken by gears still turning."
        ),
    ),
    (
        "edge_cases",
        9.5,
        (
            "A few things to watch out for: If both dice show the same number, the fair opens. "
            "A jammed tree keeps its gears, but bears nothing until it is wound again."
        ),
    ),
    (
        "recap",
        7.5,
        (
            f"That's everything you need to start playing {GAME}. Remember: grow the finest trees, "
            "and sell before the fair closes."
        ),
    ),
    ("end_card", 5.0, f"You're ready to play {GAME}!"),
)


def text_request(
    scenes: int = len(_SEGMENTS), resolution: str = "1920x1080", edition: int = 1
) -> Json:
    """Return a request of ``scenes`` segments: the tutorial once, and more rounds of its middle.

    Every segment names its round and ``edition``, so that no scene was ever rendered before.
    """
    first, *middle, last = _SEGMENTS
    told = [first, *(middle[n % len(middle)] for n in range(scenes - 2)), last]
    rounds = [1 + number // len(middle) for number in range(scenes)]
    return {
        **_request(resolution),
        "script": {
            "segments": [
                _segment(number, kind, seconds, f"{words} Edition {edition}.{turn}.")
                for number, ((kind, seconds, words), turn) in enumerate(
                    zip(told, rounds, strict=True)
                )
            ],
            "metadata": {"gameName": GAME, "segmentCount": scenes},
        },
        "audio": {},
    }


def edited(request: Json) -> Json:
    """Return a copy of a text request with one word more in the scene before the last."""
    segments = [dict(segment) for segment in request["script"]["segments"]]
    segments[-2]["narration"] += " Enjoy!"
    return {**request, "script": {**request["script"], "segments": segments}}


def _request(resolution: str) -> Json:
    return {
        "title": f"How to play {GAME}",
        "description": "Written by the benchmark",
        "steps": [],
        "assets": [],
        "options": {"resolution": resolution, "format": "mp4", "includeCaptions": True},
        "metadata": {},
    }


def _segment(number: int, kind: str, duration_s: float, words: str) -> Json:
    return {
        "id": f"segment-{number}-{kind}",
        "type": kind,
        "narration": words,
        "durationSec": duration_s,
        "sourceRef": kind,
        "confidence": 1,
    }


def as_job(request: Json, job_id: str) -> Json:
    """Return the payload of a job that asks for ``request``."""
    return {
        "jobId": job_id,
        "projectId": PROJECT,
        "requestId": job_id,
        "previewRequest": request,
        "dryRun": False,
        "priority": "normal",
        "attempts": 0,
    }


MOVING_S = 5
"""How long a scene of ``motion_request`` lasts; its zoom lasts as long."""
ZOOM_S = 4
"""How long a motion of a storyboard may last."""
STAGED_S = 8
"""How long a scene of ``storyboard_request`` lasts, as scenes of tutorials do: then it is held."""
_ZOOM = (1.0, 1.15)


def motion_request(scenes: int = 6, resolution: str = "1280x720", edition: int = 1) -> Json:
    """Return scenes that zoom from their first frame to their last, with narration and music."""
    return {
        **_request(resolution),
        "renderConfig": {
            "projectId": PROJECT,
            "video": {"fps": 30},
            "scenes": [_zooming(number, edition) for number in range(scenes)],
        },
        "audio": {"backgroundMusic": {"file": "music.wav", "volume": 0.12}},
    }


def storyboard_request(scenes: int = 10, resolution: str = "1280x720", edition: int = 1) -> Json:
    """Return a storyboard whose scenes zoom for as long as they may, with narration and music."""
    width, height = (int(side) for side in resolution.split("x"))
    return {
        **_request(resolution),
        "storyboard": {
            "storyboardContractVersion": "1.1.0",
            "game": {"slug": "clockwork-orchard", "name": GAME},
            "resolution": {"width": width, "height": height, "fps": 30},
            "scenes": [_staged(number, scenes, edition) for number in range(scenes)],
        },
        "audio": {"backgroundMusic": {"file": "music.wav", "volume": 0.12}},
    }


def _zooming(number: int, edition: int) -> Json:
    words = _SEGMENTS[number % len(_SEGMENTS)][2]
    start, end = _ZOOM if number % 2 == 0 else _ZOOM[::-1]
    return {
        "id": f"scene-{number}",
        "durationSec": MOVING_S,
        "background": {"image": board_name(number)},
        "overlays": [{"type": "title", "text": f"Part {edition}.{number + 1}", "position": "top"}],
        "narrationText": words,
        "audio": {"file": voice_name(number)},
        "motion": {"type": "slow-zoom", "startScale": min(start, end), "endScale": max(start, end)},
    }


def _staged(number: int, scenes: int, edition: int) -> Json:
    start, end = _ZOOM
    return {
        "id": f"scene-{number}",
        "index": number,
        "segmentId": f"segment-{number}",
        "type": "setup_step",
        "prevSceneId": f"scene-{number - 1}" if number else None,
        "nextSceneId": f"scene-{number + 1}" if number + 1 < scenes else None,
        "durationSec": STAGED_S,
        "audio": {"file": voice_name(number)},
        "visuals": [
            {
                "id": f"visual-{number}",
                "assetId": board_name(number),
                "placement": {"x": 0.1, "y": 0.34, "width": 0.8, "height": 0.6},
                "layer": 1,
                "motion": {
                    "type": "zoom",
                    "startSec": 0,
                    "endSec": ZOOM_S,
                    "easing": "easeInOutCubic",
                    "from": start,
                    "to": end,
                },
            }
        ],
        "overlays": [
            {
                "id": f"overlay-{number}",
                "text": f"{edition}. {_SEGMENTS[number % len(_SEGMENTS)][2]}",
                "placement": {"x": 0.05, "y": 0.05, "width": 0.9, "height": 0.25},
                "startSec": 0,
                "endSec": STAGED_S,
            }
        ],
    }


def board_name(number: int) -> str:
    """Return the file name of a scene's picture."""
    return f"board-{number}.png"


def voice_name(number: int) -> str:
    """Return the file name of a scene's narration."""
    return f"voice-{number}.wav"
