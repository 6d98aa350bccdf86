"""Every door of the HTTP interface: whom it lets in, and what it tells those whom it does not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from preview_worker.queue import Failed, QueueSettings
from preview_worker.queue.embedded import EmbeddedRedis
from tests.api_server import KEYS, SECRETS, Counter, counter, publish
from tests.doors import OPEN, Door, Heard, House, knock
from tests.fakes.payloads import a_request
from tests.redis_server import leased, quick_settings

pytestmark = pytest.mark.anyio

ROLES = ("read", "submit", "operate")
THEIRS, OURS = "p-theirs", "p-ours"
MARK = "Theirs-and-nobody-elses"
"""Stands in every text and file of the other project."""
OUR_SECRET = "ours-0123456789ab"
VALUES = {
    "project_id": THEIRS,
    "job_id": "dead",
    "preview_id": "dead",
    "code": "queue.full",
    "name": "preview.mp4",
}
REFUSED = (401, 403)


@dataclass(frozen=True)
class Street:
    """A server, and the house behind it."""

    desk: Counter
    house: House

    async def knock(self, door: Door, secret: str = "", **asking: object) -> Heard:
        """Ask at a door for what is theirs, with the key of ``secret`` or with none."""
        headers = {"authorization": f"Bearer {secret}"} if secret else {}
        live = {"name": "index.m3u8"} if "/live/" in door.path else {}
        values = {**VALUES, **live}
        return await knock(self.desk.client, door, values, headers=headers, **asking)


@pytest.fixture
async def street(
    queue_settings: QueueSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Street]:
    """A server with jobs of two projects: theirs have died, wait, and left a preview."""
    monkeypatch.setattr("preview_worker.api.artifacts._PATIENCE_S", 0.1)  # nothing renders
    await publish(tmp_path, THEIRS, "dead", {"preview.mp4": MARK.encode(), "poster.jpg": b"p"})
    house = House()
    keys = f"{KEYS},ours:operate:{OUR_SECRET}@{OURS}"
    monkeypatch.setattr("tests.api_server.create_app", house.build)
    async with counter(queue_settings, tmp_path, keys=keys, audited=True) as desk:
        desk.client.headers["authorization"] = f"Bearer {SECRETS['operate']}"
        desk.client.timeout = 120  # a still has to be painted, on whatever machine this is
        theirs = {"projectId": THEIRS, "requestId": MARK, "previewRequest": a_request(title=MARK)}
        await desk.submit(jobId="dead", **theirs)
        await desk.queue.settle(await leased(desk.queue), Failed("permanent.timeout", MARK))
        await desk.submit(jobId="waiting", **theirs)
        await desk.submit(jobId="ours", projectId=OURS)
        for job_id in ("dead", "waiting", "ours"):
            await desk.until_known(job_id)
        del desk.client.headers["authorization"]
        yield Street(desk, house)


async def test_there_is_no_door_without_a_lock_that_was_not_meant_to_be_open(
    street: Street,
) -> None:
    """A new route asks for a key, or is written down as open."""
    doors = {str(door) for door in street.house.doors()}
    heard = {str(door): await street.knock(door) for door in street.house.closed_doors()}

    assert doors >= OPEN
    assert {name: answer.status for name, answer in heard.items() if answer.status != 401} == {}
    assert not [name for name, answer in heard.items() if MARK in answer.text]


async def test_what_is_open_tells_nothing_of_jobs(street: Street) -> None:
    """Whoever comes to an open door learns figures at most."""
    heard = {
        str(door): await street.knock(door) for door in street.house.doors() if str(door) in OPEN
    }

    assert not [name for name, answer in heard.items() if MARK in answer.text]
    assert not [name for name, answer in heard.items() if answer.status >= 500]


async def test_each_door_opens_to_the_role_that_the_description_names(street: Street) -> None:
    """Whoever may less is refused with 403, whoever may more is let in."""
    needed: dict[str, str] = {}
    for door in street.house.closed_doors():
        let_in = [
            role
            for role in ROLES
            if (await street.knock(door, SECRETS[role])).status not in REFUSED
        ]
        assert tuple(let_in) == ROLES[-len(let_in) :], door
        needed[str(door)] = let_in[0]

    told = {
        f"{method.upper()} {path}": {
            scopes[0] for way in does["security"] for scopes in way.values()
        }
        for path, methods in street.house.app.openapi()["paths"].items()
        for method, does in methods.items()
        if method != "head" and "security" in does
    }
    assert told == {name: {needed[name]} for name in told}
    assert {name for name in needed if name.partition(" ")[2].startswith("/api/")} <= set(told)


async def test_a_key_of_another_project_gets_nothing_at_any_door(street: Street) -> None:
    """What belongs to others does not exist: 404 where it is named, and no word of it elsewhere."""
    before = await street.desk.services.catalogue.find(["dead", "waiting"])
    wish = json.dumps({"ids": ["dead", "waiting"], "code": "*"})

    heard = {
        str(door): await street.knock(door, OUR_SECRET, content=wish if _takes_a_body(door) else "")
        for door in street.house.doors()
    }

    after = await street.desk.services.catalogue.find(["dead", "waiting"])
    headers = {"authorization": f"Bearer {OUR_SECRET}"}
    of_nobody = await street.desk.client.get("/jobs/nobody/thumbnail", headers=headers)
    assert heard.pop("GET /jobs/{job_id}/thumbnail").text == of_nobody.text
    named = {name: answer.status for name, answer in heard.items() if "{job_id}" in name}
    assert named == dict.fromkeys(named, 404)
    assert not [name for name, answer in heard.items() if MARK in answer.text]
    assert after == before


def _takes_a_body(door: Door) -> bool:
    return door.path.startswith("/api/v1/dead")


async def test_no_stream_tells_a_key_of_another_project(street: Street) -> None:
    """From the very first event on; ours was added last, so theirs would have come before it."""
    streams = [
        door
        for door in street.house.closed_doors()
        if "{" not in door.path
        and (await street.knock(door, OUR_SECRET)).headers["content-type"].startswith("text/event")
    ]
    assert {door.path for door in streams} == {"/api/v1/events", "/live"}
    for door in streams:
        heard = ""
        async with street.desk.client.stream(
            door.method,
            door.path,
            params={"after": "0-0"},
            headers={"authorization": f"Bearer {OUR_SECRET}"},
        ) as answer:
            async for line in answer.aiter_lines():
                heard += line
                if line.startswith("data:") and '"ours"' in line:
                    break
        assert MARK not in heard
        assert '"waiting"' not in heard


async def test_a_refused_method_is_told_all_that_are_there(street: Street) -> None:
    """Several routes share a path, and each knows its own method only."""
    for door in street.house.closed_doors():
        path = door.address(VALUES)
        refused = await street.desk.client.request("PROPFIND", path)
        assert refused.status_code == 405, path
        allowed = set(refused.headers["allow"].split(", "))
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
            answer = await street.desk.client.request(method, path)
            assert (answer.status_code != 405) == (method in allowed), (method, path, allowed)


async def test_no_door_breaks_while_redis_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What needs the queue says 503 and when to come back; everything else goes on."""
    redis = EmbeddedRedis(tmp_path, durable=False)
    redis.start()
    house = House()
    monkeypatch.setattr("tests.api_server.create_app", house.build)
    settings = quick_settings(redis.url)
    try:
        async with counter(settings, tmp_path, audited=True) as desk:
            desk.client.timeout = 120
            await desk.services.keeper.ready.wait()
            doors = [door for door in house.closed_doors() if door.path != "/api/v1/stills"]
            redis.stop()
            heard = dict(
                zip(
                    map(str, doors),
                    await asyncio.gather(*(knock(desk.client, door, VALUES) for door in doors)),
                    strict=True,
                )
            )
    finally:
        redis.stop()

    away = {name for name, answer in heard.items() if answer.status == 503}
    unprepared = {
        f"{method.upper()} {path}"
        for path, methods in house.app.openapi()["paths"].items()
        for method, does in methods.items()
        if "503" not in does["responses"]
    }
    assert {name: answer.status for name, answer in heard.items() if answer.status == 500} == {}
    assert away >= {"GET /api/v1/queue", "GET /api/v1/jobs/{job_id}", "POST /api/v1/queue/pause"}
    assert away & unprepared == set()
    assert not [name for name in away if int(heard[name].headers["retry-after"]) < 1]
