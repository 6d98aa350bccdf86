"""Jobs are laid out for the scripts as a Node client lays them out."""

from __future__ import annotations

import json

import msgpack
import pytest

from preview_worker.queue import JobRefusedError, JobRequest
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.request import PRIORITY_LIMIT, encode_payload, plan_addition
from preview_worker.queue.scripts import Script

KEYS = QueueKeys("bull", "q")


@pytest.mark.parametrize(
    ("request_", "script"),
    [
        (JobRequest({}), Script.ADD_STANDARD),
        (JobRequest({}, priority=1), Script.ADD_PRIORITIZED),
        (JobRequest({}, delay_ms=1), Script.ADD_DELAYED),
        (JobRequest({}, delay_ms=1, priority=1), Script.ADD_DELAYED),
    ],
)
def test_each_kind_of_job_has_its_script(request_: JobRequest, script: Script) -> None:
    """A delay comes before a priority, which the job keeps until it is due."""
    addition = plan_addition(request_, KEYS, 5)
    assert addition.script is script
    assert len(addition.keys) == script.key_count


def test_the_options_are_those_of_the_upstream_client() -> None:
    """Five attempts, exponential from a second, and what is kept of finished jobs."""
    packed = plan_addition(JobRequest({}, job_id="a", priority=2), KEYS, 5).args[2]
    assert msgpack.unpackb(packed) == {
        "attempts": 5,
        "jobId": "a",
        "priority": 2,
        "removeOnComplete": {"age": 3600, "count": 100},
        "removeOnFail": {"age": 86400, "count": 100},
        "backoff": {"type": "exponential", "delay": 1000},
    }


@pytest.mark.parametrize(
    "request_",
    [
        JobRequest({}, priority=-1),
        JobRequest({}, priority=PRIORITY_LIMIT + 1),
        JobRequest({}, delay_ms=-1),
        JobRequest({}, job_id="17"),
        JobRequest({"x": {1, 2}}),
    ],
)
def test_what_a_node_client_refuses_is_refused(request_: JobRequest) -> None:
    """Before anything reaches Redis."""
    with pytest.raises(JobRefusedError):
        plan_addition(request_, KEYS, 5)


def test_a_payload_is_written_as_javascript_writes_it() -> None:
    """Compact, in UTF-8; only what UTF-8 cannot hold is escaped."""
    assert encode_payload({"a": "é☃", "b": [1, None]}) == '{"a":"é☃","b":[1,null]}'.encode()
    assert json.loads(encode_payload({"a": "\ud800é"})) == {"a": "\ud800é"}
