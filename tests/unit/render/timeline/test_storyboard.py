"""Storyboards are rendered exactly as they were placed and timed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.captions import plan_cues
from preview_worker.render.model import Region, StagedCard, StagedText, StepCard, Timeline
from tests.unit.render.jobs import timeline_of

PLACE = {"x": 0.1, "y": 0.2, "width": 0.5, "height": 0.25}


def overlay(text: str = "Deal three cards.", **fields: Any) -> dict[str, Any]:
    """Return an overlay that is on for two seconds."""
    return {"id": "o", "text": text, "placement": PLACE, "startSec": 0, "endSec": 2, **fields}


def visual(asset: str = "board", **fields: Any) -> dict[str, Any]:
    """Return a visual on the lowest layer."""
    return {"id": "v", "assetId": asset, "placement": PLACE, "layer": 0, **fields}


def scene(**fields: Any) -> dict[str, Any]:
    """Return a scene of two seconds."""
    return {
        "id": "scene-1",
        "index": 0,
        "type": "setup_step",
        "durationSec": 2,
        "visuals": [],
        "overlays": [overlay()],
        **fields,
    }


def planned(*scenes: dict[str, Any], **request: Any) -> Timeline:
    """Return the timeline of a storyboard of ``scenes``."""
    board = {
        "storyboardContractVersion": "1.1.0",
        "game": {"slug": "moss", "name": "Moss"},
        "resolution": {"width": 640, "height": 360, "fps": 24},
        "scenes": list(scenes),
    }
    return timeline_of(storyboard={**board, **request.pop("board", {})}, **request)


def card_of(**fields: Any) -> StagedCard:
    """Return the card of one scene."""
    card = planned(scene(**fields)).scenes[0].card
    assert isinstance(card, StagedCard)
    return card


def codes_of(timeline: Timeline) -> list[str]:
    """Return the codes of what is told of a timeline."""
    return [finding.code for finding in timeline.findings]


def test_size_and_rate_are_the_storyboards() -> None:
    """Unless the options say otherwise."""
    profile = planned(scene()).profile
    other = planned(scene(), options={"resolution": "320x180", "fps": 30}).profile

    assert (profile.width_px, profile.height_px, profile.rate) == (640, 360, "24/1")
    assert (other.width_px, other.height_px, other.rate) == (320, 180, "30/1")


def test_the_preview_lasts_as_long_as_its_scenes_together() -> None:
    """Sixths of a second add up to the frame."""
    scenes = [scene(id=f"s{n}", durationSec=6.333333333333333) for n in range(12)]
    timeline = planned(*scenes, options={"fps": 30})

    assert timeline.frames == 12 * 190
    assert all(one.frames == 190 for one in timeline.scenes)


def test_no_card_is_added_and_the_game_gives_the_title() -> None:
    """One scene asked for is one scene rendered."""
    timeline = planned(scene())

    assert [one.id for one in timeline.scenes] == ["scene-1"]
    assert timeline.title == "Moss"


def test_an_overlay_keeps_its_place_and_time() -> None:
    """Seconds become frames of the scene; the end of the scene is no frame but its end."""
    card = card_of(overlays=[overlay(), overlay("Go.", startSec=0.5, endSec=1)])

    assert card.texts == (
        StagedText("body", "Deal three cards.", Region(0.1, 0.2, 0.5, 0.25), 0, None),
        StagedText("body", "Go.", Region(0.1, 0.2, 0.5, 0.25), 12, 24),
    )


@pytest.mark.parametrize(
    ("start", "end", "frames"), [(0, 9, (0, None)), (1, 1, (24, None)), (5, 6, (0, None))]
)
def test_an_overlay_outside_its_scene_is_shown_and_told(
    start: int, end: int, frames: tuple[int, int | None]
) -> None:
    """Nothing that a producer wrote stays away for a wrong number."""
    timeline = planned(scene(overlays=[overlay(startSec=start, endSec=end)]))
    card = timeline.scenes[0].card
    assert isinstance(card, StagedCard)

    assert (card.texts[0].start_frame, card.texts[0].end_frame) == frames
    assert codes_of(timeline) == ["overlay.times"]


def test_pictures_stand_from_the_lowest_layer_up() -> None:
    """Whatever their order in the list; equal layers keep it."""
    layers = [("c", 2), ("a", 0), ("b", 0)]
    visuals = [visual(name, layer=layer) for name, layer in layers]
    request = {"assets": [{"id": name, "path": f"{name}.png"} for name in "abc"]}
    card = planned(scene(visuals=visuals), **request).scenes[0].card
    assert isinstance(card, StagedCard)

    assert [staged.name for staged in card.pictures] == ["a", "b", "c"]
    assert [staged.picture.candidates for staged in card.pictures if staged.picture] == [
        ("a.png",),
        ("b.png",),
        ("c.png",),
    ]


def test_a_picture_that_nobody_has_is_told_and_its_place_kept() -> None:
    """A storyboard may be previewed before its pictures are there."""
    timeline = planned(scene(visuals=[visual("unseen")]))
    card = timeline.scenes[0].card
    assert isinstance(card, StagedCard)

    assert (card.pictures[0].name, card.pictures[0].picture) == ("unseen", None)
    assert codes_of(timeline) == ["asset.unknown"]


def test_what_is_spoken_comes_from_the_scene_or_from_its_texts() -> None:
    """Texts that stand for a brand or a change of scene are not spoken."""
    texts = [overlay("Draw."), overlay("Draw."), overlay("Moss Studio", role="brand")]

    assert planned(scene(overlays=texts)).scenes[0].spoken == "Draw."
    assert planned(scene(narration="Draw a card.")).scenes[0].spoken == "Draw a card."


def test_captions_begin_with_their_scenes() -> None:
    """The cues are cut from the same timeline as the pictures."""
    timeline = planned(*(scene(id=f"s{n}", durationSec=2.5) for n in range(5)))
    cues, _ = plan_cues(timeline)

    assert [cue.start_frame for cue in cues] == [one.start_frame for one in timeline.scenes]


@pytest.mark.parametrize(
    ("fields", "section"),
    [
        ({"segmentId": "segment-scoring"}, "scoring"),
        ({"segmentId": "s1", "type": "turn_flow"}, "turn_structure"),
        ({"type": "transition"}, "default"),
    ],
)
def test_the_colours_follow_the_segment_or_the_type(fields: dict[str, Any], section: str) -> None:
    """The segment says more than the type."""
    assert planned(scene(**fields)).scenes[0].section == section


def test_the_first_text_of_an_opening_is_its_title() -> None:
    """A role of its own goes before that."""
    texts = [overlay("Moss"), overlay("A quiet game")]
    roles = [text.role for text in card_of(type="intro", overlays=texts).texts]

    assert roles == ["title", "body"]
    assert card_of(overlays=[overlay(role="Summary")]).texts[0].role == "summary"


def test_a_storyboard_without_scenes_is_refused() -> None:
    """There would be nothing to render."""
    with pytest.raises(PreviewError, match="at least one scene") as refused:
        planned()
    assert refused.value.code is ErrorCode.PAYLOAD


def test_an_unknown_contract_is_told() -> None:
    """It is read all the same."""
    assert codes_of(planned(scene(), board={"storyboardContractVersion": "7.0"})) == [
        "storyboard.version"
    ]


def test_a_canonical_scene_says_what_is_spoken_and_shown() -> None:
    """Contract 1.2.0 leaves the place to the renderer."""
    canonical = {
        "id": "scene-setup",
        "sectionId": "setup",
        "title": "Set up",
        "spokenText": "Place the board. [pan left]",
        "durationMs": 4100,
        "durationSec": 4.1,
        "imageAssetIds": ["board", "cards"],
        "overlay": {"onScreenText": ["Set up", "Board first"], "arrows": [{}]},
        "timing": {"startMs": 0, "endMs": 4100},
    }
    timeline = planned(canonical, assets=[{"id": "board", "path": "a.png"}])
    one = timeline.scenes[0]

    assert isinstance(one.card, StepCard)
    assert (one.card.title, one.card.body, one.spoken) == (
        "Set up",
        "Board first",
        "Place the board.",
    )
    assert one.card.picture is not None
    assert timeline.profile.seconds(one.frames) == Fraction(98, 24)
    assert codes_of(timeline) == ["callouts.unplaced"]


def test_a_canonical_scene_may_have_its_length_from_its_timing() -> None:
    """Where nothing else says it."""
    timing = {"startMs": 1000, "endMs": 3500}

    assert planned({"spokenText": "Hi.", "timing": timing}).frames == 60


def test_canonical_openings_and_ends_have_cards_of_their_own() -> None:
    """When no picture is to be shown on them."""
    opening = {"spokenText": "Hello.", "title": "Moss", "sectionId": "intro"}
    end = {"spokenText": "Bye.", "title": "Enjoy", "visualPlan": {"primaryIntent": "brand_outro"}}

    assert [one.kind for one in planned(opening, end).scenes] == ["title", "end"]


def test_an_old_scene_shows_its_captions_and_first_asset() -> None:
    """Contract 1.0.0, and what came before it."""
    old = {
        "id": "scene-2",
        "sourceId": "setup",
        "title": "Set up",
        "durationMs": 5000,
        "captions": ["Place the board.", "Deal."],
        "assets": ["board"],
        "motion": "fade-in",
    }
    timeline = planned(old, assets=[{"id": "board", "path": "a.png"}])
    one = timeline.scenes[0]

    assert isinstance(one.card, StepCard)
    assert one.card.body == "Place the board.\nDeal."
    assert one.card.picture is not None
    assert (one.frames, one.section) == (120, "setup")
    assert [motion.kind for motion in one.motions] == ["fade"]
    assert codes_of(timeline) == []
