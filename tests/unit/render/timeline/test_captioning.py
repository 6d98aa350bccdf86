"""Captions are what the options ask for, in every language whose texts are all there."""

from __future__ import annotations

from typing import Any

import pytest

from preview_worker.render.subtitling import Captioning, Translation
from tests.unit.render.jobs import config_of, timeline_of

STEPS = [
    {"id": "a", "text": {"en": "Deal.", "fr": "Distribuez."}},
    {"id": "b", "text": "Play.", "translations": {"fr": "Jouez."}},
]


def captioning(**request: Any) -> Captioning:
    """Return what captions a request wants."""
    return timeline_of(**request).captioning


def missing(**request: Any) -> list[str]:
    """Return what is told of languages that have no captions."""
    found = timeline_of(**request).findings
    return [one.message for one in found if one.code == "captions.language_missing"]


@pytest.mark.parametrize(
    ("request_", "formats"),
    [
        ({}, ("srt", "vtt")),
        ({"options": {"includeCaptions": True}}, ("srt", "vtt")),
        ({"options": {"includeCaptions": False}}, ()),
        ({"options": {"sidecarCaptions": False}}, ()),
        ({"sidecarCaptions": False}, ()),
        ({"options": {"exportSrt": False}}, ("vtt",)),
        ({"options": {"includeCaptions": True}, "metadata": {"includeCaptions": False}}, None),
    ],
)
def test_options_decide_on_the_files(request_: dict[str, Any], formats: Any) -> None:
    """SubRip and WebVTT unless they say otherwise; the options overrule the metadata."""
    assert captioning(**request_).formats == (("srt", "vtt") if formats is None else formats)


@pytest.mark.parametrize(
    "request_",
    [
        {"options": {"burnCaptions": True}},
        {"options": {"burnInCaptions": True}},
        {"metadata": {"captionBurnIn": True}},
        {"metadata": {"burnInCaptions": True}},
        {"burnInCaptions": True},
        {"renderConfig": config_of({"id": "s", "durationSec": 3}, burnInCaptions=True)},
    ],
)
def test_captions_are_burned_when_asked_for(request_: dict[str, Any]) -> None:
    """Under every name that producers have for it."""
    assert captioning(**request_).burned
    assert not captioning().burned


def test_all_languages_that_are_there_are_told() -> None:
    """A game's name is the same in all of them."""
    assert captioning(title="Gem", steps=STEPS).translations == (
        Translation("fr", ("Gem", "Distribuez.", "Jouez.", "")),
    )


@pytest.mark.parametrize(
    "locales",
    [["fr-CA", "en-US"], "fr-CA, en", [{"locale": "fr-CA"}], [{"code": "fr_ca"}, 7]],
)
def test_the_languages_that_are_named_are_told(locales: object) -> None:
    """In the region that was asked for, and without that of the preview itself."""
    found = captioning(title="Gem", steps=STEPS, metadata={"captionLocales": locales})

    assert [one.language for one in found.translations] == ["fr-CA"]


def test_another_region_of_the_own_language_has_texts_of_its_own_or_no_file() -> None:
    """Canadian captions beside those of France, which the preview itself has."""
    steps = [{"text": {"fr-FR": "Le stationnement.", "fr-CA": "Le parc."}}]
    french = {"language": "fr", "title": "Gem"}

    assert [one.language for one in captioning(steps=steps, **french).translations] == ["fr-CA"]
    assert captioning(steps=["Jouez."], captionLocales=["fr-CA"], **french).translations == ()


def test_a_language_without_texts_is_told() -> None:
    """And gets no file."""
    assert missing(steps=["Deal."], captionLocales=["de"]) == [
        "There are no captions in de: there are no texts in it."
    ]


def test_a_language_that_lacks_a_text_is_told_with_the_scenes() -> None:
    """Half a translation is none."""
    steps = [*STEPS, {"id": "c", "text": "Score."}, {"id": "d", "text": "Win."}]

    assert missing(title="Gem", steps=steps) == [
        "There are no captions in fr: the text of c, d is missing."
    ]


def test_many_missing_scenes_are_counted() -> None:
    """Nobody reads a hundred names."""
    steps = [*STEPS, *({"id": f"s{n}", "text": f"Turn {n}."} for n in range(9))]

    assert missing(title="Gem", steps=steps)[0].endswith(
        "s0, s1, s2, s3, s4 and 4 more is missing."
    )


def test_translations_that_cannot_be_read_are_told() -> None:
    """They do not fail the preview, whose own texts are there."""
    (told,) = missing(steps=["Deal."], translations={"fr": {"title": ["no", "title"]}})

    assert "its texts cannot be read" in told


def test_a_game_is_told_in_the_language_that_it_is_translated_to() -> None:
    """Our own sentences come in that language by themselves."""
    game = {"name": "Gem", "objective": "Win.", "translations": {"fr": {"objective": "Gagnez."}}}
    (french,) = captioning(game=game).translations

    assert "Gagnez." in french.spoken
    assert "Bonne partie!" in french.spoken[-1]


def test_the_request_is_shown_in_its_own_language() -> None:
    """Texts by language are no unknown fields, and the one that fits is taken."""
    timeline = timeline_of(language="fr", title="Gem", steps=STEPS)

    assert [scene.spoken for scene in timeline.scenes] == ["Gem", "Distribuez.", "Jouez.", ""]
    assert timeline.unread == ()
