"""Webhooks, put together: what is told of a job, by which network, and the loops that tell it."""

from __future__ import annotations

import asyncio
import ipaddress
import traceback
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from preview_worker.api.documents import JobLine, artifact_path
from preview_worker.api.summaries import summarise
from preview_worker.assets.connector import Connector, Judge, public_authorities
from preview_worker.assets.networks import Address, refusal_of
from preview_worker.assets.resolver import SystemResolver
from preview_worker.assets.trouble import trouble_with
from preview_worker.events import DefectFound
from preview_worker.queue import JobRecord, JobState, JobStatus
from preview_worker.queue.bull_catalogue import BullCatalogue
from preview_worker.queue.bull_feed import BullFeed
from preview_worker.queue.bull_outbox import BullOutbox
from preview_worker.webhooks.collector import Collector, Describe, Ending
from preview_worker.webhooks.courier import Courier
from preview_worker.webhooks.poster import Connect, Network, Poster

if TYPE_CHECKING:
    from preview_worker.events import Observer
    from preview_worker.queue import QueueSettings
    from preview_worker.webhooks import Endpoint, WebhookSettings

_AGAIN_S = 5.0
_PRIVATE = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
    )
)
"""Where a receiver may be that the operator says is private; never where clouds keep secrets."""


@asynccontextmanager
async def open_webhooks(
    queue: QueueSettings, webhooks: WebhookSettings, observer: Observer
) -> AsyncIterator[None]:
    """Tell those whom ``webhooks`` name of every preview that ends, while the block runs.

    Any number of processes may do so; each delivery is made by one of them.
    """
    if not webhooks.endpoints:
        yield
        return
    async with AsyncExitStack() as stack:
        feed, catalogue = BullFeed(queue), BullCatalogue(queue)
        for part in (feed, catalogue):
            stack.push_async_callback(part.close)
        describe = describer(webhooks.public_url)
        explain = partial(trouble_with, "it")
        poster = Poster(_network(webhooks), public_authorities, explain, webhooks.post_timeout_s)
        for endpoint in webhooks.endpoints:
            outbox = BullOutbox(queue, endpoint.key)
            stack.push_async_callback(outbox.close)
            courier = Courier(endpoint, outbox, poster, webhooks, observer)
            collector = Collector(outbox, feed, catalogue, describe, webhooks.give_up_s)
            _keep_running(stack, observer, courier.run)
            _keep_running(stack, observer, partial(collector.run, courier.nudge))
        yield


def describer(public_url: str) -> Describe:
    """Return what tells of a job as the HTTP interface does, with addresses at ``public_url``."""

    def describe(ending: Ending) -> Mapping[str, object]:
        record = ending.record or _remains(ending)
        line = JobLine.of(summarise(record)).model_dump(mode="json")
        line["links"] = {name: public_url + path for name, path in line["links"].items()}
        line["artifacts"] = _artifacts(ending.job_id, record.status.return_value, public_url)
        return line

    return describe


def _remains(ending: Ending) -> JobRecord:
    """Return what is known of a job that is gone."""
    status = JobStatus(
        id=ending.job_id,
        name="",
        state=ending.state,
        progress=100 if ending.state is JobState.COMPLETED else 0,
        attempts_made=0,
        added_at_ms=0,
        processed_on_ms=None,
        finished_on_ms=ending.at_ms,
        failed_reason=ending.reason,
        return_value=None,
    )
    return JobRecord(status, b"")


def _artifacts(job_id: str, result: object, public_url: str) -> list[dict[str, object]]:
    """Return the files that a job's result names, with the addresses of these very bytes.

    Results of other workers may have another shape; what cannot be read is left out.
    """
    listed = result.get("artifacts") if isinstance(result, dict) else None
    return [
        {
            "name": name,
            "kind": file.get("kind"),
            "mediaType": file.get("mediaType"),
            "sizeBytes": file.get("bytes"),
            "url": f"{public_url}{artifact_path(job_id, name)}?v={digest}",
        }
        for file in (listed if isinstance(listed, list) else ())
        if isinstance(file, dict)
        and isinstance(name := file.get("name"), str)
        and isinstance(digest := file.get("sha256"), str)
    ]


def _network(webhooks: WebhookSettings) -> Connect:
    resolver = SystemResolver()

    def connect(endpoint: Endpoint, network: Network) -> aclosing[Connector]:
        judge = judge_of(endpoint)
        return aclosing(Connector(resolver, network, judge, webhooks.connect_timeout_s))

    return connect


def judge_of(endpoint: Endpoint) -> Judge:
    """Return what says which addresses the host of ``endpoint`` may have."""
    if endpoint.local:
        return lambda address: None if address.is_loopback else "not this machine"
    if not endpoint.private:
        return refusal_of

    def judge(address: Address) -> str | None:
        return None if any(address in network for network in _PRIVATE) else refusal_of(address)

    return judge


def _keep_running(
    stack: AsyncExitStack, observer: Observer, work: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    """Run ``work`` until the stack is closed, and anew after a defect."""

    async def run() -> None:
        while True:
            try:
                await work()
            except Exception as error:  # noqa: BLE001 -- a defect is told and ends nothing else
                trace = "".join(traceback.format_exception(error))
                observer.observe(DefectFound(job_id=None, trace=trace))
            await asyncio.sleep(_AGAIN_S)

    task = asyncio.create_task(run())

    async def end() -> None:
        task.cancel()
        await asyncio.wait([task])

    stack.push_async_callback(end)
