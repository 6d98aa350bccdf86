"""Texts by language are read wherever producers put them."""

from __future__ import annotations

from typing import Any

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.language import primary
from preview_worker.render.timeline.translations import (
    in_language,
    languages_of,
    read_tag,
)
from tests.unit.render.jobs import job_of


def read(tag: str, **request: Any) -> list[dict[str, Any]]:
    """Return the steps of a request as they read in ``tag``, which is not that of its pictures."""
    return in_language(job_of(**request).request, tag, own=False).steps


def read_own(tag: str, step: dict[str, Any]) -> dict[str, Any]:
    """Return a step as it reads in the language of its pictures."""
    return in_language(job_of(steps=[step]).request, tag, own=True).steps[0]


@pytest.mark.parametrize(
    ("given", "tag"),
    [("fr", "fr"), ("FR_ca", "fr-CA"), (" zh-hant-TW ", "zh-Hant-TW"), ("english", ""), (3, "")],
)
def test_tags_are_written_as_tags_are(given: object, tag: str) -> None:
    """Whatever the case and the hyphens; what is none is nothing."""
    assert read_tag(given) == tag


def test_a_tag_begins_with_its_language() -> None:
    """The region comes after it."""
    assert primary("fr-CA") == primary("fr") == "fr"


@pytest.mark.parametrize(
    "step",
    [
        {"text": {"en": "Deal.", "fr": "Distribuez."}},
        {"text": {"en": "Deal.", "fr-FR": "Distribuez."}},
        {"text": "Deal.", "captions": {"fr": "Distribuez."}},
        {"text": "Deal.", "translations": {"fr": "Distribuez."}},
        {"text": "Deal.", "translations": {"fr": {"text": "Distribuez."}}},
    ],
)
def test_a_text_is_read_in_another_language(step: dict[str, Any]) -> None:
    """Of a field, of the captions, and of translations as a text or as a record."""
    assert read("fr", steps=[step])[0]["text"] == "Distribuez."


@pytest.mark.parametrize(
    "texts", [["Distribuez.", "Jouez."], {"a": "Distribuez.", "b": {"text": "Jouez."}}]
)
@pytest.mark.parametrize("name", ["captions", "translations"])
def test_texts_of_all_scenes_are_read(name: str, texts: Any) -> None:
    """By their place or by their id."""
    steps = [{"id": "a", "text": "Deal."}, {"id": "b", "text": "Play."}]
    given = {"fr": texts if name == "captions" else {"steps": texts}}

    assert [step["text"] for step in read("fr", steps=steps, **{name: given})] == [
        "Distribuez.",
        "Jouez.",
    ]


def test_captions_reach_the_scenes_of_a_storyboard() -> None:
    """And of every other source that has a list of them."""
    board = {"scenes": [{"id": "x", "spokenText": "Hello."}]}
    request = job_of(storyboard=board, captions={"fr": ["Bonjour."]}).request
    told = in_language(request, "fr", own=False)

    assert told.storyboard == {"scenes": [{"id": "x", "spokenText": "Bonjour."}]}


def test_the_own_language_takes_what_there_is() -> None:
    """A picture is not left without its text."""
    step = {"text": {"de": "Teilt aus.", "fr": "Distribuez."}}

    assert read_own("en", step)["text"] == "Teilt aus."


def test_captions_do_not_change_what_is_shown() -> None:
    """A step keeps the text of its card when captions have one in the same language."""
    step = {"text": "Deal three.", "captions": {"en": "Deal three cards."}}

    assert read_own("en", step)["text"] == "Deal three."


def test_what_is_missing_in_another_language_is_left_out() -> None:
    """Rather than told in a third."""
    assert read("de", steps=[{"text": {"en": "Deal.", "fr": "Distribuez."}}]) == [{}]


def test_objects_that_are_no_languages_stay() -> None:
    """A background with an image, and a name that nobody translates."""
    step = {"text": "Deal.", "background": {"en": "x"}, "captions": {"items": [], "srtPath": "a"}}

    assert read("fr", steps=[step]) == [step]


def test_the_languages_of_a_request_are_found() -> None:
    """Each once, in the order in which they come."""
    steps = [{"text": {"en": "Deal.", "fr_fr": "Distribuez."}}, {"translations": {"de": "Spielt."}}]
    request = job_of(steps=steps, translations={"fr-FR": {}}).request

    assert languages_of(request) == ("en", "fr-FR", "de")


def test_translations_that_do_not_fit_are_refused() -> None:
    """With a reason, as other payloads that cannot be read."""
    with pytest.raises(PreviewError, match="translations to fr") as caught:
        read("fr", steps=["Deal."], translations={"fr": {"title": ["no", "title"]}})

    assert caught.value.code is ErrorCode.PAYLOAD
