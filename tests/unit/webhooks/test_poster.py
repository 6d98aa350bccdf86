"""Posting a delivery, where nothing may be sent."""

from __future__ import annotations

import ssl
from contextlib import aclosing

import pytest

from preview_worker.assets.connector import Connector
from preview_worker.bootstrap.webhooks import judge_of
from preview_worker.queue import Parcel
from preview_worker.webhooks import Endpoint
from preview_worker.webhooks.poster import Poster
from tests.asset_host import Names, Network

pytestmark = pytest.mark.anyio


async def test_nothing_is_sent_to_an_address_that_may_not_be_used() -> None:
    """A name that leads into a private network leads nowhere, however it got there."""
    names, network = Names([["93.184.215.14", "10.0.0.7"]]), Network()

    def connect(endpoint: Endpoint, _: object) -> aclosing[Connector]:
        return aclosing(Connector(names, network, judge_of(endpoint)))

    poster = Poster(connect, ssl.create_default_context, repr, 5.0)
    endpoint = Endpoint(
        scheme="https", host="a.example.org", port=443, target="/", secrets=(b"k" * 24,)
    )

    answer = await poster.post(endpoint, Parcel("msg_1", b"{}"))

    assert not answer.done
    assert answer.reason == "its address is one that may not be used"
    assert names.asked == 1
    assert network.connected == []
