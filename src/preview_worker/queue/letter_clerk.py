"""Dead letters from the operator's side: chosen, replayed at a bounded rate, dropped, told of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple

from preview_worker.events import Event, LetterDropped, LetterReplayed, Observer
from preview_worker.queue.dead import DeadLetter, DeadLetters, LetterFilter, Replay


def _every(_: DeadLetter) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class LetterChoice:
    """The letters that are meant: by id when there are ids, and by filter in any case."""

    wanted: LetterFilter
    job_ids: tuple[str, ...] = ()
    allowed: Callable[[DeadLetter], bool] = _every
    """Whether a letter is any business of those who ask; one that is not does not exist."""
    limit: int = 0
    """The most that are meant; 0 for no such bound."""

    async def of(self, letters: DeadLetters) -> AsyncIterator[DeadLetter]:
        """Yield the chosen ones of ``letters``: as they are named, or the oldest first."""
        count = 0
        async for letter in self._candidates(letters):
            if self.wanted.matches(letter) and self.allowed(letter):
                yield letter
                count += 1
                if count == self.limit:
                    return

    async def _candidates(self, letters: DeadLetters) -> AsyncIterator[DeadLetter]:
        if not self.job_ids:
            async for letter in letters.letters():
                yield letter
        for job_id in dict.fromkeys(self.job_ids):
            found = await letters.find(job_id)
            if found is not None:
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

    def replay(self, choice: LetterChoice) -> AsyncIterator[Fate]:
        """Put the chosen jobs back into their queue."""
        return self._decide(choice, self._replay_one)

    def drop(self, choice: LetterChoice) -> AsyncIterator[Fate]:
        """Forget the chosen letters."""
        return self._decide(choice, self._drop_one)

    async def _decide(
        self, choice: LetterChoice, deed: Callable[[DeadLetter], Awaitable[tuple[str, Event]]]
    ) -> AsyncIterator[Fate]:
        async for letter in choice.of(self.letters):
            if self.dry_run:
                yield Fate(letter, None)
                continue
            result, event = await deed(letter)
            self.observer.observe(event)
            yield Fate(letter, result)
            if self.per_s is not None:
                await asyncio.sleep(1 / self.per_s)

    async def _replay_one(self, letter: DeadLetter) -> tuple[str, Event]:
        result = await self.letters.replay(letter.id)
        return result, LetterReplayed(job_id=letter.shown_id, code=letter.code, result=result)

    async def _drop_one(self, letter: DeadLetter) -> tuple[str, Event]:
        dropped = await self.letters.drop(letter.id)
        result = "dropped" if dropped else str(Replay.ABSENT)
        return result, LetterDropped(job_id=letter.shown_id, code=letter.code)
