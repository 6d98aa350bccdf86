"""An exchange brings what others filmed, claims what nobody has, and costs no job anything."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from preview_worker.queue import ClaimState
from preview_worker.render.cache import Cache
from preview_worker.worker import exchange as exchange_module
from preview_worker.worker import sharing as sharing_module
from preview_worker.worker.exchange import Exchange
from preview_worker.worker.framing import FramingError
from preview_worker.worker.offspring import Child
from tests.fakes.fleet import KEYS, MOST, PROJECT, Fleet, NoClaims, Process

pytestmark = pytest.mark.anyio


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """Workers that have filmed nothing yet."""
    return Fleet(tmp_path)


async def test_what_storage_has_is_brought(fleet: Fleet) -> None:
    """It lies in the cache when the render hears of it."""
    fleet.stock(*KEYS[:3])
    async with fleet.exchange() as exchange:
        assert await Process().ask(exchange, KEYS[:3]) == [KEYS[:3], []]
    assert Cache(fleet.disk("one"), MOST).get(KEYS[0]) == b"a take of " + KEYS[0].encode()
    assert (fleet.told().found, fleet.told().missed) == (3, 0)
    assert fleet.told().received_bytes == sum(map(len, fleet.scenes.kept.values()))


async def test_what_nobody_has_is_ours(fleet: Fleet) -> None:
    """As much of it as was asked for, in order; what was brought comes at the same time."""
    fleet.stock(KEYS[1])
    async with fleet.exchange() as exchange:
        assert await Process().ask(exchange, KEYS[:6], 3) == [[KEYS[1]], [KEYS[0], *KEYS[2:4]]]


async def test_what_another_claims_is_left_to_them(fleet: Fleet) -> None:
    """Whatever comes behind it is ours, also where that is far behind."""
    async with fleet.exchange("one") as one, fleet.exchange("two") as two:
        await Process().ask(one, KEYS, 64)
        assert await Process().ask(two, KEYS, 4) == [[], KEYS[64:68]]


async def test_what_another_films_is_waited_for(fleet: Fleet) -> None:
    """It is brought as soon as they have it, and filmed once."""
    async with fleet.exchange("one") as one, fleet.exchange("two") as two:
        await Process().ask(one, KEYS[:1])
        asking = asyncio.create_task(Process().ask(two, KEYS[:1]))
        fleet.film(KEYS[0], "one")
        one.hear({"offer": KEYS[0]}, cast("Child", None))
        assert await asking == [KEYS[:1], []]
    assert Cache(fleet.disk("two"), MOST).holds(KEYS[0])


async def test_what_another_gave_up_is_ours(fleet: Fleet) -> None:
    """Their render failed, or its worker ended."""
    async with fleet.exchange("two") as two:
        async with fleet.exchange("one") as one:
            await Process().ask(one, KEYS[:2])
            asking = asyncio.create_task(Process().ask(two, KEYS[:2]))
        assert await asking == [[], KEYS[:2]]


async def test_what_another_claims_for_too_long_is_filmed_all_the_same(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One scene of it, and then the next may be there."""
    monkeypatch.setattr(exchange_module, "_PATIENCE_S", 0.0)
    async with fleet.exchange("one") as one, fleet.exchange("two") as two:
        await Process().ask(one, KEYS[:2])
        assert await Process().ask(two, KEYS[:2]) == [[], KEYS[:1]]


async def test_what_was_filmed_is_given_before_a_part_is_done(fleet: Fleet) -> None:
    """Whoever joins the parts finds it, and nobody claims it any more."""
    async with fleet.exchange() as exchange:
        await Process().ask(exchange, KEYS[:1])
        fleet.film(KEYS[0])
        exchange.hear({"offer": KEYS[0]}, cast("Child", None))
    assert (PROJECT, KEYS[0]) in fleet.scenes.kept
    assert await fleet.claims.take([f"{PROJECT}:{KEYS[0]}"], "x", 1) == [ClaimState.DONE]
    assert (fleet.told().kept, fleet.told().failed) == (1, 0)


async def test_a_whole_preview_does_not_wait_for_what_is_sent(fleet: Fleet) -> None:
    """It is sent all the same, at the latest when the worker ends."""
    async with fleet.exchange(thorough=False) as exchange:
        await Process().ask(exchange, KEYS[:1])
        fleet.film(KEYS[0])
        exchange.hear({"offer": KEYS[0]}, cast("Child", None))
    assert not fleet.scenes.kept
    await fleet.sharing.close()
    assert (PROJECT, KEYS[0]) in fleet.scenes.kept


