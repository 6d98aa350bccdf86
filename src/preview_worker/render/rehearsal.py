"""A small job for nobody, done before the first that somebody waits for."""

from __future__ import annotations

from preview_worker.contract import PreviewJob

REHEARSAL = PreviewJob.model_validate(
    {
        "jobId": "rehearsal",
        "projectId": "rehearsal",
        "requestId": "rehearsal",
        "dryRun": False,
        "previewRequest": {
            "title": "Rehearsal",
            "steps": [{"title": "Set up", "text": "Deal five cards — to “all” players. ①"}],
            "options": {"resolution": "160x90"},
        },
    }
)
"""Its text is not plain ASCII: what is known of other characters is worked out for the first."""
