"""A part on the wire: what is read and what is refused, by readers of previews as well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from preview_worker.contract import (
    MAX_PARTS,
    ErrorCode,
    PartJob,
    PayloadLimits,
    PreviewError,
    is_part_id,
    is_part_result,
    part_id,
    read_job,
    read_part,
)
from tests.fakes.payloads import a_payload, a_request, encoded

PART = PartJob("job-1-part-2", "lighthouse", "req-1", 2, 4)


def test_a_part_is_read_as_it_was_written() -> None:
    """Nothing is lost on the way."""
    assert read_part(encoded(PART.payload())) == PART


def test_a_reader_of_previews_refuses_a_part() -> None:
    """So a worker from before there were parts publishes nothing in its place."""
    with pytest.raises(PreviewError, match=r"previewRequest \(object\) required") as caught:
        read_job(encoded(PART.payload()), transport_id=PART.job_id)
    assert caught.value.code is ErrorCode.PAYLOAD


def test_a_part_with_a_request_of_its_own_is_refused() -> None:
    """That worker would render it."""
    with pytest.raises(PreviewError, match="a part has no previewRequest") as caught:
        read_part(encoded({**PART.payload(), "previewRequest": a_request()}))
    assert caught.value.code is ErrorCode.PAYLOAD


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (None, r"part: "),
        ([1, 2], r"part: "),
        ({"number": 1}, r"part\.count: "),
        ({"number": 0, "count": 4}, r"part\.number: "),
        ({"number": 5, "count": 4}, r"part: .*number must not be greater than count"),
        ({"number": 1, "count": MAX_PARTS + 1}, r"part\.count: "),
        ({"number": "1", "count": 4}, r"part\.number: "),
        ({"number": 1.5, "count": 4}, r"part\.number: "),
        ({"number": True, "count": 4}, r"part\.number: "),
    ],
)
def test_a_share_that_cannot_be_is_refused(share: object, told: str) -> None:
    """The message says which field it is."""
    with pytest.raises(PreviewError, match=told) as caught:
        read_part(encoded({**PART.payload(), "part": share}))
    assert caught.value.code is ErrorCode.PAYLOAD


@pytest.mark.parametrize("field", ["jobId", "projectId"])
def test_a_part_says_whose_it_is(field: str) -> None:
    """Its project decides which cache it is filmed into."""
    payload = {name: value for name, value in PART.payload().items() if name != field}
    with pytest.raises(PreviewError, match=f"{field}: "):
        read_part(encoded(payload))


def test_what_is_no_object_is_refused() -> None:
    """As any other payload."""
    with pytest.raises(PreviewError, match="the part: "):
        read_part(b"[]")


def test_a_part_is_small() -> None:
    """Whatever previews may weigh."""
    padded = {**PART.payload(), "padding": "x" * 300_000}
    with pytest.raises(PreviewError, match="at most 262144 are accepted") as caught:
        read_part(encoded(padded), replace(PayloadLimits(), max_bytes=10**9))
    assert caught.value.code is ErrorCode.PAYLOAD_SIZE


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"status": "filmed", "part": 1, "parts": 2, "shots": 3, "reusedShots": 0}', True),
        ('{"status": "success", "jobId": "job-1", "artifacts": []}', False),
        ("[1]", False),
        ("", False),
    ],
)
def test_what_a_part_returns_is_told_from_a_preview(text: str, *, told: bool) -> None:
    """For those who find nothing else of a job."""
    assert is_part_result(text) is told


@pytest.mark.parametrize("wish", ["forget", "fail", None, 1])
def test_a_wish_for_lost_parts_that_cannot_be_read_is_refused(wish: object) -> None:
    """It would change the preview."""
    payload = a_payload(onPartFailure=wish)
    with pytest.raises(PreviewError, match="onPartFailure") as caught:
        read_job(encoded(payload))
    assert caught.value.code is ErrorCode.PAYLOAD


def test_lost_parts_are_rendered_unless_placeholders_are_wanted() -> None:
    """Producers of before said nothing of it."""
    assert read_job(encoded(a_payload())).job.on_part_failure == "render"
    wanted = read_job(encoded(a_payload(onPartFailure="placeholder")))
    assert (wanted.job.on_part_failure, wanted.notices) == ("placeholder", ())


@pytest.mark.parametrize("number", [1, MAX_PARTS])
def test_a_part_is_known_by_its_id(number: int) -> None:
    """From now on until the year 2500 or so."""
    for at_ms in (1_700_000_000_000, 17_000_000_000_000):
        assert is_part_id(part_id("lighthouse-42", number, at_ms))


@pytest.mark.parametrize(
    "job_id", ["lighthouse-42", "a-part-1", "a-part-1-2026", "a-part-0-19a0f3c2b41", "a-part-1-x"]
)
def test_other_ids_are_no_parts(job_id: str) -> None:
    """Jobs may be called nearly anything."""
    assert not is_part_id(job_id)
