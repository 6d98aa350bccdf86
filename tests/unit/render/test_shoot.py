"""A shared shoot makes what nobody else makes, in order, and takes the rest from the pool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from preview_worker.render import shoot as shoot_module
from preview_worker.render.pool import Obtained
from preview_worker.render.shoot import SharedShoot

KEYS = [f"key-{number}" for number in range(12)]


@dataclass
class Pool:
    """A pool in which others have made some entries, and are making others."""

    made: set[str] = field(default_factory=set)
    under_way: set[str] = field(default_factory=set)
    offered: list[str] = field(default_factory=list)
    lots: list[tuple[str, ...]] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)

    def obtain(self, keys: Sequence[str], most: int) -> Obtained:
        """Bring what is made; what is under way is made by the time that nothing else is left."""
        self.asked.append(len(keys))
        brought = tuple(key for key in keys if key in self.made)
        taken = self.made | self.under_way
        ours = tuple(key for key in keys if key not in taken)[:most]
        if not brought and not ours:
            self.made |= self.under_way
            return self.obtain(keys, most)
        self.lots.append(ours)
        return Obtained(brought, ours)

    def find(self, keys: Sequence[str]) -> frozenset[str]:
        """Never be asked."""
        raise AssertionError(keys)

    def offer(self, key: str) -> None:
        """Take what was made."""
        self.offered.append(key)
        self.made.add(key)


def a_shoot(pool: Pool) -> tuple[SharedShoot, list[str]]:
    """Return a shoot of all keys, and the list of those that it makes."""
    made: list[str] = []

    def make(key: str) -> bytes:
        made.append(key)
        return key.encode()

    return SharedShoot(KEYS, make, pool, processes=1), made


def test_what_nobody_has_is_made_in_lots() -> None:
    """Whoever comes to film the same has the next lot, meanwhile."""
    pool = Pool()
    shoot, made = a_shoot(pool)

    assert [shoot.bring(key) for key in KEYS] == [key.encode() for key in KEYS]
    assert made == KEYS == pool.offered
    assert pool.lots == [tuple(KEYS[:4]), tuple(KEYS[4:8]), tuple(KEYS[8:])]


def test_what_others_have_made_is_not_made_again() -> None:
    """The cache has it by the time that it is asked for."""
    pool = Pool(made=set(KEYS))
    shoot, made = a_shoot(pool)

    assert [shoot.bring(key) for key in KEYS] == [None] * 12
    assert made == []
    assert pool.lots == [()]


def test_while_others_make_what_comes_first_the_rest_is_made() -> None:
    """It is delivered in its turn all the same."""
    pool = Pool(under_way=set(KEYS[:6]))
    shoot, made = a_shoot(pool)

    assert shoot.bring(KEYS[0]) is None
    assert made == KEYS[6:]
    assert [shoot.bring(key) for key in KEYS[1:]] == [None] * 5 + [k.encode() for k in KEYS[6:]]
    assert made == KEYS[6:]


def test_no_more_is_made_ahead_than_there_is_room_to_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then only what is needed next is asked for."""
    monkeypatch.setattr(shoot_module, "BUFFER_BYTES", 1)
    pool = Pool(under_way=set(KEYS[:6]))
    shoot, made = a_shoot(pool)

    assert shoot.bring(KEYS[0]) is None
    assert made == KEYS[6:10]
    assert pool.asked[-1] == 1


def test_a_key_that_was_not_lacking_comes_from_the_cache() -> None:
    """Nobody is asked for it."""
    pool = Pool()
    shoot, _ = a_shoot(pool)

    assert shoot.bring("known") is None
    assert pool.lots == []


def test_an_error_in_making_is_raised_where_it_is_asked_for() -> None:
    """And nothing is offered that was not made."""
    pool = Pool()

    def fail(_key: str) -> bytes:
        raise OSError(28, "the disk is full")

    shoot = SharedShoot(KEYS, fail, pool, processes=1)
    with pytest.raises(OSError, match="full"):
        shoot.bring(KEYS[0])
    assert pool.offered == []


def test_what_is_left_of_a_lot_is_offered_at_the_end() -> None:
    """The crew may have made it before another one failed; others look whether it is there."""
    pool = Pool()

    def fail(_key: str) -> bytes:
        raise OSError(28, "the disk is full")

    shoot = SharedShoot(KEYS, fail, pool, processes=1)
    with pytest.raises(OSError, match="full"):
        shoot.bring(KEYS[0])
    shoot.close()
    shoot.close()
    assert pool.offered == KEYS[1:4]
