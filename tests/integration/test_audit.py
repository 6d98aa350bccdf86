"""Who did what, on a real Redis with real processes: workers, commands, and those who kill them."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from preview_worker.observability import read_log
from preview_worker.queue import QueueSettings
from tests.fakes.ledgers import a_chain, deeds, jobs_in, wrong_with
from tests.fakes.payloads import a_payload, a_request
from tests.jobs import SHORT, add, ended
from tests.workers import WorkerUnderTest, a_worker, environment, fetch, run_command

SECRET = "a-key-that-is-nowhere-to-be-read"
UNFIT = {"steps": [], "options": {"resolution": "Tops3cret"}}
"""A request that is refused with a sentence that quotes it."""


def verified(env: dict[str, str], *more: str) -> tuple[int, dict[str, Any]]:
    """Return exit status and document of a verification."""
    done = run_command("audit", "verify", "--json", *more, env=env)
    return done.returncode, json.loads(done.stdout or b"{}")


def scraped_when_written(worker: WorkerUnderTest) -> str:
    """Return the worker's metrics as soon as no record waits to be written."""
    deadline_s = time.monotonic() + 30
    while True:
        _, text = fetch(worker, "/metrics")
        if "preview_worker_audit_held_records 0.0" in text:
            return text
        assert time.monotonic() < deadline_s, "records are held"


