"""Who may do what over HTTP: keys and roles, projects, guesses, and browsers led astray."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from preview_worker.queue import QueueSettings
from tests.api_server import KEYS, SECRETS, Counter, counter
from tests.fakes.payloads import a_payload

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(queue_settings: QueueSettings, tmp_path: Path) -> AsyncIterator[Counter]:
    """A server without keys."""
    async with counter(queue_settings, tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("method", "path", "roles"),
    [
        ("GET", "/api/v1/jobs", {"read", "submit", "operate"}),
        ("GET", "/api/v1/jobs/j-1", {"read", "submit", "operate"}),
        ("GET", "/api/v1/queue", {"read", "submit", "operate"}),
        ("GET", "/api/v1/dead", {"read", "submit", "operate"}),
        ("POST", "/api/v1/jobs/j-1/cancel", {"submit", "operate"}),
        ("POST", "/api/v1/jobs/j-1/retry", {"operate"}),
        ("POST", "/api/v1/queue/pause", {"operate"}),
        ("POST", "/api/v1/queue/resume", {"operate"}),
        ("GET", "/api/preview/job/j-1/status", {"read", "submit", "operate"}),
        ("GET", "/api/preview/queue/metrics", {"read", "submit", "operate"}),
    ],
)
async def test_each_role_may_do_what_it_is_for(
    queue_settings: QueueSettings, tmp_path: Path, method: str, path: str, roles: set[str]
) -> None:
    """Without a key 401, with too small a role 403, else an answer."""
    async with counter(queue_settings, tmp_path, keys=KEYS, secret="") as desk:
        assert (await desk.client.request(method, path)).status_code == 401
        for role in ("read", "submit", "operate"):
            answer = await desk.client.request(
                method, path, headers={"authorization": f"Bearer {SECRETS[role]}"}
            )
            assert (answer.status_code != 403) == (role in roles), role
            assert answer.status_code != 401


async def test_a_key_for_one_project_sees_no_other(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Jobs of others do not exist for it."""
    keys = f"{KEYS},paul:operate:project-01234567@p-1"
    async with counter(queue_settings, tmp_path, keys=keys, secret=SECRETS["operate"]) as desk:
        for number in (1, 2):
            await desk.submit(jobId=f"j-{number}", projectId=f"p-{number}")
            await desk.until_known(f"j-{number}")
        theirs = {"x-mobius-api-key": "project-01234567"}
        get = desk.client.get

        listed = (await get("/api/v1/jobs", headers=theirs)).json()

        assert [job["id"] for job in listed["jobs"]] == ["j-1"]
        assert (await get("/api/v1/jobs/j-1", headers=theirs)).status_code == 200
        assert (await get("/api/v1/jobs/j-2", headers=theirs)).status_code == 404
        assert (await get("/api/preview/j-2/status", headers=theirs)).status_code == 404
        refused = await desk.client.post(
            "/api/v1/jobs", json=a_payload(projectId="p-2", jobId="j-3"), headers=theirs
        )
        assert refused.status_code == 403


async def test_whoever_guesses_keys_has_to_wait(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Ten failures in a row, and no more; a right key is then refused as well."""
    async with counter(queue_settings, tmp_path, keys=KEYS) as desk:
        for number in range(10):
            answer = await desk.client.get(
                "/api/v1/jobs", headers={"x-mobius-api-key": f"guess-{number}"}
            )
            assert answer.status_code == 401

        late = await desk.client.get("/api/v1/jobs", headers={"x-mobius-api-key": SECRETS["read"]})

        assert late.status_code == 429
        assert int(late.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"origin": "https://elsewhere.example"},
        {"host": "elsewhere.example"},
    ],
)
async def test_another_site_cannot_have_a_browser_act_for_it(
    desk: Counter, headers: dict[str, str]
) -> None:
    """Without keys the only guard of a server on loopback is where a request comes from."""
    answer = await desk.client.post("/api/v1/queue/pause", headers=headers)

    assert answer.status_code == 403
    assert (await desk.services.controls.counts()).paused is False


async def test_the_page_is_opened_with_a_key_and_a_session(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """The cookie lets somebody look; to change something takes the token of the page as well."""
    async with counter(queue_settings, tmp_path, keys=KEYS) as desk:
        client = desk.client
        browser = {"accept": "text/html"}
        asked = await client.get("/", headers=browser)
        wrong = await client.post("/login", data={"key": "nobody's", "next": "/"}, headers=browser)
        right = await client.post(
            "/login", data={"key": SECRETS["operate"], "next": "//elsewhere.example"}
        )
        page = await client.get("/", headers=browser)
        token = page.text.partition('name="csrf-token" content="')[2].partition('"')[0]
        bare = await client.post("/api/v1/queue/pause")
        meant = await client.post("/api/v1/queue/pause", headers={"x-csrf-token": token})
        await client.post("/logout")
        after = await client.get("/", headers=browser)

        assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=/")
        assert wrong.status_code == 401
        assert (right.status_code, right.headers["location"]) == (303, "/")
        cookie = right.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert page.status_code == 200
        assert (bare.status_code, meant.status_code) == (403, 200)
        assert after.status_code == 303
