"""The log of a real worker has lines for machines, and nothing of what people wrote in payloads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from preview_worker.queue import QueueSettings
from tests.jobs import add, ended
from tests.workers import a_worker

WORD = "quillwort"
"""It stands wherever a payload can hold words; ids are no words."""

_SMALL = {"resolution": "320x180"}
REQUESTS: dict[str, Mapping[str, object]] = {
    "valid": {"title": WORD, "steps": [{"title": WORD, "text": WORD * 90}], "options": _SMALL},
    "words-that-nobody-knows": {
        "options": {**_SMALL, "theme": WORD, "layout": WORD, "language": WORD}
    },
    "no-such-size": {"options": {"resolution": WORD}},
    "no-such-transition": {"options": {**_SMALL, "transition": {"type": WORD}}},
    "steps-that-are-none": {"steps": WORD},
    "odd-step": {"steps": [{"text": [WORD], "durationSec": WORD, WORD: WORD}], "options": _SMALL},
    "missing-picture": {
        "steps": [{"text": WORD, "assetId": "a"}],
        "assets": [{"id": "a", "type": "image", "path": f"{WORD}.png"}],
        "options": _SMALL,
    },
    "address-with-a-secret": {
        "steps": [{"text": WORD, "assetId": "a"}],
        "assets": [{"id": "a", "type": "image", "url": f"https://cdn.example/{WORD}?token={WORD}"}],
        "options": _SMALL,
    },
    "audio": {"audio": {"voiceover": f"{WORD}.wav", "music": WORD}, "options": _SMALL},
}


def test_no_word_of_a_payload_is_logged(queue_settings: QueueSettings, tmp_path: Path) -> None:
    """Not at the finest level, and whether a job completes or fails; its queue has the words."""
    with a_worker(queue_settings, tmp_path, LOG_LEVEL="debug") as worker:
        for job_id, request in REQUESTS.items():
            add(queue_settings, request, jobId=job_id)
        reasons = [ended(queue_settings, job_id).failed_reason or "" for job_id in REQUESTS]
        for job_id in REQUESTS:
            worker.wait_for("job.settled", job_id=job_id)
        worker.stop()
    assert any(WORD in reason for reason in reasons)
    assert [line for line in worker.lines if WORD in str(line)] == []
