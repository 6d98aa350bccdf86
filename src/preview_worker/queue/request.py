"""A job to add, checked as BullMQ checks it and laid out as BullMQ stores it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import msgpack

from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.port import FlowRequest, JobRefusedError, JobRequest
from preview_worker.queue.scripts import Script
from preview_worker.queue.wire import Argument

PRIORITY_LIMIT = 2**21
"""BullMQ's: a priority shares a 53-bit number with a counter."""

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_ID_PARTS = 3
"""Ids of old repeatable jobs have three parts with colons between; no other id may have any."""


@dataclass(frozen=True, slots=True)
class Addition:
    """The script that adds a job, with its keys and arguments."""

    script: Script
    keys: tuple[str | bytes, ...]
    args: tuple[Argument, ...]


def plan_addition(request: JobRequest, keys: QueueKeys, at_ms: int) -> Addition:
    """Return how to add ``request``; raise ``JobRefusedError`` where a Node client would refuse."""
    return _plan(request, keys, at_ms, {})


def _plan(
    request: JobRequest,
    keys: QueueKeys,
    at_ms: int,
    options: Mapping[str, object],
    link: Mapping[str, object] | None = None,
) -> Addition:
    check_request(request)
    script, script_keys = _road(request, keys)
    return Addition(script, script_keys, _arguments(request, keys, at_ms, options, link))


def _arguments(
    request: JobRequest,
    keys: QueueKeys,
    at_ms: int,
    options: Mapping[str, object],
    link: Mapping[str, object] | None = None,
) -> tuple[Argument, ...]:
    """Lay out what the scripts take, with ``options`` beside the request's; ``link`` to a parent.

    The last of the places, for jobs that repeat and that are told apart by their content, are free.
    """
    placed: list[object] = [keys.root, request.job_id or "", request.name, at_ms]
    if link is None:
        placed += [None, None, None]
    else:
        parent = str(link["id"])
        placed += [keys.job(parent), keys.dependencies(parent), dict(link)]
    stored = {**stored_options(request), **options}
    return (
        msgpack.packb([*placed, None, None]),
        encode_payload(request.payload),
        msgpack.packb(stored),
    )


def plan_flow(flow: FlowRequest, keys: QueueKeys, at_ms: int) -> tuple[Addition, ...]:
    """Return how to add a parent and then its children, as Node's ``FlowProducer`` does.

    Raises ``JobRefusedError`` where that would refuse, and for a parent without an id.
    """
    parent_id = check_flow(flow)
    script_keys = (
        keys.meta,
        keys.id_counter,
        keys.delayed,
        keys.waiting_children,
        keys.completed,
        keys.events,
    )
    args = _arguments(flow.parent, keys, at_ms, {})
    first = Addition(Script.ADD_PARENT, script_keys, args)
    fate = {"fpof" if flow.on_failure == "fail" else "idof": True}
    queue = keys.root.removesuffix(":")
    link = {"id": parent_id, "queueKey": queue, **fate}
    options = {"parent": {"id": parent_id, "queue": queue}, **fate}
    others = [_plan(child, keys, at_ms, options, link) for child in flow.children]
    return (first, *others)


def check_flow(flow: FlowRequest) -> str:
    """Refuse a flow whose jobs would be refused, or that is none; return the parent's id."""
    parent_id = flow.parent.job_id
    if parent_id is None or not flow.children:
        message = "A flow needs an id for its parent, and at least one child"
        raise JobRefusedError(message)
    for request in (flow.parent, *flow.children):
        check_request(request)
        encode_payload(request.payload)
    return parent_id


def check_request(request: JobRequest) -> None:
    """Refuse what BullMQ's ``Queue.add`` refuses, and what Redis cannot store."""
    job_id = request.job_id
    if job_id is not None:
        _check_id(job_id)
    if not 0 <= request.priority <= PRIORITY_LIMIT:
        message = f"The priority must be from 0 to {PRIORITY_LIMIT}, not {request.priority}"
        raise JobRefusedError(message)
    if request.delay_ms < 0:
        message = f"The delay must not be negative, as {request.delay_ms} ms is"
        raise JobRefusedError(message)


def stored_options(request: JobRequest) -> dict[str, object]:
    """Return the options as a Node client with the same request stores them."""
    options: dict[str, object] = {"attempts": request.attempts}
    if request.delay_ms:
        options["delay"] = request.delay_ms
    if request.job_id is not None:
        options["jobId"] = request.job_id
    if request.priority:
        options["priority"] = request.priority
    completed, failed = request.keep_completed, request.keep_failed
    options["removeOnComplete"] = {"age": completed[0], "count": completed[1]}
    options["removeOnFail"] = {"age": failed[0], "count": failed[1]}
    if request.backoff_ms:
        options["backoff"] = {"type": "exponential", "delay": request.backoff_ms}
    if request.trace_context:
        options["tm"] = json.dumps(dict(request.trace_context), separators=(",", ":"))
    return options


def encode_payload(payload: object) -> bytes:
    """Encode a payload as JSON the way JavaScript does; refuse what JSON does not know."""
    try:
        text = json.dumps(payload, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        message = f"The payload cannot be written as JSON: {error}"
        raise JobRefusedError(message) from error
    try:
        return text.encode()
    except UnicodeEncodeError:  # lone surrogates are escaped, as JSON.stringify does
        return json.dumps(payload, separators=(",", ":")).encode()


def _check_id(job_id: str) -> None:
    if not job_id or job_id.startswith("0:"):
        message = "A job id must not be empty nor begin with '0:'"
    elif _INTEGER.fullmatch(job_id):
        message = (
            f"A job id must not be a whole number, as {job_id[:40]} is: BullMQ counts in those"
        )
    elif ":" in job_id and job_id.count(":") != _ID_PARTS - 1:
        message = f"A job id must not contain ':', as {job_id[:80]!r} does"
    elif not _is_text(job_id):
        message = "A job id must be text that UTF-8 can hold"
    else:
        return
    raise JobRefusedError(message)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _road(request: JobRequest, keys: QueueKeys) -> tuple[Script, tuple[str | bytes, ...]]:
    if request.delay_ms:
        return Script.ADD_DELAYED, (
            keys.marker,
            keys.meta,
            keys.id_counter,
            keys.delayed,
            keys.completed,
            keys.events,
        )
    if request.priority:
        return Script.ADD_PRIORITIZED, (
            keys.marker,
            keys.meta,
            keys.id_counter,
            keys.prioritized,
            keys.delayed,
            keys.completed,
            keys.active,
            keys.events,
            keys.priority_counter,
        )
    return Script.ADD_STANDARD, (
        keys.wait,
        keys.paused,
        keys.meta,
        keys.id_counter,
        keys.completed,
        keys.delayed,
        keys.active,
        keys.events,
        keys.marker,
    )