async def test_what_is_offered_and_not_there_is_free_again(fleet: Fleet) -> None:
    """The disk may have been full."""
    async with fleet.exchange() as exchange:
        await Process().ask(exchange, KEYS[:1])
        exchange.hear({"offer": KEYS[0]}, cast("Child", None))
    assert await fleet.claims.take([f"{PROJECT}:{KEYS[0]}"], "x", 1) == [ClaimState.OURS]


async def test_a_storage_that_is_away_costs_one_question(fleet: Fleet) -> None:
    """Everything is filmed here, and the storage is left alone for a while."""
    fleet.scenes.away = True
    async with fleet.exchange() as exchange:
        process = Process()
        assert await process.ask(exchange, KEYS[:1]) == [[], KEYS[:1]]
        assert await process.ask(exchange, KEYS[1:9], 8) == [[], KEYS[1:9]]
    assert fleet.scenes.asked == KEYS[:1]
    assert fleet.told().failed == 1


async def test_what_cannot_be_given_is_free_for_others(fleet: Fleet) -> None:
    """They film it themselves instead of waiting for what never comes."""
    async with fleet.exchange() as exchange:
        await Process().ask(exchange, KEYS[:1])
        fleet.film(KEYS[0])
        fleet.scenes.away = True
        exchange.hear({"offer": KEYS[0]}, cast("Child", None))
    assert fleet.told().failed == 1
    assert await fleet.claims.take([f"{PROJECT}:{KEYS[0]}"], "x", 1) == [ClaimState.OURS]


async def test_a_queue_that_is_away_stops_nobody_from_filming(tmp_path: Path) -> None:
    """Then two may film the same, which is no harm."""
    fleet = Fleet(tmp_path, claims=NoClaims())
    async with fleet.exchange("one") as one, fleet.exchange("two") as two:
        assert await Process().ask(one, KEYS[:2]) == [[], KEYS[:2]]
        assert await Process().ask(two, KEYS[:2]) == [[], KEYS[:2]]
        fleet.film(KEYS[0])
        one.hear({"offer": KEYS[0]}, cast("Child", None))
    assert (PROJECT, KEYS[0]) in fleet.scenes.kept


async def test_a_damaged_entry_is_filmed_anew(fleet: Fleet) -> None:
    """It never reaches the cache."""
    fleet.scenes.kept[PROJECT, KEYS[0]] = b"x" * 100
    async with fleet.exchange() as one:
        assert await Process().ask(one, KEYS[:1]) == [[], KEYS[:1]]


async def test_what_another_render_of_this_worker_filmed_is_not_fetched(fleet: Fleet) -> None:
    """The two share a disk."""
    fleet.film(KEYS[0])
    async with fleet.exchange() as exchange:
        assert await Process().ask(exchange, KEYS[:1]) == [KEYS[:1], []]
    assert fleet.scenes.asked == []


async def test_projects_do_not_see_each_others_scenes(fleet: Fleet, tmp_path: Path) -> None:
    """What a render keeps was decoded from what strangers sent."""
    fleet.stock(KEYS[0])
    other = Exchange(fleet.sharing, "job", tmp_path / "one" / "another", thorough=True)
    async with other as exchange:
        assert await Process().ask(exchange, KEYS[:1]) == [[], KEYS[:1]]


@pytest.mark.parametrize(
    "message",
    [
        {"obtain": [], "most": 4},
        {"obtain": ["../../etc/passwd"], "most": 4},
        {"obtain": KEYS[0], "most": 4},
        {"obtain": [KEYS[0]], "most": "4"},
        {"obtain": [KEYS[0], 7], "most": 4},
        {"obtain": [KEYS[0]]},
        {"offer": "ab"},
        {"offer": None},
        {"offer": [KEYS[0]]},
    ],
)
async def test_nonsense_of_a_render_process_is_refused(
    fleet: Fleet, message: dict[str, Any]
) -> None:
    """It decodes hostile pictures, so it may be anybody's by now."""
    async with fleet.exchange() as exchange:
        with pytest.raises(FramingError):
            exchange.hear(message, cast("Child", Process()))
    assert fleet.scenes.asked == []


