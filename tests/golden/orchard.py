"""Orchard Owls, a game that does not exist, told in every shape in which requests come."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

NAME, SLUG = "Orchard Owls", "orchard-owls"
SEGMENTS = (
    (
        "hook",
        6.0,
        (
            "Soon you will know how to play Orchard Owls at your own table. It takes a minute "
            "and a half."
        ),
    ),
    (
        "game_identity",
        7.0,
        (
            "Orchard Owls is a game for two to five players, and for long evenings. One game of"
            " it takes half an hour."
        ),
    ),
    (
        "objective",
        7.0,
        (
            "Guide your owls home with more ripe pears than anybody else at the table. You have"
            " until the sun rises."
        ),
    ),
    (
        "components",
        8.0,
        (
            "In the box you find fifty pear tiles, ten owls in five colours and five branches. "
            "One moon of painted wood lies there as well."
        ),
    ),
    (
        "setup",
        10.0,
        (
            "Shuffle the tiles into a grid of five by five, face down. Put the moon on the "
            "first branch. Everybody takes two owls of one colour. Everybody takes a branch to "
            "land on as well."
        ),
    ),
    (
        "turn_structure",
        10.0,
        (
            "On your turn, fly one owl over tiles in a straight line. Look at the tile below "
            "it, and at nothing else. Take the pear if it is ripe, or leave it there for later."
        ),
    ),
    (
        "core_mechanic",
        10.0,
        (
            "Pears ripen while the moon moves through the night. Push it along whenever a "
            "branch is full of pears. Then turn all pears beside it to their golden side."
        ),
    ),
    (
        "scoring",
        9.0,
        (
            "A golden pear is worth three points in the end. A green one is worth a single "
            "point. Four different pears on one branch give you five points more."
        ),
    ),
    (
        "edge_cases",
        8.0,
        (
            "Two owls may share a tile for as long as they like. Only the first of them may eat"
            " there. Nobody flies over the moon twice."
        ),
    ),
    (
        "recap",
        7.0,
        (
            "Fly in a line, look below, and take what is ripe. Golden pears count three points,"
            " all others count one."
        ),
    ),
    (
        "end_card",
        5.0,
        "Now you can play Orchard Owls. Have a good night at the table!",
    ),
)
"""Section, seconds, and what is said: 87 seconds."""
TITLES = {
    "hook": "Orchard Owls",
    "game_identity": "The game",
    "objective": "Your goal",
    "components": "What is in the box",
    "setup": "Setting up",
    "turn_structure": "Your turn",
    "core_mechanic": "Ripening pears",
    "scoring": "Scoring",
    "edge_cases": "Special cases",
    "recap": "In short",
    "end_card": "Ready to play",
}
STORYBOARD_TYPES = {
    "hook": "intro",
    "components": "components_overview",
    "turn_structure": "turn_flow",
    "scoring": "scoring_summary",
    "end_card": "end_card",
}
GAME = {
    "gameId": SLUG,
    "gameName": NAME,
    "playerCount": {"min": 2, "max": 5},
    "duration": "30 minutes",
    "designer": "Nobody Yet",
    "objective": "Guide your owls home with more ripe pears than anybody else.",
    "components": [
        {"name": "pear tiles", "quantity": 50},
        {"name": "owls", "quantity": 10},
        {"name": "moon", "quantity": 1},
    ],
    "setup": [
        "Shuffle the tiles into a grid of five by five.",
        "Put the moon on the first branch.",
        "Everybody takes two owls.",
    ],
    "turnStructure": {
        "phases": ["Fly", "Look", "Take"],
        "description": "Fly one owl in a line and look at the tile below it.",
        "endCondition": "The game ends when the moon reaches the last branch.",
    },
    "coreMechanic": {
        "name": "Ripening",
        "description": "When a branch is full, move the moon and turn the pears beside it.",
    },
    "scoring": {
        "description": "A golden pear scores 3 points. A green pear scores 1 point.",
        "winCondition": "The player with the most points wins.",
    },
    "edgeCases": [
        "Two owls may share a tile, but only the first may eat there.",
        "Nobody flies over the moon twice in one turn.",
    ],
}


def requests() -> dict[str, Json]:
    """Return a preview request in every shape by the shape's name."""
    inner = SEGMENTS[1:-1]
    steps = [_step(kind, seconds, text) for kind, seconds, text in inner]
    return {
        "game": {"game": GAME},
        "script": {"title": NAME, "script": {"segments": [_segment(*one) for one in SEGMENTS]}},
        "storyboard": {"storyboard": _storyboard()},
        "renderConfig": {"renderConfig": _config()},
        "steps": {"title": NAME, "description": SEGMENTS[0][2], "steps": steps},
        "chapter": {"chapter": {"id": "c1", "title": NAME, "steps": steps}},
        "chapters": {
            "title": NAME,
            "chapters": [
                {"id": "begin", "title": "Before the game", "steps": steps[:4]},
                {"id": "play", "title": "Round by round", "steps": steps[4:]},
            ],
        },
    }


def _segment(kind: str, seconds: float, text: str) -> Json:
    return {"id": f"segment-{kind}", "type": kind, "narration": text, "durationSec": seconds}


def _step(kind: str, seconds: float, text: str) -> Json:
    title = TITLES[kind]
    return {"id": kind, "type": kind, "title": title, "body": text, "durationSec": seconds}


def _storyboard() -> Json:
    place = {"x": 0.1, "y": 0.35, "width": 0.8, "height": 0.3}
    scenes = [
        {
            "id": f"scene-{kind}",
            "index": index,
            "segmentId": f"segment-{kind}",
            "type": STORYBOARD_TYPES.get(kind, "setup_step"),
            "prevSceneId": f"scene-{SEGMENTS[index - 1][0]}" if index else None,
            "nextSceneId": f"scene-{SEGMENTS[index + 1][0]}" if SEGMENTS[index + 1 :] else None,
            "durationSec": seconds,
            "visuals": [],
            "overlays": [
                {"id": kind, "text": text, "placement": place, "startSec": 0, "endSec": seconds}
            ],
        }
        for index, (kind, seconds, text) in enumerate(SEGMENTS)
    ]
    return {
        "storyboardContractVersion": "1.1.0",
        "game": {"slug": SLUG, "name": NAME},
        "resolution": {"width": 1920, "height": 1080, "fps": 30},
        "scenes": scenes,
    }


def _config() -> Json:
    scenes = [
        {
            "id": f"segment-{kind}",
            "durationSec": seconds,
            "background": {"color": "#1e293b"},
            "overlays": [
                {"type": "heading", "text": TITLES[kind], "position": "upper"},
                {"type": "body", "text": text, "position": "center"},
            ],
        }
        for kind, seconds, text in SEGMENTS
    ]
    video = {"resolution": {"width": 1920, "height": 1080}, "fps": 30}
    return {"projectId": SLUG, "gameName": NAME, "video": video, "scenes": scenes}
