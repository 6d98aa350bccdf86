"""Payloads as jobs of a real worker, on a real Redis, past every producer's checks."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from chaos.ground import Ground, prepare
from chaos.hostile import Hostile
from chaos.report import Report
from preview_worker.contract import PreviewError, read_job
from preview_worker.queue.keys import QueueKeys
from preview_worker.render import RenderSettings
from preview_worker.render.planning import plan_preview
from tests.workers import WorkerUnderTest, a_worker

FAT_BYTES = 100_000_000
SHORT_S, SHORT_SCENES = 60, 8
_ODD_SHARE = 0.1
_LOOK_S = 0.2
_PATIENCE_S = 1_800.0
_MIB = 1024 * 1024
_OPTIONS = (
    *("{}", '{"attempts":5}', '{"attempts":-1}', '{"attempts":1e999}', "[]", "null", "", "{"),
    *('{"attempts":' * 40, '{"tm":"\\ud800"}', '{"tm":{"traceparent":5}}', '{"removeOnFail":[]}'),
    *('{"backoff":{"type":"x","delay":"y"}}', '{"kl":-5}', '{"kl":1e308}', '{"removeOnFail":-1}'),
    *('{"backoff":1e300}', '{"attempts":3,"backoff":{"type":"fixed","delay":-9}}', "[" * 60_000),
)


@dataclass(frozen=True, slots=True)
class _Memory:
    """What the worker process holds."""

    now_kib: int
    peak_kib: int


async def submit_all(report: Report, folder: Path, raw: Iterable[bytes]) -> None:
    """Run ``raw`` as jobs with one worker; tell how they ended and what the worker held."""
    ground = await prepare(folder)
    keys = QueueKeys(ground.settings.prefix, ground.settings.queue_name)
    try:
        with a_worker(
            ground.settings,
            ground.data_dir,
            PREVIEW_WORKER_CONCURRENCY="2",
            PREVIEW_PAYLOAD_MAX_BYTES=str(2 * _MIB),
        ) as worker:
            ids = await _plant_all(ground, keys, raw, Random(report.seed))
            took_s = await _until_done(ground, keys, worker)
            await _judge(report, ground, keys, ids)
            report.figure("wall time of the jobs", round(took_s, 1), "s")
            await _fatten(report, ground, keys, worker)
            alive = worker.process.poll() is None
            report.figure("worker deaths", 0 if alive else 1, limit=0)
    finally:
        await ground.close()


async def _plant_all(
    ground: Ground, keys: QueueKeys, raw: Iterable[bytes], random: Random
) -> list[str]:
    """Write jobs as bytes; one of ten has other odd fields, a few are rendered for real."""
    hostile, ids, rendered = Hostile(random), [], 0
    for number, data in enumerate(raw):
        payload, real = _bounded(data)
        rendered += real
        job_id = f"job-{number}"
        fields: dict[str, str | bytes] = {
            "name": "render-preview",
            "data": payload,
            "opts": '{"attempts":3}',
            "timestamp": str(int(time.time() * 1000)),
        }
        if random.random() < _ODD_SHARE:
            fields["opts"] = random.choice(_OPTIONS)
            fields[random.choice(("name", "timestamp", "delay", "priority", "stc"))] = (
                hostile.text().encode("utf-8", "surrogatepass")
            )
        await _plant(ground, keys, job_id, fields)
        ids.append(job_id)
    return ids


async def _plant(
    ground: Ground, keys: QueueKeys, job_id: str, fields: dict[str, str | bytes]
) -> None:
    words = [word for pair in fields.items() for word in pair]
    await ground.call("HSET", keys.job(job_id), *words)
    await ground.link.call("LPUSH", keys.wait, job_id)
    await ground.link.call("ZADD", keys.marker, 0, "0")


def _bounded(data: bytes) -> tuple[bytes, bool]:
    """Let a payload be rendered for real only if that is soon done; say whether it will be."""
    try:
        parsed = read_job(data, transport_id="job").job
        if parsed.dry_run:
            return data, False
        timeline = plan_preview(parsed, RenderSettings())
    except PreviewError:
        return data, False
    if len(timeline.scenes) <= SHORT_SCENES and timeline.frames <= SHORT_S * timeline.profile.fps:
        return data, True
    value = json.loads(data)
    value["dryRun"] = True
    return json.dumps(value).encode(), False


async def _until_done(ground: Ground, keys: QueueKeys, worker: WorkerUnderTest) -> float:
    """Wait until no job waits and none is active; return how long that took."""
    began_s = time.monotonic()
    while time.monotonic() - began_s < _PATIENCE_S and worker.process.poll() is None:
        left = 0
        for key in (keys.wait, keys.active):
            count = await ground.call("LLEN", key)
            left += count if isinstance(count, int) else 0
        for key in (keys.delayed, keys.prioritized):
            count = await ground.call("ZCARD", key)
            left += count if isinstance(count, int) else 0
        if not left:
            break
        await asyncio.sleep(_LOOK_S)
    return time.monotonic() - began_s


async def _judge(report: Report, ground: Ground, keys: QueueKeys, ids: list[str]) -> None:
    codes: Counter[str] = Counter()
    unclassified = []
    for job_id in ids:
        code = await _code_of(ground, keys, job_id)
        codes[code] += 1
        if code != "completed" and not code.startswith("invalid."):
            unclassified.append(f"{job_id} {code}")
    for code, count in sorted(codes.items()):
        report.figure(f"jobs {code}", count)
    report.figure("jobs through the queue", len(ids))
    report.figure("jobs unclassified", len(unclassified), limit=0)
    report.notes += unclassified[:20]
    active = await ground.call("LLEN", keys.active)
    report.figure("jobs stuck in active", active if isinstance(active, int) else -1, limit=0)


async def _code_of(ground: Ground, keys: QueueKeys, job_id: str) -> str:
    if await ground.call("ZSCORE", keys.completed, job_id) is not None:
        return "completed"
    if await ground.call("ZSCORE", keys.failed, job_id) is None:
        return "neither completed nor failed"
    lines = await ground.call("HGET", keys.job(job_id), "stacktrace")
    told = json.loads(lines) if isinstance(lines, bytes) and lines else []
    code = told[-1].partition(":")[0] if told else ""
    return code if "." in code and " " not in code else "invalid.job"


async def _fatten(report: Report, ground: Ground, keys: QueueKeys, worker: WorkerUnderTest) -> None:
    """Have a job of a hundred megabytes, and see what the worker holds before, during and after."""
    before = _memory(worker)
    await _plant(ground, keys, "fat", {"name": "x", "data": b'"' + b"x" * FAT_BYTES + b'"'})
    await _until_done(ground, keys, worker)
    await _plant(ground, keys, "thin", {"name": "x", "data": b"{}"})
    await _until_done(ground, keys, worker)
    after = _memory(worker)
    report.figure("a job of 100 MB", await _code_of(ground, keys, "fat"))
    report.figure("memory before it", round(before.now_kib / 1024, 1), "MiB")
    report.figure("most memory with it", round(after.peak_kib / 1024, 1), "MiB", limit=400)
    grown_mib = (after.now_kib - before.now_kib) / 1024
    report.figure("memory kept after it", round(grown_mib, 1), "MiB", limit=128)


def _memory(worker: WorkerUnderTest) -> _Memory:
    lines = Path(f"/proc/{worker.process.pid}/status").read_text(encoding="ascii").splitlines()
    sizes = dict(line.split(":", 1) for line in lines)
    return _Memory(int(sizes["VmRSS"].split()[0]), int(sizes["VmHWM"].split()[0]))
