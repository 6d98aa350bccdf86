"""Reading payloads: what is accepted, with which notices, and the exact words of refusals."""

from __future__ import annotations

from typing import Any

import pytest

from preview_worker.contract import (
    ErrorCode,
    ParsedJob,
    PayloadLimits,
    PreviewError,
    read_job,
    split_complaints,
)
from tests.fakes.payloads import a_payload, a_request, encoded

REQUIRED = {
    "jobId": "jobId (string) required",
    "projectId": "projectId (string) required",
    "dryRun": "dryRun (boolean) required",
    "previewRequest": "previewRequest (object) required",
}


def read(payload: object) -> ParsedJob:
    """Read a payload from the bytes that a producer would send."""
    return read_job(encoded(payload))


def refusal_of(payload: object) -> str:
    """Return the message with which a payload is refused."""
    with pytest.raises(PreviewError) as refused:
        read(payload)
    assert refused.value.code is ErrorCode.PAYLOAD
    return refused.value.message


def without(payload: dict[str, Any], field: str) -> dict[str, Any]:
    """Return a payload less one field."""
    return {name: value for name, value in payload.items() if name != field}


def codes_of(parsed: ParsedJob) -> list[tuple[str, str]]:
    """Return code and path of every notice."""
    return [(notice.code, notice.path) for notice in parsed.notices]


def test_a_complete_payload_is_accepted_without_notices() -> None:
    """Nothing is remarkable about a payload that follows the contract."""
    parsed = read(a_payload())
    assert (
        parsed.job.job_id,
        parsed.job.project_id,
        parsed.job.request_id,
        parsed.job.dry_run,
    ) == ("job-1", "lighthouse", "req-1", False)
    assert parsed.notices == ()


@pytest.mark.parametrize("field", REQUIRED)
def test_a_missing_field_is_named_in_the_known_words(field: str) -> None:
    """Each required field has its own complaint."""
    expected = f"Invalid preview payload: {REQUIRED[field]}"
    assert expected == refusal_of(without(a_payload(), field))


@pytest.mark.parametrize("field", ["jobId", "projectId", "requestId"])
@pytest.mark.parametrize("value", ["", 7, None, []])
def test_an_id_must_be_text_that_is_not_empty(field: str, value: object) -> None:
    """Empty and mistyped ids are refused alike."""
    assert f"{field} (string) required" in refusal_of(a_payload(**{field: value}))


@pytest.mark.parametrize("value", ["true", 1, None])
def test_dry_run_must_be_a_boolean(value: object) -> None:
    """A mistyped dryRun has another complaint than a missing one."""
    expected = "Invalid preview payload: dryRun must be boolean"
    assert expected == refusal_of(a_payload(dryRun=value))


def test_all_complaints_are_joined_in_the_known_order() -> None:
    """A payload with nothing in it is told everything at once."""
    expected = (
        "Invalid preview payload: jobId (string) required; projectId (string) required; "
        "requestId (string) required; dryRun (boolean) required; previewRequest (object) required"
    )
    assert expected == refusal_of({})


@pytest.mark.parametrize("payload", [[], "text", 3, None])
def test_a_payload_must_be_an_object(payload: object) -> None:
    """Other JSON values are refused as a whole."""
    assert refusal_of(payload) == "Invalid preview payload: Payload must be an object"


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("steps", {}, "previewRequest.steps (array) required"),
        ("assets", "none", "previewRequest.assets (array) required"),
        ("audio", [], "previewRequest.audio (object) required"),
    ],
)
def test_a_mistyped_part_of_the_request_is_named(field: str, value: object, complaint: str) -> None:
    """Steps and assets are lists, audio is an object."""
    payload = a_payload(previewRequest=a_request(**{field: value}))
    assert f"Invalid preview payload: {complaint}" == refusal_of(payload)


