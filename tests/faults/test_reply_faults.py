"""Every script, every fault, on its first, second and third call: nothing is lost nor done twice.

The cases wait most of the time, so those that were selected run side by side on one server, each
with a queue, a worker and a proxy of its own; each is judged by a test of its own.
"""

from __future__ import annotations

import asyncio
import os
from typing import cast

import pytest

from preview_worker.queue.embedded import EmbeddedRedis
from preview_worker.queue.link import RedisLink
from preview_worker.queue.scripts import Script
from preview_worker.queue.settings import QueueSettings
from tests.faults.cases import CASES, Case, EndState, expected, run_case

_SIDE_BY_SIDE = 10 * (os.cpu_count() or 1)
_JUDGED = "test_the_end_state_is_the_one_without_a_fault"

Verdicts = dict[Case, EndState | BaseException]


async def judge(cases: list[Case], server: EmbeddedRedis) -> Verdicts:
    """Run the cases and return what came of each."""
    link = RedisLink(QueueSettings(redis_url=server.url), client_name="loader")
    for script in Script:  # so that the calls which are counted are not those that load
        await link.call("SCRIPT", "LOAD", script.body)
    await link.close()
    places = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def run(case: Case) -> EndState:
        async with places:
            return await run_case(case, server.url, server.port)

    ends = await asyncio.gather(*map(run, cases), return_exceptions=True)
    return dict(zip(cases, ends, strict=True))


@pytest.fixture(scope="session")
def verdicts(request: pytest.FixtureRequest, redis_server: EmbeddedRedis) -> Verdicts:
    """What came of each case that this run selected."""
    selected = [
        cast("Case", item.callspec.params["case"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == _JUDGED
    ]
    return asyncio.run(judge(selected, redis_server))


def test_there_are_210_cases() -> None:
    """Seven scripts, ten faults, three calls."""
    assert len(set(CASES)) == 210


@pytest.mark.timeout(300)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_end_state_is_the_one_without_a_fault(case: Case, verdicts: Verdicts) -> None:
    """Each job completed once, retried as often as it failed, and is nowhere else."""
    end = verdicts[case]
    if isinstance(end, BaseException):
        raise end
    assert end == expected(case)
