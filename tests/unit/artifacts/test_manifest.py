"""The documents of a preview keep upstream's keys and tell the rest."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from preview_worker.artifacts.manifest import (
    StoredFile,
    clock_duration,
    container_document,
    encode_document,
    iso_instant,
    manifest_document,
    preview_document,
)
from preview_worker.contract import EliteRule, EliteScore, Quality
from tests.unit.artifacts.drafts import draft, rendered

NOON = datetime(2026, 1, 31, 12, 0, 0, 5000, tzinfo=UTC)
VIDEO = StoredFile("preview.mp4", "video", "video/mp4", 14, "ab" * 32)


def test_preview_json_keeps_every_upstream_key() -> None:
    """A reader of the earlier worker's file finds what it looks for."""
    document = preview_document(draft(), NOON)

    assert {
        "jobId": "job-1",
        "projectId": "project-1",
        "title": "Gem Collectors",
        "status": "success",
        "dryRun": False,
        "createdAt": "2026-01-31T12:00:00.005Z",
        "steps": 1,
        "assets": 3,
        "renderInfo": {"duration": "00:01:25", "resolution": "1280x720", "format": "mp4"},
    }.items() <= document.items()


def test_a_dry_run_has_no_render_info() -> None:
    """Nothing was rendered, so nothing is said of it."""
    document = preview_document(draft(preview=rendered(media=None)), NOON)

    assert document["dryRun"] is True
    assert "renderInfo" not in document


def test_container_json_lists_files_with_digests() -> None:
    """Each file has upstream's path and digest, with its size and type beside them."""
    document = container_document(draft(), [VIDEO], NOON)

    assert document == {
        "jobId": "job-1",
        "projectId": "project-1",
        "createdAt": "2026-01-31T12:00:00.005Z",
        "files": [
            {
                "path": "preview.mp4",
                "sha256": "ab" * 32,
                "bytes": 14,
                "mediaType": "video/mp4",
            }
        ],
    }


def test_the_manifest_says_that_a_track_is_silent() -> None:
    """Silence is marked, so that nobody takes it for a lost narration."""
    media = manifest_document(draft(), [VIDEO], NOON)["media"]

    assert isinstance(media, dict)
    assert media["silent"] is True


def test_the_manifest_says_how_good_the_preview_is() -> None:
    """Under upstream's names too, which its own checks look for."""
    rule = EliteRule("V1", 40, 40, "HARD_FAIL", "passed", "1920x1080", "at least 1920x1080")
    elite = EliteScore("1.1.0", 40, 1000, 250, (rule,), "ab12", "cd34")
    preview = replace(rendered(), quality=Quality(1, 2, 3, elite))
    document = manifest_document(draft(preview=preview), [VIDEO], NOON)

    assert document["quality"] == {
        "errors": 1,
        "warnings": 2,
        "notes": 3,
        "elite": {"score": 40, "max": 1000, "unmeasured": 250, "rules": [asdict(rule)]},
    }
    assert (document["eliteStandardVersion"], document["scriptHash"]) == ("1.1.0", "ab12")
    assert document["confirmationHash"] == "cd34"


def test_a_preview_that_nobody_judged_has_no_quality() -> None:
    """The keys are there, and hold nothing."""
    document = manifest_document(draft(), [VIDEO], NOON)

    assert (document["quality"], document["scriptHash"]) == (None, None)


def test_the_manifest_gives_scenes_in_frames() -> None:
    """Scenes stand on exact frame numbers."""
    timeline = manifest_document(draft(), [VIDEO], NOON)["timeline"]

    assert isinstance(timeline, dict)
    assert timeline["scenes"][1] == {
        "id": "step-1",
        "kind": "step",
        "title": "Take a gem",
        "startFrame": 150,
        "frames": 2400,
    }


def test_unknown_fields_are_kept_as_far_as_json_can_say_them() -> None:
    """A number without end becomes null, and nothing else changes."""
    document = manifest_document(draft(), [VIDEO], NOON)

    assert document["unknownFields"] == {"mood": "calm", "ratio": None}


def test_half_a_surrogate_pair_survives_encoding() -> None:
    """A title that UTF-8 cannot hold is written as an escape."""
    written = encode_document(preview_document(draft(job_id="\ud800"), NOON))

    assert json.loads(written)["jobId"] == "\ud800"


def test_documents_are_readable_where_they_can_be() -> None:
    """Letters of any script stand as themselves."""
    preview = replace(rendered(), title="Große 旅")

    assert "Große 旅".encode() in encode_document(preview_document(draft(preview=preview), NOON))


def test_instants_are_told_in_utc() -> None:
    """A local time is turned, not relabelled."""
    local = datetime(2026, 1, 31, 13, 0, tzinfo=timezone(timedelta(hours=1)))

    assert iso_instant(local) == "2026-01-31T12:00:00.000Z"


@pytest.mark.parametrize(
    ("seconds", "spelled"),
    [(0.0, "00:00:00"), (0.5, "00:00:01"), (85.03, "00:01:25"), (3599.5, "01:00:00")],
)
def test_durations_are_spelled_in_whole_seconds(seconds: float, spelled: str) -> None:
    """Halves go up, and sixty seconds are a minute."""
    assert clock_duration(seconds) == spelled


def test_captions_are_labelled_with_their_language() -> None:
    """Other files have none."""
    french = StoredFile("captions.fr.srt", "captions", "application/x-subrip", 9, "0", "fr")
    files = manifest_document(draft(), [VIDEO, french], NOON)["files"]

    assert isinstance(files, list)
    assert [file.get("language") for file in files] == [None, "fr"]