def test_steps_may_be_missing_only_when_another_field_holds_the_scenes() -> None:
    """A render-config needs no steps; without any source of scenes they are required."""
    bare = without(a_request(), "steps")
    assert "previewRequest.steps (array) required" in refusal_of(a_payload(previewRequest=bare))
    parsed = read(a_payload(previewRequest={**bare, "renderConfig": {"scenes": []}}))
    assert parsed.job.request.source == "renderConfig"


def test_a_step_of_another_type_is_located() -> None:
    """A step that is neither an object nor a string is refused with its place."""
    message = refusal_of(a_payload(previewRequest=a_request(steps=[{}, 5])))
    assert "request.steps.1" in message.replace("previewRequest", "request")


def test_a_step_that_is_a_string_is_its_text() -> None:
    """The upstream validator lets bare strings through."""
    parsed = read(a_payload(previewRequest=a_request(steps=["Draw a card."])))
    assert parsed.job.request.steps == [{"text": "Draw a card."}]


def test_a_missing_request_id_is_made_up_and_noticed() -> None:
    """Producers that never learned to send one still get their preview."""
    parsed = read(without(a_payload(), "requestId"))
    assert parsed.job.request_id == "req-job-1"
    assert codes_of(parsed) == [("payload.missing_field", "/requestId")]


def test_a_job_token_stands_in_for_a_request_id() -> None:
    """File-based requests carry a jobToken instead."""
    parsed = read({**without(a_payload(), "requestId"), "jobToken": "tok"})
    assert parsed.job.request_id == "tok"


def test_missing_assets_and_audio_read_as_empty_with_a_notice() -> None:
    """A request with steps alone is enough to render."""
    parsed = read(a_payload(previewRequest={"steps": []}))
    assert (parsed.job.request.assets, parsed.job.request.audio) == ([], {})
    paths = ["/previewRequest/assets", "/previewRequest/audio"]
    assert [("payload.missing_field", path) for path in paths] == codes_of(parsed)


def test_null_audio_reads_as_empty() -> None:
    """The upstream validator accepts null where it means an object."""
    parsed = read(a_payload(previewRequest=a_request(audio=None)))
    assert (parsed.job.request.audio, parsed.notices) == ({}, ())


def test_the_queues_id_stands_in_for_a_missing_job_id() -> None:
    """A raw producer may have put the id on the job alone."""
    parsed = read_job(encoded(without(a_payload(), "jobId")), transport_id="bull-9")
    assert parsed.job.job_id == "bull-9"
    assert codes_of(parsed) == [("payload.missing_field", "/jobId")]


def test_a_job_id_that_differs_from_the_queues_is_noticed() -> None:
    """Files are named by the payload's id, so people should know that there are two."""
    parsed = read_job(encoded(a_payload()), transport_id="bull-9")
    assert codes_of(parsed) == [("payload.id_mismatch", "/jobId")]


def test_unknown_fields_are_kept_and_noticed() -> None:
    """Nothing that a producer sends is lost on the way to the manifest."""
    request = a_request(env={"A": "1"})
    parsed = read(a_payload(flavour="mint", previewRequest=request))
    assert codes_of(parsed) == [
        ("payload.unknown_field", "/flavour"),
        ("payload.unknown_field", "/previewRequest/env"),
    ]
    assert parsed.job.model_extra == {"flavour": "mint"}


def test_the_first_source_of_scenes_wins_and_the_rest_is_noticed() -> None:
    """A render-config goes before a chapter, a chapter before steps."""
    request = a_request(chapter={"title": "Setup", "steps": []}, renderConfig={"scenes": []})
    parsed = read(a_payload(previewRequest=request))
    assert parsed.job.request.source == "renderConfig"
    assert codes_of(parsed) == [
        ("payload.unused_source", "/previewRequest/chapter"),
        ("payload.unused_source", "/previewRequest/steps"),
    ]


