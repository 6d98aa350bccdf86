"""Dead letters are chosen, replayed and dropped alike, in memory and in Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from preview_worker.events import LetterDropped, LetterReplayed
from preview_worker.queue import (
    DeadLetters,
    Failed,
    JobState,
    LetterChoice,
    LetterClerk,
    LetterFilter,
)
from tests.conformance.test_queue_dead import CRASH, all_of, kill
from tests.conformance.yard import Notes, Yard, state_of

pytestmark = pytest.mark.anyio

ANY = LetterFilter()
SLOW = Failed("permanent.timeout", "too slow")


@pytest.fixture
async def dead(yard: Yard) -> AsyncIterator[DeadLetters]:
    """The letters of three jobs: two that crashed, and a slow one between them."""
    letters = yard.make_dead(yard.settings)
    for job_id, outcome in (("a", CRASH), ("b", SLOW), ("c", CRASH)):
        await kill(yard, job_id, outcome)
    yield letters
    await letters.close()


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        (LetterChoice(ANY), ["a", "b", "c"]),
        (LetterChoice(ANY, limit=2), ["a", "b"]),
        (LetterChoice(LetterFilter("permanent.timeout")), ["b"]),
        (LetterChoice(LetterFilter("*crash"), limit=1), ["a"]),
        (LetterChoice(ANY, ("c", "nobody", "a", "c")), ["c", "a"]),
        (LetterChoice(LetterFilter("*crash"), ("c", "b")), ["c"]),
        (LetterChoice(ANY, ("c", "a"), limit=1), ["c"]),
        (LetterChoice(ANY, allowed=lambda letter: letter.id != "a"), ["b", "c"]),
        (LetterChoice(ANY, ("a", "b"), allowed=lambda letter: letter.id != "a", limit=1), ["b"]),
    ],
)
async def test_a_choice_means_letters_by_id_or_by_filter(
    dead: DeadLetters, choice: LetterChoice, chosen: list[str]
) -> None:
    """The oldest first or as they are named, each once, and no more than allowed."""
    assert [letter.id async for letter in choice.of(dead)] == chosen


async def test_replayed_jobs_wait_again_and_are_told_of(yard: Yard, dead: DeadLetters) -> None:
    """Those that are meant, and no others."""
    notes = Notes()
    clerk = LetterClerk(dead, notes)

    fates = [fate async for fate in clerk.replay(LetterChoice(LetterFilter("*crash")))]

    assert [(fate.letter.id, fate.result) for fate in fates] == [
        ("a", "replayed"),
        ("c", "replayed"),
    ]
    assert [await state_of(yard, job_id) for job_id in "abc"] == [
        JobState.WAITING,
        JobState.FAILED,
        JobState.WAITING,
    ]
    assert [
        (event.job_id, event.code, event.result)
        for event in notes.events
        if isinstance(event, LetterReplayed)
    ] == [(job_id, CRASH.code, "replayed") for job_id in "ac"]


async def test_dropped_letters_are_gone_and_told_of(yard: Yard, dead: DeadLetters) -> None:
    """Their jobs stay failed."""
    notes = Notes()

    fates = [fate async for fate in LetterClerk(dead, notes).drop(LetterChoice(ANY, ("b",)))]

    assert [(fate.letter.id, fate.result) for fate in fates] == [("b", "dropped")]
    assert [letter.id for letter in await all_of(dead)] == ["a", "c"]
    assert await state_of(yard, "b") is JobState.FAILED
    assert [event.job_id for event in notes.events if isinstance(event, LetterDropped)] == ["b"]


@pytest.mark.parametrize("deed", ["replay", "drop"])
async def test_a_dry_run_touches_nothing(dead: DeadLetters, deed: str) -> None:
    """It says which letters are meant, and tells nobody."""
    notes = Notes()
    clerk = LetterClerk(dead, notes, dry_run=True)

    fates = [fate async for fate in getattr(clerk, deed)(LetterChoice(ANY))]

    assert [(fate.letter.id, fate.result) for fate in fates] == [
        ("a", None),
        ("b", None),
        ("c", None),
    ]
    assert [letter.id for letter in await all_of(dead)] == ["a", "b", "c"]
    assert notes.events == []