async def test_what_was_found_without_a_claim_is_brought(fleet: Fleet) -> None:
    """Whoever only shows what there is holds nobody up who would film the rest."""
    fleet.stock(KEYS[1])
    async with fleet.exchange("one") as one, fleet.exchange("two") as two:
        assert await Process().find(one, KEYS[:3]) == {"brought": KEYS[1:2], "known": True}
        assert await Process().ask(two, KEYS[:3]) == [KEYS[1:2], [KEYS[0], KEYS[2]]]


async def test_what_has_to_be_known_is_asked_for_again(fleet: Fleet) -> None:
    """A storage that failed once hides nothing that lies in it."""
    fleet.stock(*KEYS[:9])
    fleet.scenes.failures = 3
    async with fleet.exchange() as exchange:
        found = await Process().find(exchange, KEYS[:9])
    assert (sorted(found["brought"]), found["known"]) == (KEYS[:9], True)


async def test_what_cannot_be_known_is_said_to_be_unknown(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is not taken for missing."""
    monkeypatch.setattr(exchange_module, "_ABSENCE_S", 0.0)
    fleet.scenes.away = True
    async with fleet.exchange() as exchange:
        assert await Process().find(exchange, KEYS[:2]) == {"brought": [], "known": False}


async def test_what_was_given_is_not_sent_again(fleet: Fleet) -> None:
    """However often a process offers it."""
    fleet.film(KEYS[0])
    async with fleet.exchange() as exchange:
        for _ in range(5):
            exchange.hear({"offer": KEYS[0]}, cast("Child", None))
    assert fleet.told().kept == 1


async def test_what_is_filmed_beside_a_silent_storage_is_claimed_by_nobody(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One entry finds out that it cannot go; nobody waits for any of them."""
    monkeypatch.setattr(sharing_module, "_KEEP_S", 0.05)
    fleet.scenes.silent = True
    async with fleet.exchange() as exchange:
        await Process().ask(exchange, KEYS[:8], 8)
        for key in KEYS[:8]:
            fleet.film(key)
            exchange.hear({"offer": key}, cast("Child", None))
    names = [f"{PROJECT}:{key}" for key in KEYS[:8]]
    assert await fleet.claims.take(names, "x", 8) == [ClaimState.OURS] * 8
    assert (fleet.told().kept, fleet.told().failed) == (0, 8)


async def test_what_comes_to_the_own_disk_meanwhile_is_not_waited_for(fleet: Fleet) -> None:
    """Another render of this worker films it, and its storage takes its time."""
    async with fleet.exchange("one") as other, fleet.exchange("one") as exchange:
        await Process().ask(other, KEYS[:1])
        assert await Process().ask(exchange, KEYS[:2]) == [[], KEYS[1:2]]
        fleet.film(KEYS[0])
        assert await Process().ask(exchange, KEYS[:1]) == [KEYS[:1], []]


async def test_nothing_goes_on_behind_an_exchange_that_was_broken_off(fleet: Fleet) -> None:
    """Neither the renewal of its claims nor what it was sending."""
    before = asyncio.all_tasks()
    fleet.scenes.silent = True

    async def render() -> None:
        async with fleet.exchange() as exchange:
            await Process().ask(exchange, KEYS[:1])
            fleet.film(KEYS[0])
            exchange.hear({"offer": KEYS[0]}, cast("Child", None))

    rendering = asyncio.create_task(render())
    await fleet.scenes.sending.wait()
    rendering.cancel()
    await asyncio.wait({rendering})
    await fleet.sharing.close()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_a_process_that_speaks_of_more_than_a_preview_has_is_refused(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Claims and questions of its own invention would keep the worker busy."""
    monkeypatch.setattr(exchange_module, "_MOST_KEYS", 3)
    async with fleet.exchange() as exchange:
        await Process().ask(exchange, KEYS[:2])
        exchange.hear({"offer": KEYS[2]}, cast("Child", None))
        await Process().ask(exchange, KEYS[:3])
        with pytest.raises(FramingError):
            exchange.hear({"offer": KEYS[3]}, cast("Child", None))


async def test_a_process_that_asks_twice_at_once_is_refused(fleet: Fleet) -> None:
    """One that waits for its answer cannot ask again."""
    async with fleet.exchange() as exchange:
        exchange.hear({"obtain": KEYS[:1], "most": 1}, cast("Child", Process()))
        with pytest.raises(FramingError):
            exchange.hear({"obtain": KEYS[:1], "most": 1}, cast("Child", Process()))
