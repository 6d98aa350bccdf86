"""Who may do what over HTTP: keys and roles, projects, guesses, and browsers led astray."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from preview_worker.bootstrap.site import SiteProcess
from preview_worker.events import LoginAttempted
from preview_worker.queue import QueueSettings
from preview_worker.settings import SettingsError, load_settings
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


@pytest.mark.usefixtures("unforgiving")
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
        later = await desk.client.get("/api/v1/jobs", headers={"x-mobius-api-key": "guess-11"})

        assert late.status_code == 429
        assert late.headers["retry-after"] == "6"
        assert later.status_code == 429
        told = [event for event in desk.notes.events if isinstance(event, LoginAttempted)]
        assert [event.result for event in told] == ["refused"] * 10 + ["throttled"]
        assert {event.address for event in told} == {"127.0.0.1"}
        assert {event.key for event in told} == {""}


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

        told = [event for event in desk.notes.events if isinstance(event, LoginAttempted)]
        assert [(event.result, event.key) for event in told] == [
            ("refused", ""),
            ("accepted", "operate-key"),
        ]
        assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=/")
        assert wrong.status_code == 401
        assert (right.status_code, right.headers["location"]) == (303, "/")
        cookie = right.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert page.status_code == 200
        assert (bare.status_code, meant.status_code) == (403, 200)
        assert after.status_code == 303


SITE = "https://app.example.org"
OTHER_SITE = "https://app.example.org.evil.example"


async def test_scripts_of_a_listed_site_may_use_the_interface_with_a_key(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """A browser asks first, and then lets the script read what it needs."""
    async with counter(
        queue_settings, tmp_path, keys=KEYS, preview_cors_origins=f"{SITE}, http://localhost:5173"
    ) as desk:
        wish = {
            "origin": SITE,
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type,idempotency-key,x-mobius-api-key",
        }
        asked = await desk.client.options("/api/v1/jobs", headers=wish)
        key = {"x-mobius-api-key": SECRETS["submit"]}
        cross = {"origin": SITE, "sec-fetch-site": "cross-site", **key}
        added = await desk.client.post("/api/v1/jobs", json=a_payload(), headers=cross)
        refused = await desk.client.get("/api/v1/jobs", headers={"origin": SITE})

    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == SITE
    assert {"GET", "HEAD", "POST"} == set(asked.headers["access-control-allow-methods"].split(", "))
    assert "origin" in asked.headers["vary"].lower()
    assert added.status_code == 202
    for answer in (added, refused):
        assert answer.headers["access-control-allow-origin"] == SITE
        assert "origin" in answer.headers["vary"].lower()
        assert "access-control-allow-credentials" not in answer.headers
        shown = set(answer.headers["access-control-expose-headers"].split(", "))
        assert {"etag", "location", "retry-after", "x-request-id", "content-range"} <= shown
    assert refused.status_code == 401


@pytest.mark.parametrize("origin", [OTHER_SITE, "null", "http://app.example.org", f"{SITE}:8443"])
async def test_scripts_of_other_sites_may_not_read_anything(
    queue_settings: QueueSettings, tmp_path: Path, origin: str
) -> None:
    """An origin is compared as a whole; caches are told that answers depend on it."""
    async with counter(
        queue_settings, tmp_path, keys=KEYS, preview_cors_origins=SITE, secret=SECRETS["read"]
    ) as desk:
        wish = {"origin": origin, "access-control-request-method": "GET"}
        asked = await desk.client.options("/api/v1/jobs", headers=wish)
        answer = await desk.client.get("/api/v1/jobs", headers={"origin": origin})
        plain = await desk.client.get("/api/v1/jobs")

    assert asked.status_code == 400
    for one in (asked, answer, plain):
        assert "access-control-allow-origin" not in one.headers
        assert "origin" in one.headers["vary"].lower()


async def test_a_listed_site_cannot_act_through_somebodys_session(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Even with the cookie and its token, should a browser ever send them."""
    async with counter(queue_settings, tmp_path, keys=KEYS, preview_cors_origins=SITE) as desk:
        await desk.client.post("/login", data={"key": SECRETS["operate"], "next": "/"})
        page = await desk.client.get("/", headers={"accept": "text/html"})
        token = page.text.partition('name="csrf-token" content="')[2].partition('"')[0]
        answer = await desk.client.post(
            "/api/v1/queue/pause", headers={"x-csrf-token": token, "origin": SITE}
        )

        assert answer.status_code == 403
        assert (await desk.services.controls.counts()).paused is False


async def test_without_a_list_no_site_is_let_in(desk: Counter) -> None:
    """A preflight is then a method that is not there."""
    wish = {"origin": SITE, "access-control-request-method": "GET"}
    asked = await desk.client.options("/api/v1/jobs", headers=wish)
    answer = await desk.client.get("/api/v1/jobs", headers={"origin": SITE})

    assert asked.status_code == 405
    for one in (asked, answer):
        assert not [name for name in one.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "value",
    ["*", "https://*.example.org", f"{SITE}/", "app.example.org", "https://App.example.org"],
)
def test_a_list_of_sites_has_exact_origins_only(value: str) -> None:
    """A wildcard is no way to say whom one trusts."""
    with pytest.raises(SettingsError, match="PREVIEW_CORS_ORIGINS"):
        load_settings(preview_cors_origins=value)


@pytest.mark.parametrize("variable", ["NODE_ENV", "PREVIEW_ENV"])
@pytest.mark.parametrize("value", ["production", "development"])
@pytest.mark.parametrize("host", ["", "::", "192.0.2.7", "previews.example.org"])
def test_beyond_this_machine_nobody_is_served_without_keys(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, host: str
) -> None:
    """In production they are mandatory, and out of it they are no less."""
    monkeypatch.setenv(variable, value)
    settings = load_settings(preview_health_host=host)

    with pytest.raises(SettingsError, match="PREVIEW_API_KEYS: keys are needed"):
        SiteProcess(settings)
    assert settings.production == (value == "production")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_may_be_served_without_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: str
) -> None:
    """There whoever comes has an account on it."""
    monkeypatch.setenv("NODE_ENV", "production")

    SiteProcess(load_settings(preview_health_host=host, data_dir=tmp_path))


def test_with_keys_any_address_may_be_served(tmp_path: Path) -> None:
    """That is what they are for."""
    SiteProcess(load_settings(preview_api_keys=KEYS, data_dir=tmp_path))
