"""Dead letters from the operator's side: chosen, replayed at a bounded rate, dropped, audited."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from preview_worker.events import LetterDropped, LetterReplayed
from preview_worker.queue import DeadLetter, DeadLetters, LetterFilter, Replay
from preview_worker.queue.dead_queue import BullDeadLetters

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from preview_worker.events import Observer
    from preview_worker.settings import Settings


@asynccontextmanager
async def open_dead_letters(settings: Settings) -> AsyncIterator[DeadLetters]:
    """Yield the dead letters of the queue of ``settings``."""
    letters = BullDeadLetters(settings.queue)
    try:
        yield letters
    finally:
        await letters.close()


@dataclass(frozen=True, slots=True)
class Choice:
    """The letters that are meant: by id when there are ids, and by filter in any case."""

    wanted: LetterFilter
    job_ids: tuple[str, ...] = ()

    async def of(self, letters: DeadLetters) -> AsyncIterator[DeadLetter]:
        """Yield the chosen ones of ``letters``."""
        if not self.job_ids:
            async for letter in letters.letters():
                if self.wanted.matches(letter):
                    yield letter
        for job_id in self.job_ids:
            found = await letters.find(job_id)
            if found is not None and self.wanted.matches(found):
                yield found


class Fate(NamedTuple):
    """A letter and what became of it; ``result`` is None in a dry run."""

    letter: DeadLetter
    result: str | None


@dataclass(frozen=True, slots=True)
class LetterClerk:
    """Replays and drops letters one after the other and tells ``observer`` of each."""

    letters: DeadLetters
    observer: Observer
    dry_run: bool = False
    per_s: float | None = None
    """Letters a second; None is as fast as it goes."""

    async def replay(self, choice: Choice) -> AsyncIterator[Fate]:
        """Put the chosen jobs back into their queue."""
        async for letter in choice.of(self.letters):
            result: Replay | None = None
            if not self.dry_run:
                result = await self.letters.replay(letter.id)
                self.observer.observe(
                    LetterReplayed(job_id=_shown(letter), code=letter.code, result=result)
                )
            yield Fate(letter, result)
            await self._pause()

    async def drop(self, choice: Choice) -> AsyncIterator[Fate]:
        """Forget the chosen letters."""
        async for letter in choice.of(self.letters):
            result = None
            if not self.dry_run:
                dropped = await self.letters.drop(letter.id)
                result = "dropped" if dropped else str(Replay.ABSENT)
                self.observer.observe(LetterDropped(job_id=_shown(letter), code=letter.code))
            yield Fate(letter, result)
            await self._pause()

    async def _pause(self) -> None:
        if self.per_s is not None and not self.dry_run:
            await asyncio.sleep(1 / self.per_s)


def _shown(letter: DeadLetter) -> str:
    """Return the id with bytes that are no text spelled out."""
    return letter.id.encode(errors="surrogateescape").decode(errors="backslashreplace")
