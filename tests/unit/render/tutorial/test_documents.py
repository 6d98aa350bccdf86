"""All documents of a tutorial speak of the same game and the same scenes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from preview_worker.render.tutorial import Outcome, manifest_of, plan_documents
from tests.unit.render.jobs import job_of, timeline_of

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
REQUEST: dict[str, Any] = {"title": "Moss", "steps": [{"id": "s", "text": "Deal."}]}


def test_documents_are_known_by_their_file_names() -> None:
    """Script, storyboard and render-config, scene for scene."""
    found = plan_documents(job_of(**REQUEST), timeline_of(**REQUEST))
    scenes = [len(found[name]["scenes"]) for name in ("storyboard.json", "render-config.json")]

    assert set(found) == {"script.json", "storyboard.json", "render-config.json"}
    assert [len(found["script.json"]["segments"]), *scenes] == [3, 3, 3]


def test_all_of_them_name_the_same_game() -> None:
    """By its id."""
    job, timeline = job_of(**REQUEST), timeline_of(**REQUEST)
    found = plan_documents(job, timeline)
    manifest = manifest_of(
        job, timeline, Outcome("job-1", dry_run=False, cues=(), files=(), findings=()), NOON
    )

    assert {
        found["script.json"]["metadata"]["gameId"],
        found["storyboard.json"]["game"]["slug"],
        found["render-config.json"]["projectId"],
        manifest["game"]["id"],
    } == {"moss"}
