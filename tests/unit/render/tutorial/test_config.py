"""The render-config of a timeline: grounds, texts by position, and sounds that exist."""

from __future__ import annotations

from typing import Any

from preview_worker.render.model import Colour
from preview_worker.render.tutorial.config import config_document, hexadecimal
from preview_worker.render.tutorial.subject import Subject
from tests.unit.render.jobs import config_of, timeline_of

MOSS = Subject("moss", "Moss", "moss")


def _config(**request: Any) -> dict[str, Any]:
    return config_document(timeline_of(**request), MOSS)


def test_the_video_s_shape_is_told() -> None:
    """A broken rate as a number, an even one as a whole one."""
    even = _config(options={"resolution": "640x360"})["video"]
    odd = _config(options={"fps": 29.97})["video"]

    assert even == {"resolution": {"width": 640, "height": 360}, "fps": 30}
    assert odd["fps"] == 29.97


def test_grounds_are_colours_or_pictures() -> None:
    """The producer's colour, else the section's."""
    own = _config(renderConfig=config_of({"id": "a", "durationSec": 2, "background": "#123456"}))
    steps = _config(steps=[{"type": "scoring", "text": "x"}, {"text": "y", "image": "y.png"}])

    assert own["scenes"][0]["background"] == {"color": "#123456"}
    assert steps["scenes"][1]["background"] == {"color": "#1e293b"}
    assert steps["scenes"][2]["background"] == {"image": "y.png"}


def test_rows_are_lines_of_one_body() -> None:
    """Two texts in one place would cover each other."""
    game = {"gameName": "Moss", "setup": ["Deal three cards.", "Light the lamp."]}
    scenes = {scene["id"]: scene for scene in _config(game=game)["scenes"]}
    texts = {one["type"]: one["text"] for one in scenes["segment-setup"]["overlays"]}

    assert texts["body"] == "1 Deal three cards.\n2 Light the lamp."


def test_words_are_spoken_only_where_there_is_a_sound() -> None:
    """The earlier renderer refuses words without a file."""
    steps = [{"text": "Silent."}, {"text": "Spoken.", "audio": {"file": "two.ogg"}}]
    scenes = _config(steps=steps)["scenes"]

    assert "narrationText" not in scenes[1]
    assert (scenes[2]["narrationText"], scenes[2]["audio"]) == ("Spoken.", {"file": "two.ogg"})


def test_chapters_begin_with_their_scenes() -> None:
    """In seconds."""
    chapters = _config(steps=[{"id": "s", "title": "Deal", "durationSec": 4}])["chapters"]

    assert [(one["startSec"], one["sceneId"]) for one in chapters] == [
        (0.0, "title"),
        (3.0, "s"),
        (7.0, "end"),
    ]


def test_colours_are_told_in_hexadecimal() -> None:
    """Six digits after the sign."""
    assert hexadecimal(Colour(1, 42, 255)) == "#012aff"
