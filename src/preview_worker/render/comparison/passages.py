"""Which words of a text came and which went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal


@dataclass(frozen=True, slots=True)
class Passage:
    """Some words in a row that had one fate."""

    fate: Literal["kept", "removed", "added"]
    text: str


def compare_words(before: str, after: str) -> tuple[Passage, ...]:
    """Return ``before`` and ``after`` as one text of passages, word by word; empty if equal."""
    if before.split() == after.split():
        return ()
    return tuple(_passages(before.split(), after.split()))


def _passages(before: list[str], after: list[str]) -> Iterator[Passage]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            yield Passage("kept", " ".join(before[start:end]))
            continue
        if end > start:
            yield Passage("removed", " ".join(before[start:end]))
        if new_end > new_start:
            yield Passage("added", " ".join(after[new_start:new_end]))
