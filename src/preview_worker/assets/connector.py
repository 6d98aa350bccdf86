"""Connections to public hosts alone: looked up once, judged, pinned, and looked at again."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack

import httpcore

from preview_worker.assets.locator import forbidden
from preview_worker.assets.networks import Address, read_ip, refusal_of
from preview_worker.assets.resolver import Resolver
from preview_worker.assets.stream import Meter, MeteredStream
from preview_worker.contract import PreviewError

Judge = Callable[[Address], str | None]
"""Says why an address may not be connected to; None if it may."""

_TRIED = 4
"""Addresses of one host that are tried before it counts as out of reach."""


class Connector(httpcore.AsyncNetworkBackend):
    """The network as one transfer sees it. Everything it opened is closed with the context.

    A host is refused when any of its addresses is: one that answers with a public address and a
    private one is either under attack or set up for somebody else, and choosing the public one
    would leave the choice to the next look-up.
    """

    def __init__(
        self,
        resolver: Resolver,
        network: httpcore.AsyncNetworkBackend,
        judge: Judge = refusal_of,
        connect_timeout_s: float | None = None,
    ) -> None:
        """Look hosts up with ``resolver`` and connect through ``network``."""
        self._resolver = resolver
        self._network = network
        self._judge = judge
        self._connect_timeout_s = connect_timeout_s
        self._opened = AsyncExitStack()
        self._meter = Meter()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to an address of ``host`` that is a public host, and to no other.

        Raises ``PreviewError`` (ASSET_FORBIDDEN) before anything is sent anywhere when there is
        no such address, and httpcore's errors when none of them answers.
        """
        del timeout, local_address, socket_options
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in (await self._judged(host, port))[:_TRIED]:
            try:
                return await self._pinned(host, port, address)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError("the host has no address")

    def answered(self) -> None:
        """Take note that an answer has begun; until then a host may send only so much."""
        self._meter.answered()

    async def aclose(self) -> None:
        """Close what was opened, even if it never became a connection."""
        await self._opened.aclose()

    async def _judged(self, host: str, port: int) -> Sequence[Address]:
        try:
            texts = await self._resolver(host, port)
        except OSError as error:
            raise httpcore.ConnectError from error
        return [self._passed(host, read_ip(text)) for text in texts]

    def _passed(self, host: str, address: Address | None) -> Address:
        refusal = "no address" if address is None else self._judge(address)
        if address is None or refusal is not None:
            raise _refused(host, refusal)
        return address

    async def _pinned(self, host: str, port: int, address: Address) -> httpcore.AsyncNetworkStream:
        stream = await self._network.connect_tcp(str(address), port, self._connect_timeout_s)
        self._opened.push_async_callback(stream.aclose)
        peer = stream.get_extra_info("server_addr")
        if peer is None or read_ip(str(peer[0])) != address:
            raise _refused(host, "another than the one that was connected to")
        return MeteredStream(stream, self._meter)


def public_authorities() -> ssl.SSLContext:
    """Return a context that verifies names and certificates.

    It trusts the well-known authorities and those that the system was told to trust.
    """
    context = httpcore.default_ssl_context()
    context.load_default_certs()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _refused(host: str, what: str | None) -> PreviewError:
    return forbidden(f"https://{host}", f"has an address that is {what}, where no asset may be")