def test_every_ending_of_a_job_is_recorded_once(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """I5: completed, failed and cancelled jobs have one record each of the worker that settled."""
    env = environment(queue_settings, tmp_path, PREVIEW_AUDIT_KEY=SECRET)
    with a_worker(queue_settings, tmp_path, PREVIEW_AUDIT_KEY=SECRET) as worker:
        for number in range(3):
            add(queue_settings, SHORT, jobId=f"good-{number}")
        add(queue_settings, UNFIT, jobId="bad")
        for name in ("good-0", "good-1", "good-2", "bad"):
            ended(queue_settings, name)
            worker.wait_for("job.settled", job_id=name)
        pid = worker.process.pid
        scraped = scraped_when_written(worker)
        assert worker.stop() == 0

    done = run_command("audit", "endings", "--json", env=env)
    endings = json.loads(done.stdout)["endings"]
    assert Counter((each["jobId"], each["outcome"]) for each in endings) == {
        ("good-0", "completed"): 1,
        ("good-1", "completed"): 1,
        ("good-2", "completed"): 1,
        ("bad", "failed"): 1,
    }
    assert {each["pid"] for each in endings} == {pid}
    assert "preview_worker_audit_failures_total 0.0" in scraped
    status, verdict = verified(env)
    assert (status, verdict["ok"], verdict["sealedWithKey"]) == (0, True, True)
    assert verdict["redisSeq"] == verdict["sealedSeq"] == verdict["lastSeq"]


def test_what_operators_do_is_recorded_with_their_names(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Submitting, cancelling, steering, backing up and restoring, from the command line."""
    env = environment(queue_settings, tmp_path)
    payload = json.dumps(a_payload(previewRequest=a_request(**SHORT))).encode()
    backup = str(tmp_path / "queue.backup")
    for arguments, given, status in (
        (("enqueue", "-"), payload, 0),
        (("queue", "pause"), None, 0),
        (("cancel", "job-1", "--reason", "password=hunter2&token=x y"), None, 0),
        (("queue", "retry", "job-9"), None, 1),
        (("backup", backup), None, 0),
        (("queue", "obliterate", "--yes-obliterate", queue_settings.queue_name), None, 0),
        (("restore", backup), None, 0),
    ):
        done = run_command(*arguments, env=env, given=given)
        assert done.returncode == status, (arguments, done.stderr)

    listed = json.loads(run_command("audit", "list", "--json", env=env).stdout)["records"]
    assert [(each["action"], each["outcome"]) for each in listed] == [
        ("audit.begin", "done"),
        ("job.submit", "done"),
        ("queue.pause", "done"),
        ("job.cancel", "cancelled"),
        ("queue.retry", "refused"),
        ("queue.backup", "done"),
        ("queue.obliterate", "done"),
        ("queue.restore", "done"),
    ]
    assert {each["actor"]["kind"] for each in listed} == {"command"}
    assert all(each["actor"]["user"] for each in listed)
    of_job = run_command("audit", "list", "--json", "--job", "job-1", env=env).stdout
    actions = [each["action"] for each in json.loads(of_job)["records"]]
    assert actions == ["job.submit", "job.cancel"]
    assert verified(env)[0] == 0


def test_what_is_decided_about_dead_letters_is_recorded(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Who had a dead job run again, and who had one forgotten."""
    env = environment(queue_settings, tmp_path)
    with a_worker(queue_settings, tmp_path):
        for name in ("bad-1", "bad-2"):
            add(queue_settings, UNFIT, jobId=name)
            ended(queue_settings, name)
    assert run_command("dead", "drop", "bad-1", env=env).returncode == 0
    assert run_command("dead", "replay", "bad-2", env=env).returncode == 0

    done = run_command("audit", "list", "--json", "--action", "letter.*", env=env)
    listed = json.loads(done.stdout)["records"]
    assert [(each["action"], each["subject"]["job"], each["outcome"]) for each in listed] == [
        ("letter.drop", "bad-1", "done"),
        ("letter.replay", "bad-2", "replayed"),
    ]
    assert {each["detail"]["code"] for each in listed} == {"invalid.option"}
    assert verified(env)[0] == 0


def test_neither_secrets_nor_payloads_get_into_the_log(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Not with the settings at the start, not with a reason, not with an error."""
    more = {
        "REDIS_URL": queue_settings.redis_url.replace("redis://", "redis://:hunter2@"),
        "REDIS_PASSWORD": "hunter2",
    }
    env = environment(queue_settings, tmp_path, PREVIEW_AUDIT_KEY=SECRET)
    with a_worker(queue_settings, tmp_path, PREVIEW_AUDIT_KEY=SECRET) as worker:
        add(queue_settings, UNFIT, jobId="bad")
        assert "Tops3cret" in str(ended(queue_settings, "bad").failed_reason)
        worker.stop()
    run_command("queue", "pause", env={**env, **more})

    content = b"".join(path.read_bytes() for path in (tmp_path / "audit").iterdir())
    assert b"worker.start" in content
    assert b"PREVIEW_QUEUE_NAME" in content
    for secret in (SECRET, "hunter2", "Tops3cret"):
        assert secret.encode() not in content


def test_a_log_that_was_tampered_with_ends_with_1_and_one_that_is_not_there_with_3(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """The statuses that scripts go by."""
    env = environment(queue_settings, tmp_path)
    run_command("queue", "pause", env=env)
    run_command("queue", "resume", env=env)
    assert verified(env)[0] == 0
    path = tmp_path / "audit" / "audit-000000000001.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"queue.pause"', b'"queue.drain"'))

    status, verdict = verified(env)

    assert status == 1
    assert verdict["fault"] == {
        "file": path.name,
        "line": 2,
        "seq": 2,
        "wrong": "the line is damaged",
    }
    assert verified(env, str(tmp_path / "nowhere"))[0] == 3


def test_a_command_without_a_place_to_write_does_its_work(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """D2: whoever adds a job from a machine without a data folder is warned, and that is all."""
    nowhere = run_command("queue", "pause", env=environment(queue_settings, tmp_path / "nowhere"))
    (tmp_path / "audit").write_text("no folder")
    refused = run_command("queue", "resume", env=environment(queue_settings, tmp_path))

    assert (nowhere.returncode, refused.returncode) == (0, 0)
    assert b"warning: this is not in the audit log: there is no folder" in nowhere.stderr
    assert b"warning: this is not in the audit log: File exists" in refused.stderr
    assert not (tmp_path / "nowhere").exists()


def test_a_worker_without_a_place_to_write_does_its_work(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """D2: jobs are completed, and what is not recorded stands in the worker's own log."""
    (tmp_path / "audit").write_text("no folder")
    with a_worker(queue_settings, tmp_path) as worker:
        add(queue_settings, SHORT)
        assert ended(queue_settings).state == "completed"
        worker.wait_for("audit.unwritten")
        assert worker.stop() == 0


def test_nothing_is_recorded_when_that_is_switched_off(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """PREVIEW_AUDIT=false leaves no trace."""
    env = environment(queue_settings, tmp_path, PREVIEW_AUDIT="false")
    assert run_command("queue", "pause", env=env).returncode == 0

    assert list(tmp_path.iterdir()) == []


def append_for_ever(folder: Path, name: str) -> None:
    """Append records of 2 KiB, several at a time, until killed."""
    chain, number = a_chain(folder, file_max_bytes=200_000), 0
    while True:
        chain.append(deeds(*(f"{name}-{number + each}" for each in range(20))))
        number += 20


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_processes_that_are_killed_while_they_append_leave_a_chain_that_fits(
    tmp_path: Path,
) -> None:
    """P1: at whatever instruction; what each had written before is there without a hole."""
    start = multiprocessing.get_context("spawn")
    for turn in range(2):
        writers = [
            start.Process(target=append_for_ever, args=(tmp_path, f"{turn}-{each}"))
            for each in range(3)
        ]
        for writer in writers:
            writer.start()
        seen = set[str]()
        while len(seen) < len(writers):
            seen = (
                {job.rsplit("-", 1)[0] for job in jobs_in(tmp_path)} if _began(tmp_path) else set()
            )
            seen = {name for name in seen if name.startswith(f"{turn}-")}
        assert wrong_with(tmp_path) == ""  # while they write
        for writer in writers:
            assert writer.pid is not None
            os.kill(writer.pid, signal.SIGKILL)
            writer.join()
    a_chain(tmp_path).append(deeds("last"))

    assert wrong_with(tmp_path) == ""
    numbers: dict[str, list[int]] = {}
    for job in jobs_in(tmp_path)[:-1]:
        name, _, number = job.rpartition("-")
        numbers.setdefault(name, []).append(int(number))
    assert len(numbers) == 6
    assert all(found == list(range(len(found))) for found in numbers.values())


def _began(folder: Path) -> bool:
    return any(True for _ in read_log(folder)) if folder.is_dir() else False
