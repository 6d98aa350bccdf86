"""Nothing is connected to unless it may be: counted where connections begin."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpcore
import pytest

from preview_worker.assets import AssetSettings, read_hosts
from preview_worker.assets.connector import Connector
from preview_worker.assets.fetcher import Fetcher
from preview_worker.assets.networks import refusal_of
from preview_worker.assets.transfer import Transfer
from preview_worker.contract import ErrorCode, PreviewError
from tests.asset_host import (
    LOOPBACK,
    Names,
    Network,
    a_desk,
    a_fetcher,
    leads_to,
    lenient,
    says,
)
from tests.name_server import a_name_server
from tests.unit.assets.vectors import forbidden_addresses, forbidden_urls

pytestmark = pytest.mark.anyio

CONTEXT = ssl.create_default_context()
ALLOWED = "https://img.example.org/x.png"


async def refused(address: str, names: Names, network: Network, folder: Path) -> PreviewError:
    """Fetch ``address`` as the worker does, by the worker's own judgement; return the refusal."""
    settings = AssetSettings(hosts=read_hosts("img.example.org"), folder=folder)
    transfer = Transfer(settings, CONTEXT, lambda: Connector(names, network, refusal_of))
    async with Fetcher(settings, transfer).fetch({(address,): 100}) as fetched:
        error = fetched[address]
    assert isinstance(error, PreviewError)
    return error


@pytest.mark.parametrize("address", forbidden_urls())
async def test_an_address_that_may_lead_elsewhere_is_not_even_looked_up(
    address: str, tmp_path: Path
) -> None:
    """D8: 0 look-ups, 0 connections, ``invalid.asset_forbidden``."""
    names, network = Names([["93.184.215.14"]]), Network()
    error = await refused(address, names, network, tmp_path)
    assert error.code is ErrorCode.ASSET_FORBIDDEN
    assert (names.asked, network.connected) == (0, [])


@pytest.mark.parametrize("found", forbidden_addresses())
async def test_a_name_that_leads_to_no_public_host_is_not_connected_to(
    found: str, tmp_path: Path
) -> None:
    """D8: an allowed name whose address is no public host makes 0 connections."""
    names, network = Names([[found]]), Network()
    error = await refused(ALLOWED, names, network, tmp_path)
    assert error.code is ErrorCode.ASSET_FORBIDDEN
    assert (names.asked, network.connected) == (1, [])


@pytest.mark.parametrize("found", [["8.8.8.8", "10.0.0.1"], ["::1", "2606:4700::1"]])
async def test_one_address_that_is_private_condemns_them_all(
    found: list[str], tmp_path: Path
) -> None:
    """D8: choosing the public one would leave the choice to whoever runs the name server."""
    network = Network()
    error = await refused(ALLOWED, Names([found]), network, tmp_path)
    assert error.code is ErrorCode.ASSET_FORBIDDEN
    assert network.connected == []


REDIRECTS = (
    "http://img.example.org/x.png",
    "https://169.254.169.254/latest/meta-data/",
    "https://127.0.0.1/x.png",
    "https://[::1]/x.png",
    "https://[::ffff:10.0.0.1]/x.png",
    "https://2130706433/x.png",
    "https://0x7f000001/x.png",
    "https://017700000001/x.png",
    "https://0.0.0.0/x.png",
    "https://img.example.org@127.0.0.1/x.png",
    "https://evil.example.net/x.png",
    "//evil.example.net/x.png",
    "\\\\evil.example.net\\x.png",
    "https://іmg.example.org/x.png",
    "https://xn--mg-lmc.example.org/x.png",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "data:image/png;base64,AAAA",
    "ftp://img.example.org/x.png",
)


@pytest.mark.parametrize("target", REDIRECTS)
async def test_a_redirect_to_a_forbidden_place_is_not_followed(target: str, tmp_path: Path) -> None:
    """D8: the one connection is to the host that redirects."""
    async with a_desk(tmp_path) as desk:
        written = target.encode().decode("latin-1")
        address = desk.host.serve("/a.png", leads_to(written))
        async with desk.fetcher.fetch({(address,): 100}) as fetched:
            error = fetched[address]
        assert isinstance(error, PreviewError)
        assert error.code is ErrorCode.ASSET_FORBIDDEN
        assert desk.network.connected == [LOOPBACK]


async def test_a_name_is_looked_up_once_for_each_connection(tmp_path: Path) -> None:
    """D8: a name server that changes its mind between look-up and connection changes nothing."""
    async with a_desk(tmp_path) as desk:
        desk.names.answers = [[LOOPBACK], ["169.254.169.254"]]
        address = desk.host.serve("/a.png", says(b"picture"))
        async with desk.fetcher.fetch({(address,): 100}) as fetched:
            assert isinstance(fetched[address], Path)
        assert (desk.names.asked, desk.network.connected) == (1, [LOOPBACK])
        async with desk.fetcher.fetch({(address,): 100}) as fetched:
            error = fetched[address]
        assert isinstance(error, PreviewError)
        assert error.code is ErrorCode.ASSET_FORBIDDEN
        assert desk.network.connected == [LOOPBACK]


async def test_a_name_that_is_rebound_during_redirects_is_refused(tmp_path: Path) -> None:
    """D8: every hop is judged anew, be it to the same name."""
    async with a_desk(tmp_path) as desk:
        desk.names.answers = [[LOOPBACK], ["::ffff:169.254.169.254"]]
        address = desk.host.serve("/a.png", leads_to("/b.png"))
        desk.host.serve("/b.png", says(b"secret"))
        async with desk.fetcher.fetch({(address,): 100}) as fetched:
            error = fetched[address]
        assert isinstance(error, PreviewError)
        assert error.code is ErrorCode.ASSET_FORBIDDEN
        assert [request.path for request in desk.host.requests] == ["/a.png"]


async def test_a_name_server_that_rebinds_a_name_gains_nothing(tmp_path: Path) -> None:
    """D8: a real one, whose answers live for 0 s and lead inside every other time."""
    async with a_name_server(LOOPBACK, "169.254.169.254") as server, a_desk(tmp_path) as desk:
        network = Network()
        context = ssl.create_default_context(cafile=desk.host.authority.file)
        fetcher = a_fetcher(desk.settings, server.look_up, network, context)
        address = desk.host.serve("/a.png", says(b"picture"))
        found = []
        for _ in range(6):
            async with fetcher.fetch({(address,): 100}) as fetched:
                found.append(fetched[address])
        assert [isinstance(one, Path) for one in found] == [True, False] * 3
        assert (server.asked, network.connected) == (6, [LOOPBACK] * 3)


class _Diverting(Network):
    """A network that connects to the loopback, wherever it is sent."""

    async def connect_tcp(
        self, host: str, port: int, *_: object, **__: object
    ) -> httpcore.AsyncNetworkStream:
        self.connected.append(host)
        return await httpcore.AnyIOBackend().connect_tcp(LOOPBACK, port)


async def test_a_connection_that_ends_elsewhere_is_refused(tmp_path: Path) -> None:
    """D8: the peer is looked at before a byte is sent."""
    async with a_desk(tmp_path) as desk:
        connector = Connector(Names([["8.8.8.8"]]), _Diverting(), lenient)
        with pytest.raises(PreviewError, match="another than the one") as caught:
            await connector.connect_tcp("img.example.org", desk.host.port)
        await connector.aclose()
        assert caught.value.code is ErrorCode.ASSET_FORBIDDEN
        assert desk.host.requests == []
