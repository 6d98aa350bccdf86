"""Takes payloads in: once for each id and each idempotency key, however often they are sent."""

from __future__ import annotations

import hashlib
import json
import math
import random
import re
import time
from collections.abc import Mapping
from dataclasses import asdict

from preview_worker.api.documents import Accepted, links_of
from preview_worker.api.keys import Principal
from preview_worker.api.problems import BAD_REQUEST, CONFLICT, FORBIDDEN, QUEUE_FULL, Problem
from preview_worker.api.services import Claim, KeyUsedError, Services
from preview_worker.contract import BatchPlan
from preview_worker.queue import QueueFullError

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_WAIT_MAX_S = 60
_UNKNOWN_RATE_PER_S = 0.2


async def admit_payload(
    services: Services,
    principal: Principal,
    payload: Mapping[str, object],
    key: str | None,
    batch: BatchPlan | None = None,
) -> Accepted:
    """Add ``payload`` as a job, or find the job that it became when it was sent before.

    With a ``batch`` it is cut into parts. ``key`` is an idempotency key: the same key with another
    payload is refused, as is the same id. A payload without ``jobId`` is given one, made of the key
    where there is one.
    """
    if not principal.sees(str(payload.get("projectId", ""))):
        raise Problem(FORBIDDEN, f"The key {principal.name} is not for this project.")
    if key is not None and not _KEY.fullmatch(key):
        detail = "An idempotency key is 1 to 255 visible ASCII characters."
        raise Problem(BAD_REQUEST, detail)
    whole = _completed(payload, principal, key)
    whole = whole if batch is None else batch.asked_of(whole)
    asked = whole if batch is None else {"job": whole, "batch": asdict(batch)}
    claim = None if key is None else Claim(f"{principal.name}\n{key}", _digest(asked))
    job_id = str(whole["jobId"])
    try:
        duplicate = (await services.submitter.submit(whole, claim, batch)).duplicate
    except KeyUsedError:
        detail = "This idempotency key was used for another payload."
        raise Problem(CONFLICT, detail) from None
    except QueueFullError as error:
        if not await services.catalogue.find([job_id]):
            wait_s = retry_after_s(services.keeper.drain.per_s(time.time()))
            headers = {"retry-after": str(wait_s)}
            raise Problem(QUEUE_FULL, f"{error}.", headers=headers) from error
        duplicate = True  # a job that is in a full queue was not refused
    if duplicate:
        await _check_same(services, job_id, whole)
    return Accepted(job_id=job_id, duplicate=duplicate, links=links_of(job_id))


def retry_after_s(rate_per_s: float) -> int:
    """Return how long a queue that empties at that rate needs for one job: 1 to 60 seconds.

    A fifth of chance is added, so that all who were refused do not come back at once.
    """
    wait_s = min(math.ceil(1 / (rate_per_s or _UNKNOWN_RATE_PER_S)), _WAIT_MAX_S)
    return wait_s + random.randint(0, wait_s // 5)  # noqa: S311 -- no secret


def _completed(
    payload: Mapping[str, object], principal: Principal, key: str | None
) -> dict[str, object]:
    whole = dict(payload)
    if "jobId" not in whole:
        seed = (
            f"{principal.name}\n{key}" if key is not None else repr(random.SystemRandom().random())
        )
        whole["jobId"] = "job-" + hashlib.sha256(seed.encode()).hexdigest()[:20]
    return _watched_live(whole)


def _watched_live(payload: dict[str, object]) -> dict[str, object]:
    """Have the preview play while it is rendered, unless the payload says what it wants."""
    request = payload.get("previewRequest")
    if not isinstance(request, dict):
        return payload
    options = request.get("options", {})
    if not isinstance(options, dict) or "live" in options:
        return payload
    return {**payload, "previewRequest": {**request, "options": {**options, "live": True}}}


async def _check_same(services: Services, job_id: str, payload: Mapping[str, object]) -> None:
    found = await services.catalogue.find([job_id])
    record = found.get(job_id)
    if record is None:
        return  # it has ended and is forgotten since
    try:
        stored = json.loads(record.payload)
    except (ValueError, RecursionError):
        stored = None
    if stored != payload:
        detail = f"Job {job_id} exists with another payload. Choose another jobId."
        raise Problem(CONFLICT, detail)


def _digest(payload: Mapping[str, object]) -> str:
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