def test_values_are_found_by_their_pointers() -> None:
    """Whatever leads nowhere is left out."""
    job = read(a_payload(previewRequest=a_request(steps=[{"text": "a", "mood": "calm"}]))).job
    pointers = [f"/previewRequest/steps/{end}" for end in ("0/mood", "0/none", "7/mood", "x/y")]

    assert job.values_at(pointers) == {pointers[0]: "calm"}


SOURCES = {
    "storyboard": {"scenes": [{}]},
    "renderConfig": {"scenes": [{}]},
    "script": {"segments": [{}]},
    "chapters": [{"steps": []}],
    "chapter": {"steps": []},
    "steps": [{"text": "Draw."}],
    "game": {"gameName": "Moss"},
}


@pytest.mark.parametrize("first", range(len(SOURCES)))
def test_sources_of_scenes_have_a_fixed_order(first: int) -> None:
    """Without the ones before it, each is the one that is rendered."""
    names = list(SOURCES)[first:]
    request = a_request(**{"steps": [], **{name: SOURCES[name] for name in reversed(names)}})
    parsed = read(a_payload(previewRequest=request))

    assert parsed.job.request.sources == names
    assert [notice.message for notice in parsed.notices] == [
        f"{names[0]} is rendered instead" for _ in names[1:]
    ]


@pytest.mark.parametrize("name", [name for name in SOURCES if name != "steps"])
def test_any_source_of_scenes_does_without_steps(name: str) -> None:
    """Upstream requires them; a request that shows something else needs none."""
    bare = {**without(a_request(), "steps"), name: SOURCES[name]}

    assert read(a_payload(previewRequest=bare)).job.request.source == name


def test_a_bare_list_is_a_script() -> None:
    """Of its segments."""
    request = a_request(steps=[], script=[{"type": "setup"}])

    assert read(a_payload(previewRequest=request)).job.request.script == {
        "segments": [{"type": "setup"}]
    }


@pytest.mark.parametrize("name", ["script", "chapters"])
def test_an_empty_list_is_no_source_of_scenes(name: str) -> None:
    """The next one is rendered, and steps are required when there is none."""
    request = a_request(**{name: []})

    assert read(a_payload(previewRequest=request)).job.request.source == "steps"
    assert "previewRequest.steps (array) required" in refusal_of(
        a_payload(previewRequest=without(request, "steps"))
    )


@pytest.mark.parametrize("field", [name for name in SOURCES if name != "steps"])
def test_a_source_of_another_type_reads_as_absent_with_a_notice(field: str) -> None:
    """The upstream schema allows anything there, so it cannot be a reason to refuse."""
    parsed = read(a_payload(previewRequest=a_request(**{field: "soon"})))
    assert parsed.job.request.source == "steps"
    assert [("payload.unusable_source", f"/previewRequest/{field}")] == codes_of(parsed)


@pytest.mark.parametrize("field", ["priority", "attempts", "createdAt", "updatedAt"])
@pytest.mark.parametrize("value", ["odd", 3, -1, None, []])
def test_informational_fields_never_refuse_a_payload(field: str, value: object) -> None:
    """What does not change the preview is not worth refusing it for."""
    assert read(a_payload(**{field: value})).job.job_id == "job-1"


def test_a_long_list_of_complaints_is_cut() -> None:
    """A thousand broken steps do not make a thousand sentences."""
    complaints = split_complaints(_error_of(a_payload(previewRequest=a_request(steps=[1] * 1000))))
    assert len(complaints) == 21
    assert complaints[-1] == "and 980 more"


def test_the_limits_are_the_callers() -> None:
    """A deployment may allow smaller payloads than the default."""
    with pytest.raises(PreviewError) as refused:
        read_job(encoded(a_payload()), limits=PayloadLimits(max_bytes=10))
    assert refused.value.code is ErrorCode.PAYLOAD_SIZE


def _error_of(payload: object) -> PreviewError:
    with pytest.raises(PreviewError) as refused:
        read(payload)
    return refused.value
