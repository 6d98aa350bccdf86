"""What hosts do, and what becomes of an asset then: over real TLS, from a real server."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from tests.asset_host import (
    Desk,
    Habit,
    Names,
    a_desk,
    a_fetcher,
    a_host,
    hangs,
    leads_to,
    resets,
    says,
    trickles,
)

pytestmark = pytest.mark.anyio

HASTY = {"tries": 1, "grace_s": 1.0, "fetch_timeout_s": 4.0}
"""Limits with which a slow host shows within a second."""
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNK = b"400\r\n" + b"x" * 1024 + b"\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


async def code_of(desk: Desk, address: str, max_bytes: int = 9000) -> ErrorCode:
    """Fetch and return how that failed; whatever arrived of it is gone."""
    try:
        async with desk.fetcher.fetch({(address,): max_bytes}) as fetched:
            error = fetched[address]
            assert isinstance(error, PreviewError), error
    except PreviewError as raised:
        error = raised
    assert desk.left_over() == []
    return error.code


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("404 Not Found", ErrorCode.ASSET_MISSING),
        ("403 Forbidden", ErrorCode.ASSET_MISSING),
        ("410 Gone", ErrorCode.ASSET_MISSING),
        ("401 Unauthorized", ErrorCode.ASSET_MISSING),
        ("400 Bad Request", ErrorCode.ASSET_MISSING),
        ("451 Unavailable For Legal Reasons", ErrorCode.ASSET_MISSING),
        ("204 No Content", ErrorCode.ASSET_MISSING),
        ("206 Partial Content", ErrorCode.ASSET_MISSING),
        ("304 Not Modified", ErrorCode.ASSET_MISSING),
        ("302 Found", ErrorCode.ASSET_MISSING),
        ("408 Request Timeout", ErrorCode.ASSET),
        ("421 Misdirected Request", ErrorCode.ASSET),
        ("425 Too Early", ErrorCode.ASSET),
        ("429 Too Many Requests", ErrorCode.ASSET),
        ("500 Internal Server Error", ErrorCode.ASSET),
        ("502 Bad Gateway", ErrorCode.ASSET),
        ("503 Service Unavailable", ErrorCode.ASSET),
        ("599 Odd", ErrorCode.ASSET),
    ],
)
async def test_a_status_decides(tmp_path: Path, status: str, code: ErrorCode) -> None:
    """D4, D5: what the host will not give is the payload's fault, its own trouble is not."""
    async with a_desk(tmp_path, tries=1) as desk:
        address = desk.host.serve("/a.png", says(b"", status, length=0))
        assert await code_of(desk, address) is code


