"""The studio: brings the recording and the takes of a preview, made now or kept from before."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from functools import cached_property
from types import TracebackType
from typing import Self

from preview_worker.render.cache import Cache
from preview_worker.render.camera import Camera, Spent, print_name
from preview_worker.render.fingerprint import Digests, Fingerprints
from preview_worker.render.model import Timeline
from preview_worker.render.pool import Pool
from preview_worker.render.prints import PrintOrder
from preview_worker.render.recording import Recording, silence
from preview_worker.render.settings import PartWish
from preview_worker.render.shoot import OwnShoot, SharedShoot, Shoot
from preview_worker.render.shots import Shot, plan_shots
from preview_worker.render.take import Take

_SPENT = struct.Struct("<ddddd")


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a studio works with."""

    camera: Camera
    record: Callable[[], Recording]
    cache: Cache
    processes: int
    made_with: object
    digests: Digests
    pool: Pool | None = None
    """What is shared with other workers; None where everything is made here."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A shot with the name of its take in the cache, and the prints that are wanted of it."""

    shot: Shot
    key: str
    orders: tuple[PrintOrder, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A take as it is delivered: with its prints by their orders, and what it cost to film."""

    shot: Shot
    take: Take
    prints: dict[PrintOrder, bytes]
    spent: Spent | None
    """None for a take that was kept from before."""


class Studio:
    """Makes what the cache does not hold, with as many processes as the render may use."""

    def __init__(
        self,
        timeline: Timeline,
        equipment: Equipment,
        orders: Sequence[PrintOrder],
        part: PartWish | None = None,
    ) -> None:
        """Schedule every shot of ``timeline``, or those of a ``part``, and put the crew to work.

        The sound is recorded with the first part.
        """
        self._timeline = timeline
        self._equipment = equipment
        self._fingerprints = Fingerprints(timeline, equipment.made_with, equipment.digests)
        schedule = [self._scheduled(shot, orders) for shot in plan_shots(timeline)]
        self._schedule = schedule if part is None else share_of(schedule, part)
        self._silent = not timeline.sounds or (part is not None and part.number > 1)
        self._first = {one.key: one for one in reversed(self._schedule)}
        self._shoot = self._open_shoot()
        self.reused = 0
        """Takes that had been filmed before, for this preview or another one."""

    @property
    def shots(self) -> int:
        """How many shots there are."""
        return len(self._schedule)

    def _scheduled(self, shot: Shot, orders: Sequence[PrintOrder]) -> Scheduled:
        key = self._fingerprints.of_shot(shot)
        wanted = (o for o in orders if shot.start_frame <= o.frame < shot.end_frame)
        return Scheduled(shot, key, tuple(wanted))

    @cached_property
    def _sound_key(self) -> str:
        return self._fingerprints.of_sound()

    def _open_shoot(self) -> Shoot:
        """Begin to make what is not in the cache, each once; the recording comes first."""
        cache, processes = self._equipment.cache, self._equipment.processes
        keys = [] if self._silent else [self._sound_key]
        keys += dict.fromkeys(one.key for one in self._schedule)
        lacking = [key for key in keys if not cache.holds(key)]
        pool = self._equipment.pool
        if pool is None or cache.folder is None:
            return OwnShoot(lacking, self._make, processes)
        return SharedShoot(lacking, self._make, pool, processes)

    def _make(self, key: str) -> bytes:
        """Make one entry, in a process of the crew; it goes into the cache as well."""
        scheduled = self._first.get(key)
        if scheduled is None:
            return self._record().pack()
        take, spent = self._film(scheduled)
        return _SPENT.pack(*astuple(spent)) + take.pack()

    def _record(self) -> Recording:
        recording = self._equipment.record()
        self._equipment.cache.put(self._sound_key, recording.pack())
        return recording

    def _film(self, scheduled: Scheduled) -> tuple[Take, Spent]:
        take, spent = self._equipment.camera.film(scheduled.shot, scheduled.orders)
        self._equipment.cache.put(scheduled.key, take.pack())
        return take, spent

    def recording(self) -> Recording:
        """Return what is heard. To be called once, and before the takes are asked for."""
        if self._silent:
            return Recording(silence(self._timeline))
        if (made := self._shoot.bring(self._sound_key)) is not None:
            return Recording.unpack(made)
        packed = self._equipment.cache.get(self._sound_key)
        try:
            return Recording.unpack(packed or b"")
        except ValueError:
            return self._record()

    def takes(self) -> Iterator[Delivery]:
        """Yield every take in order, with the prints that were ordered of it."""
        uses = Counter(scheduled.key for scheduled in self._schedule)
        at_hand: dict[str, Take] = {}
        for scheduled in self._schedule:
            key, spent = scheduled.key, None
            if key in at_hand:
                take = at_hand.pop(key)
                self.reused += 1
            elif (made := self._shoot.bring(key)) is not None:
                take, spent = _filmed(made)
            else:
                take, spent = self._kept(scheduled)
            delivery = self._delivered(scheduled, take, spent)
            uses[key] -= 1
            if uses[key]:
                at_hand[key] = delivery.take
            yield delivery

    def _kept(self, scheduled: Scheduled) -> tuple[Take, Spent | None]:
        """Return the take from the cache, or film it after all when it is damaged or gone."""
        packed = self._equipment.cache.get(scheduled.key)
        try:
            take = Take.unpack(packed or b"")
        except ValueError:
            return self._film(scheduled)
        self.reused += 1
        return take, None

    def _delivered(self, scheduled: Scheduled, take: Take, spent: Spent | None) -> Delivery:
        shot = scheduled.shot
        names = {o: print_name(take.segment, shot, o) for o in scheduled.orders}
        lacking = [order for order, name in names.items() if name not in take.prints]
        if lacking:
            take = self._equipment.camera.develop(shot, take, lacking)
            self._equipment.cache.put(scheduled.key, take.pack())
        prints = {order: take.prints[name] for order, name in names.items()}
        return Delivery(shot, take, prints, spent)

    def close(self) -> None:
        """End what is still being worked on."""
        self._shoot.close()

    def __enter__(self) -> Self:
        """Return the studio itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave nobody at work."""
        self.close()


def _filmed(made: bytes) -> tuple[Take, Spent]:
    return Take.unpack(made[_SPENT.size :]), Spent(*_SPENT.unpack_from(made))


def share_of(schedule: Iterable[Scheduled], part: PartWish) -> list[Scheduled]:
    """Return the shots of one part; all parts together have every different shot once.

    Each has shots that stand beside each other, which often show the same pictures, and as many as
    the others, but for one.
    """
    first: dict[str, Scheduled] = {}
    for one in schedule:
        first.setdefault(one.key, one)
    different = list(first.values())
    begin, end = (len(different) * bound // part.count for bound in (part.number - 1, part.number))
    return different[begin:end]
