"""The contract of the HTTP interface: its document, its manual and its answers say the same."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import Counter as Tally
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from starlette.datastructures import Headers

from preview_worker.api.problems import KINDS
from preview_worker.contract import ErrorCode
from preview_worker.queue import Failed, QueueSettings
from tests.api_server import KEYS, SECRETS, Counter, counter, publish
from tests.doors import House
from tests.redis_server import leased

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from preview_worker.api.services import Services

pytestmark = pytest.mark.anyio

MANUAL = Path(__file__).parents[2] / "docs/http-api.md"
PREFIX = "/api/v1"
CASES = 5000
SHARES = {"nobody": 600, "read": 1000, "submit": 1000, "operate": 2400}
"""How many requests each sends at least; a key lets more of them through to where defects are."""
EXAMPLES = {"nobody": 6, "read": 16, "submit": 16, "operate": 48}
"""How many are drawn for each operation, beside those that are made of its limits."""
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "missing_required_header",
    "use_after_free",
)


def test_the_requests_are_five_thousand() -> None:
    """Whatever their shares are."""
    assert sum(SHARES.values()) >= CASES


class Hurried:
    """Ends streams of events after their first words, as a client does that has heard enough."""

    def __init__(self, app: ASGIApp) -> None:
        """Hurry ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and say no more on a stream of events once it has begun."""
        endless = over = False

        async def send_hurried(message: Message) -> None:
            nonlocal endless, over
            if message["type"] == "http.response.start":
                content_type = Headers(raw=message["headers"]).get("content-type", "")
                endless = content_type.startswith("text/event-stream")
            elif over:
                return  # the server tells the application at its next chance
            elif endless:
                message, over = {**message, "more_body": False}, True
            await send(message)

        await self._app(scope, receive, send_hurried)


@pytest.fixture
async def desk(
    queue_settings: QueueSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Counter]:
    """A server with something to find: a job that waits, one that has died, and a preview."""
    monkeypatch.setattr("preview_worker.api.artifacts._PATIENCE_S", 0.1)  # nothing renders
    await publish(tmp_path, "lighthouse", "done")

    def build(services: Services) -> ASGIApp:
        return Hurried(House().build(services))

    monkeypatch.setattr("tests.api_server.create_app", build)
    async with counter(
        queue_settings, tmp_path, keys=KEYS, secret=SECRETS["operate"], audited=True
    ) as opened:
        await opened.submit(jobId="dead")
        await opened.queue.settle(await leased(opened.queue), Failed("permanent.timeout", "slow"))
        for job_id in ("done", "waiting"):
            await opened.submit(jobId=job_id)
        for job_id in ("dead", "done", "waiting"):
            await opened.until_known(job_id)
        yield opened


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("who", SHARES)
async def test_strangers_get_no_answer_that_is_not_described(
    desk: Counter, tmp_path: Path, who: str
) -> None:
    """Schemathesis makes requests of the document, good ones and bad ones, at every operation."""
    report = tmp_path / "report.ndjson"
    heard = await _schemathesis(desk.port, SECRETS.get(who), EXAMPLES[who], report)

    tally = _cases_of(report)
    document = (await desk.client.get("/openapi.json")).json()
    operations = {
        f"{method.upper()} {path}" for path, does in document["paths"].items() for method in does
    }
    assert heard.returncode == 0, heard.text
    assert set(tally) == operations
    assert sum(tally.values()) >= SHARES[who]


class Heard:
    """What a program said before it ended."""

    def __init__(self, returncode: int | None, text: str) -> None:
        """Keep both."""
        self.returncode = returncode
        self.text = text


async def _schemathesis(port: int, secret: str | None, examples: int, report: Path) -> Heard:
    key = ["--header", f"x-mobius-api-key: {secret}"] if secret else []
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", *key),
        *("--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing"),
        *("--max-examples", str(examples), "--seed", "1", "--continue-on-failure"),
        *("--suppress-health-check", "all", "--request-timeout", "120", "--no-color"),
        *("--generation-with-security-parameters", "false", "--generation-database", "none"),
        *("--report", "ndjson", "--report-ndjson-path", str(report), "--warnings", "off"),
        f"http://127.0.0.1:{port}/openapi.json",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=report.parent,
    )
    said, _ = await program.communicate()
    return Heard(program.returncode, said.decode(errors="replace"))


def _cases_of(report: Path) -> Tally[str]:
    """Count the requests of a run that were answered, by operation."""
    tally: Tally[str] = Tally()
    for line in report.read_text().splitlines():
        scenario: dict[str, Any] = json.loads(line).get("ScenarioFinished", {})
        recorder = scenario.get("recorder", {})
        answered = [one for one in recorder.get("interactions", {}).values() if one["response"]]
        tally[recorder.get("label", "")] += len(answered)
    return +tally


def _rows(heading: str) -> Iterator[list[str]]:
    """Return the cells of every row of the manual's tables whose first heading is given."""
    for table in re.findall(r"(?:^\|.*\n)+", MANUAL.read_text(), re.MULTILINE):
        head, _, *rows = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()
        ]
        if head[0] == heading:
            yield from rows


def _told_routes(described: Mapping[str, str]) -> dict[str, str]:
    """Return the role of every route that the manual tells; most paths are told without prefix."""
    routes: dict[str, str] = {}
    for cells in _rows("route"):
        for method, address in re.findall(r"`([A-Z]+) (/[^`]*)`", cells[0]):
            path = re.sub(r"\{[a-zA-Z_]+\}", "{}", address.partition("?")[0])
            whole = f"{method} {path}"
            routes[whole if whole in described else f"{method} {PREFIX}{path}"] = cells[1]
    return routes


def _described_routes(app: FastAPI) -> dict[str, str]:
    """Return the role of every route that the OpenAPI document tells."""
    return {
        f"{method.upper()} " + re.sub(r"\{[a-z_]+\}", "{}", path): does["security"][0]["key"][0]
        for path, methods in app.openapi()["paths"].items()
        for method, does in methods.items()
        if method != "head"
    }


async def test_the_manual_tells_every_route_with_its_role(
    queue_settings: QueueSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And none that is not there."""
    house = House()
    monkeypatch.setattr("tests.api_server.create_app", house.build)
    async with counter(queue_settings, tmp_path):
        described = _described_routes(house.app)

    assert _told_routes(described) == described


def test_the_manual_tells_every_code_with_its_status() -> None:
    """Those of requests; those of jobs have a manual of their own."""
    told = {cells[0].strip("`"): int(cells[1]) for cells in _rows("code")}

    assert told == {kind.code: kind.status for kind in KINDS.values()}


async def test_every_error_has_a_page(desk: Counter) -> None:
    """The type of a problem leads to it."""
    for code in [*KINDS, *(code.code for code in ErrorCode)]:
        answer = await desk.client.get(f"/problems/{code}")
        assert answer.json()["code"] == code
