"""Which jobs a batch is made of."""

from __future__ import annotations

import pytest

from preview_worker.bootstrap.submission import flow_of
from preview_worker.contract import BatchPlan
from preview_worker.queue import JobRequest
from tests.fakes.payloads import a_payload


@pytest.mark.parametrize(("whole", "part"), [(0, 2), (1, 3), (2, 4)])
def test_parts_come_after_all_that_somebody_waits_for(whole: int, part: int) -> None:
    """Single jobs have 1 and 2 from the upstream client, and only those urgent a reserved slot."""
    request = JobRequest(payload=a_payload(), job_id="tutorial", priority=whole)
    flow = flow_of(request, BatchPlan(parts=3, on_failure="render"))

    assert [one.priority for one in flow.children] == [part] * 3
    assert flow.parent.priority == whole


def test_whoever_renders_the_whole_is_told_of_placeholders() -> None:
    """The queue says only that failures are to be ignored, so the payload has to say the rest."""
    request = JobRequest(payload=a_payload(), job_id="tutorial")
    flow = flow_of(request, BatchPlan(parts=3, on_failure="placeholder"))

    assert flow.on_failure == "ignore"
    assert flow.parent.payload == {**a_payload(), "onPartFailure": "placeholder"}