@pytest.mark.parametrize(
    ("habit", "code"),
    [
        pytest.param(resets, ErrorCode.ASSET, id="reset"),
        pytest.param(says(b"x", length=100), ErrorCode.ASSET, id="cut short"),
        pytest.param(trickles([b"SSH-2.0-x\r\n\r\n"], 0), ErrorCode.ASSET, id="not http"),
        pytest.param(
            trickles([HEAD + b"X: " + b"y" * 200_000], 0), ErrorCode.ASSET, id="endless header"
        ),
        pytest.param(
            trickles([HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"], 0),
            ErrorCode.ASSET,
            id="two lengths",
        ),
        pytest.param(hangs, ErrorCode.ASSET_SLOW, id="silence"),
        pytest.param(
            trickles(itertools.repeat(b"H"), 0.05), ErrorCode.ASSET_SLOW, id="slow headers"
        ),
        pytest.param(
            trickles(itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n"), 0.01),
            ErrorCode.ASSET_SLOW,
            id="slow prologue",
        ),
        pytest.param(
            trickles(itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), 0),
            ErrorCode.ASSET,
            id="endless prologue",
        ),
        pytest.param(
            trickles([CHUNKED + b"1\r\nx\r\n" * 6000 + b"0\r\n\r\n"], 0),
            ErrorCode.ASSET,
            id="crumbs",
        ),
        pytest.param(
            trickles(itertools.chain([CHUNKED], itertools.repeat(b"1\r\nx\r\n")), 0.05),
            ErrorCode.ASSET_SLOW,
            id="a byte now and then",
        ),
        pytest.param(
            trickles(itertools.chain([CHUNKED], itertools.repeat(CHUNK)), 0),
            ErrorCode.ASSET_SIZE,
            id="endless chunks",
        ),
        pytest.param(says(b"x" * 9001), ErrorCode.ASSET_SIZE, id="announced too large"),
        pytest.param(says(b"", length=10 * 1024**3), ErrorCode.ASSET_SIZE, id="ten gigabytes"),
        pytest.param(says(b"x" * 9900, length=None), ErrorCode.ASSET_SIZE, id="nothing announced"),
        pytest.param(
            says(gzip.compress(b"\0" * 10_000_000)[:900], headers=["Content-Encoding: gzip"]),
            ErrorCode.ASSET_TYPE,
            id="compressed bomb",
        ),
    ],
)
async def test_a_bad_habit_has_its_code(tmp_path: Path, habit: Habit, code: ErrorCode) -> None:
    """D5, D6, D7: and nothing of what was sent stays on the disk."""
    limits = HASTY if code is ErrorCode.ASSET_SLOW else {"tries": 1}
    async with a_desk(tmp_path, **limits) as desk:
        assert await code_of(desk, desk.host.serve("/a.png", habit)) is code


async def test_what_is_announced_too_large_is_not_received(tmp_path: Path) -> None:
    """D7: the connection is closed while the host would send more."""
    async with a_desk(tmp_path) as desk:
        endless = trickles(itertools.repeat(b"x" * 65536), 0)

        async def habit(writer: asyncio.StreamWriter) -> None:
            writer.write(HEAD + b"Content-Length: 99999999999\r\n\r\n")
            await endless(writer)

        assert await code_of(desk, desk.host.serve("/a.png", habit)) is ErrorCode.ASSET_SIZE
        async with asyncio.timeout(10):
            await desk.host.ended.wait()


async def test_more_than_was_announced_is_not_taken(tmp_path: Path) -> None:
    """D7: the asset ends where its length says, be there more bytes on the line."""
    async with a_desk(tmp_path) as desk:
        address = desk.host.serve("/a.png", says(b"picture and more", length=7))
        async with desk.fetcher.fetch({(address,): 1000}) as fetched:
            path = fetched[address]
            assert isinstance(path, Path)
            assert path.read_bytes() == b"picture"


async def test_a_host_that_keeps_the_rate_has_the_whole_time(tmp_path: Path) -> None:
    """D6: it takes longer than the grace, but sends what it should."""
    async with a_desk(tmp_path, tries=1, grace_s=1, min_bytes_per_s=1000) as desk:
        answer = [HEAD + b"Content-Length: 15000\r\n\r\n", *[b"x" * 500] * 30]
        address = desk.host.serve("/a.png", trickles(answer, 0.05))
        async with desk.fetcher.fetch({(address,): 20_000}) as fetched:
            assert isinstance(fetched[address], Path)


async def test_nobody_has_more_than_the_whole_time(tmp_path: Path) -> None:
    """D6: redirects do not begin it anew."""
    async with a_desk(tmp_path, tries=1, grace_s=0.4, fetch_timeout_s=0.6) as desk:

        async def late(writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(0.25)
            await leads_to("/a.png")(writer)

        assert await code_of(desk, desk.host.serve("/a.png", late)) is ErrorCode.ASSET_SLOW


async def test_redirects_are_followed_three_times(tmp_path: Path) -> None:
    """And no further, so that a circle ends."""
    async with a_desk(tmp_path) as desk:
        last = desk.host.serve("/d.png", says(b"picture"))
        desk.host.serve("/c.png", leads_to("d.png", "308 Permanent Redirect"))
        desk.host.serve("/b.png", leads_to(desk.host.url("/c.png"), "301 Moved Permanently"))
        address = desk.host.serve("/a.png", leads_to("/b.png", "303 See Other"))
        async with desk.fetcher.fetch({(address,): 1000, (last,): 1000}) as fetched:
            assert fetched[address] == fetched[last]
        circle = desk.host.serve("/circle.png", leads_to("/circle.png"))
        async with desk.fetcher.fetch({(circle,): 1000}) as fetched:
            error = fetched[circle]
        assert isinstance(error, PreviewError)
        assert error.code is ErrorCode.ASSET_FORBIDDEN
        assert [one.path for one in desk.host.requests].count("/circle.png") == 4


async def test_the_host_is_told_what_can_be_taken(tmp_path: Path) -> None:
    """No coding, no credentials, and its own name."""
    async with a_desk(tmp_path) as desk:
        address = desk.host.serve("/a.png", says(b"picture"))
        async with desk.fetcher.fetch({(address,): 1000}):
            headers = desk.host.requests[0].headers
        assert headers["accept-encoding"] == "identity"
        assert headers["host"] == f"img.example.org:{desk.host.port}"
        assert set(headers) == {"host", "accept", "accept-encoding", "connection", "user-agent"}


async def test_a_host_that_cannot_be_looked_up_may_be_there_later(tmp_path: Path) -> None:
    """D5: a name server's trouble is not the payload's fault."""

    class Lost(Names):
        async def __call__(self, host: str, port: int) -> list[str]:
            raise OSError(host, port)

    async with a_desk(tmp_path, tries=1) as desk:
        context = ssl.create_default_context()
        fetcher = a_fetcher(desk.settings, Lost(), desk.network, context)
        assert (
            await code_of(replace(desk, fetcher=fetcher), desk.host.url("/a.png"))
            is ErrorCode.ASSET
        )
        assert desk.network.connected == []


async def test_a_host_that_refuses_connections_may_take_them_later(tmp_path: Path) -> None:
    """D5: nobody listens there now."""
    async with a_desk(tmp_path, tries=1) as desk:
        pass
    assert await code_of(desk, desk.host.url("/a.png")) is ErrorCode.ASSET


async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tmp_path: Path) -> None:
    """The host is asked nothing, and the message says why."""
    async with a_desk(tmp_path, tries=1) as desk:
        address = desk.host.serve("/a.png", says(b"picture"))
        context = ssl.create_default_context()
        fetcher = a_fetcher(desk.settings, desk.names, desk.network, context)
        with pytest.raises(PreviewError, match="no certificate that can be trusted") as caught:
            async with fetcher.fetch({(address,): 1000}):
                pass
        assert caught.value.code is ErrorCode.ASSET
        assert desk.host.requests == []


async def test_a_certificate_for_another_name_is_not_trusted(tmp_path: Path) -> None:
    """Whoever sits at the address has to be who was asked for."""
    async with a_host(tmp_path, "other.example.org") as host, a_desk(tmp_path / "x") as desk:
        context = ssl.create_default_context(cafile=host.authority.file)
        hosts = replace(desk.settings.hosts, exact=frozenset({("img.example.org", host.port)}))
        settings = replace(desk.settings, hosts=hosts, tries=1)
        fetcher = a_fetcher(settings, desk.names, desk.network, context)
        address = host.serve("/a.png", says(b"picture"))
        with pytest.raises(PreviewError, match="no certificate that can be trusted"):
            async with fetcher.fetch({(address,): 1000}):
                pass
        assert host.requests == []
