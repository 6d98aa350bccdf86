"""Every language has its caption files, on the frames of the same scenes."""

from __future__ import annotations

from typing import Any

import pysubs2

from preview_worker.render.captions import Sidecars, burn_captions, plan_sidecars
from tests.unit.render.jobs import timeline_of

STEPS = [
    {"id": "a", "text": {"en": "Deal three cards.", "fr": "Distribuez trois cartes."}},
    {"id": "b", "text": {"en": "Play.", "fr": "Jouez."}},
]


def sidecars(**request: Any) -> Sidecars:
    """Return the caption files of a request."""
    return plan_sidecars(timeline_of(title="Gem", steps=STEPS, **request))


def test_files_are_named_and_labelled_by_language() -> None:
    """Those of the preview's own language by none."""
    assert [(file.name, file.media_type, file.language) for file, _ in sidecars().files] == [
        ("captions.srt", "application/x-subrip", "en"),
        ("captions.vtt", "text/vtt", "en"),
        ("captions.fr.srt", "application/x-subrip", "fr"),
        ("captions.fr.vtt", "text/vtt", "fr"),
    ]


def test_all_languages_start_with_the_scenes() -> None:
    """The pictures are the same."""
    texts = {file.name: text for file, text in sidecars().files}
    own, french = (
        pysubs2.SSAFile.from_string(texts[name], format_="srt")
        for name in ("captions.srt", "captions.fr.srt")
    )

    assert [line.plaintext for line in french] == ["Gem", "Distribuez trois cartes.", "Jouez."]
    assert [line.start for line in french] == [line.start for line in own]


def test_a_translation_that_is_too_long_is_told_with_its_language() -> None:
    """Its scene is as long as the preview's own words need."""
    step = {"id": "a", "text": {"en": "Go.", "fr": "Distribuez trois cartes à chacun. " * 9}}
    timeline = timeline_of(title="Gem", steps=[step])
    (finding,) = plan_sidecars(timeline).findings

    assert finding.message.startswith("In fr: The scene lasts 3.0 s")


def test_nothing_is_written_when_nothing_is_wanted() -> None:
    """No file, no cue."""
    assert sidecars(options={"includeCaptions": False}) == Sidecars()


def test_burned_captions_need_no_file() -> None:
    """Their findings are told all the same."""
    found = sidecars(options={"includeCaptions": False, "burnCaptions": True})

    assert found.files == ()
    assert len(found.cues) == 3


def test_burned_cues_stand_on_the_frames_of_their_scenes() -> None:
    """So that a scene looks the same wherever in the preview it stands."""
    timeline = burn_captions(timeline_of(steps=STEPS, options={"burnCaptions": True}))

    assert all(scene.burned[0].start_frame == 0 for scene in timeline.scenes if scene.spoken)
    assert [cue.lines for cue in timeline.scenes[1].burned] == [("Deal three cards.",)]
    assert all(cue.end_frame <= scene.frames for scene in timeline.scenes for cue in scene.burned)


def test_nothing_is_burned_unless_asked_for() -> None:
    """The timeline stays as it is."""
    timeline = timeline_of(steps=STEPS)

    assert burn_captions(timeline) is timeline
