"""Which scene of one version is which of the other, when some came, went, moved or changed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from preview_worker.render.comparison.version import VersionScene

ALIKE = 0.6
"""Two scenes with so much of their words in common are versions of each other."""

Scenes = Sequence[VersionScene]


@dataclass(frozen=True, slots=True)
class Pair:
    """A scene of the one version and its counterpart by their positions; None where it has none."""

    before: int | None
    after: int | None
    moved: bool = False


def align(before: Scenes, after: Scenes) -> tuple[Pair, ...]:
    """Pair the scenes, in the order of ``after``, what went away where it was.

    Scenes with the same words find each other first, those of one id before others, because ids
    such as ``step-3`` only count; then scenes of one id; then scenes whose words are much alike.
    """
    found: dict[int, int] = {}
    for rule in (_same, _same_content, _same_id):
        _match(before, after, rule, found)
    _match_alike(before, after, found)
    return tuple(_in_order(before, after, found))


def _same(one: VersionScene, other: VersionScene) -> bool:
    return one.id == other.id and one.content == other.content


def _same_content(one: VersionScene, other: VersionScene) -> bool:
    return bool(one.content) and one.content == other.content


def _same_id(one: VersionScene, other: VersionScene) -> bool:
    return one.id == other.id


def _match(
    before: Scenes,
    after: Scenes,
    rule: Callable[[VersionScene, VersionScene], bool],
    found: dict[int, int],
) -> None:
    """Pair what ``rule`` holds for; ``found`` maps positions before to positions after."""
    free = [position for position in range(len(after)) if position not in found.values()]
    for position, scene in enumerate(before):
        if position in found:
            continue
        partner = next((one for one in free if rule(scene, after[one])), None)
        if partner is not None:
            found[position] = partner
            free.remove(partner)


def _match_alike(before: Scenes, after: Scenes, found: dict[int, int]) -> None:
    left = [position for position in range(len(before)) if position not in found]
    right = [position for position in range(len(after)) if position not in found.values()]
    ratings = sorted(
        ((_likeness(before[one], after[other]), one, other) for one in left for other in right),
        key=lambda rating: (-rating[0], rating[1], rating[2]),
    )
    for likeness, one, other in ratings:
        if likeness >= ALIKE and one not in found and other not in found.values():
            found[one] = other


def _likeness(one: VersionScene, other: VersionScene) -> float:
    words = (one.content.lower().split(), other.content.lower().split())
    return SequenceMatcher(None, *words, autojunk=False).ratio() if all(words) else 0.0


def _in_order(before: Scenes, after: Scenes, found: dict[int, int]) -> Iterator[Pair]:
    staying = _staying([found[position] for position in sorted(found)])
    origins = {there: here for here, there in found.items()}
    gone = [position for position in range(len(before)) if position not in found]
    for position in range(len(after)):
        origin = origins.get(position)
        moved = origin is not None and position not in staying
        if origin is not None and not moved:
            while gone and gone[0] < origin:
                yield Pair(gone.pop(0), None)
        yield Pair(origin, position, moved)
    yield from (Pair(position, None) for position in gone)


def _staying(positions: Sequence[int]) -> set[int]:
    """Return the longest run of ``positions`` that goes up: everything else was moved."""
    tails: list[int] = []
    ends: list[int] = []
    links: list[int | None] = []
    for number, position in enumerate(positions):
        at = bisect_left(tails, position)
        links.append(ends[at - 1] if at else None)
        if at == len(tails):
            tails.append(position)
            ends.append(number)
        else:
            tails[at], ends[at] = position, number
    kept: set[int] = set()
    step = ends[-1] if ends else None
    while step is not None:
        kept.add(positions[step])
        step = links[step]
    return kept
