"""The judges of a storm see what they are there to see: each verdict is broken once on purpose."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from chaos.crew import Ended
from chaos.family import Census, foreign_sockets, zombies
from chaos.numbers import counted, judge_numbers
from chaos.orders import Order
from chaos.report import Report
from chaos.verdict import judge_ends, judge_sockets, judge_states
from chaos.witness import read_whole, undecodable
from preview_worker.artifacts import ArtifactSettings
from preview_worker.artifacts.local import LocalStore
from tests.unit.artifacts.drafts import draft, fill, ours

GOOD = Order("good", {})
BAD = Order("bad", {}, code="invalid.payload")


def broken(states: Mapping[str, list[str]], codes: Mapping[str, str]) -> list[str]:
    """Return what the judge of states finds wrong."""
    report = Report("test", 1)
    judge_states(report, {GOOD.id: GOOD, BAD.id: BAD}, states, codes)
    return report.broken


def test_the_right_ends_are_right() -> None:
    """The good order completed, the bad one failed with its code."""
    states = {"good": ["completed"], "bad": ["failed"]}

    assert broken(states, {"bad": "invalid.payload"}) == []


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ({"bad": ["failed"]}, "invalid.payload"),
        ({"good": ["wait"], "bad": ["failed"]}, "invalid.payload"),
        ({"good": ["completed", "failed"], "bad": ["failed"]}, "invalid.payload"),
        ({"good": ["failed"], "bad": ["failed"]}, "invalid.payload"),
        ({"good": ["completed"], "bad": ["completed"]}, "invalid.payload"),
        ({"good": ["completed"], "bad": ["failed"]}, "permanent.internal"),
        ({"good": ["completed"], "bad": ["failed"], "who": ["wait"]}, "invalid.payload"),
    ],
    ids=["lost", "waits", "in two", "failed wrongly", "completed wrongly", "wrong code", "unknown"],
)
def test_a_wrong_end_is_seen(states: Mapping[str, list[str]], code: str) -> None:
    """A job that is lost, doubled, left over or ended wrongly breaks I1."""
    assert any(line.startswith("I1 is broken") for line in broken(states, {"bad": code}))


def ends_hold(*ends: Ended, hung: Sequence[str] = (), defects: Sequence[str] = ()) -> bool:
    """Return whether the judge of ends is content."""
    report = Report("test", 1)
    judge_ends(report, ends, hung, defects)
    return not report.broken


def scrape(queue: tuple[int, int], worker: tuple[int, int]) -> str:
    """Return what a worker would tell: jobs completed and failed, the queue's and its own."""
    return "".join(
        f"# TYPE {name} counter\n{name}_total{{{label}}} {count}\n"
        for name, label, count in (
            ("bullmq_job_completed", 'queue="q"', queue[0]),
            ("bullmq_job_failed", 'queue="q"', queue[1]),
            ("preview_worker_jobs", 'outcome="completed"', worker[0]),
            ("preview_worker_jobs", 'outcome="failed"', worker[1]),
        )
    )


ENDED = {"good": ["completed"], "better": ["completed"], "bad": ["failed"]}


@pytest.mark.parametrize(
    ("told", "undisturbed", "agree"),
    [
        ([scrape((2, 1), (2, 1))], True, True),
        ([scrape((2, 1), (0, 1))], False, True),
        ([scrape((2, 1), (1, 1)), scrape((2, 1), (1, 0))], True, True),
        ([scrape((2, 1), (1, 1))], True, False),
        ([scrape((3, 1), (2, 1))], True, False),
        ([scrape((2, 1), (2, 1)), scrape((2, 0), (0, 0))], False, False),
        ([], False, False),
    ],
    ids=["same", "died once", "two share", "forgot one", "one too many", "one is late", "nobody"],
)
def test_numbers_that_disagree_with_the_jobs_are_seen(
    told: Sequence[str], *, undisturbed: bool, agree: bool
) -> None:
    """Metrics that tell of other ends than the queue has break I7; so do none."""
    report = Report("test", 1)
    judge_numbers(report, [counted(one) for one in told], ENDED, undisturbed=undisturbed)

    assert (report.broken == []) is agree


STOPPED = Ended("worker-1", 0, frozenset({0}), 0.1)
KILLED = Ended("worker-2", -signal.SIGKILL, frozenset({0, -signal.SIGKILL}), 0.1)
CRASHED = Ended("worker-3", -signal.SIGSEGV, frozenset({0}), None)
QUIT = Ended("worker-4", 0, frozenset(), None)


def test_ends_that_were_asked_for_are_right() -> None:
    """A worker that was stopped, and one that was killed."""
    assert ends_hold(STOPPED, KILLED)


@pytest.mark.parametrize("surprise", [CRASHED, QUIT], ids=["crashed", "quit"])
def test_an_end_that_nobody_asked_for_is_seen(surprise: Ended) -> None:
    """One such end among others breaks I4, even an orderly one."""
    assert not ends_hold(STOPPED, surprise)


def test_a_worker_that_does_not_stop_is_seen() -> None:
    """It breaks I4."""
    assert not ends_hold(STOPPED, hung=["worker-5"])


def test_a_defect_that_a_worker_logged_is_seen() -> None:
    """It breaks I4, although the worker lived on."""
    assert not ends_hold(STOPPED, defects=["KeyError: 'a'"])


def published(root: Path) -> Path:
    """Publish a preview and return its folder."""

    async def run() -> None:
        store = LocalStore(ArtifactSettings(data_dir=root))
        staging = await store.stage("project-1", "job-1", 1)
        fill(staging.directory)
        await store.publish(staging, draft(), ours)

    asyncio.run(run())
    return root / "previews" / "project-1" / "job-1"


def test_a_changed_file_is_seen(tmp_path: Path) -> None:
    """One byte that is not what the manifest says is enough."""
    folder = published(tmp_path)
    record, before = read_whole(folder)
    victim = folder / record.files[0].name
    victim.write_bytes(victim.read_bytes()[:-1] + b"\0")

    assert before == []
    assert len(read_whole(folder)[1]) == 1


def test_media_that_do_not_decode_are_seen(tmp_path: Path) -> None:
    """A video of nonsense is none."""
    (tmp_path / "preview.mp4").write_bytes(b"nonsense" * 100)

    assert len(undecodable(tmp_path)) == 1


def test_a_socket_to_elsewhere_is_seen() -> None:
    """One to a port that is not allowed, and none to one that is."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        program = (
            "import socket, sys; it = socket.create_connection(('127.0.0.1', int(sys.argv[1])));"
            "print(flush=True); sys.stdin.read()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", program, str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as talker:
            assert talker.stdin is not None
            assert talker.stdout is not None
            talker.stdout.readline()
            found = foreign_sockets(talker.pid, set())
            allowed = foreign_sockets(talker.pid, {port})
            talker.stdin.close()
    assert (len(found), allowed) == (1, [])


def test_a_socket_to_elsewhere_breaks_the_verdict() -> None:
    """So does a run in which nobody looked."""
    report = Report("test", 1)
    judge_sockets(report, 5, Counter({"tcp A -> B": 1}))
    judge_sockets(report, 0, Counter())

    assert [one.holds for one in report.invariants] == [False, False]


def test_a_zombie_is_seen() -> None:
    """A process that ended and was not waited for."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    deadline_s = time.monotonic() + 10
    while not zombies([process.pid]):
        assert time.monotonic() < deadline_s
    process.wait()
    assert zombies([process.pid]) == []


PARENT = """
import os, signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
REAPER = f"""
import subprocess, sys, time
from chaos.crew import Ended
from chaos.family import Census, become_reaper
become_reaper()
parent = subprocess.Popen([sys.executable, "-c", {PARENT!r}], stdout=subprocess.PIPE)
orphan = int(parent.stdout.readline())
parent.wait()
census = Census()
census.look()
print(census.living_orphans == [orphan], flush=True)
import os, signal
os.kill(orphan, signal.SIGKILL)
while census.living_orphans:
    census.look()
print(census.orphans)
"""


def test_an_orphan_is_seen_and_buried() -> None:
    """A child of a killed process falls to whoever asked for orphans."""
    done = subprocess.run(
        [sys.executable, "-c", REAPER],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stdout.split() == ["True", "1"]


def test_our_own_processes_are_no_orphans() -> None:
    """What we started ourselves is not counted."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    census = Census(own={process.pid})
    census.look()
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.pid not in census.living_orphans


def test_a_datagram_socket_to_elsewhere_is_seen() -> None:
    """One that only listens on the loopback is none."""
    program = (
        "import socket, sys; it = socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
        "it.bind(('127.0.0.1', 0)); print(flush=True); sys.stdin.readline();"
        "it.connect(('127.0.0.1', 9)); print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as talker:
        assert talker.stdin is not None
        assert talker.stdout is not None
        talker.stdout.readline()
        listening = foreign_sockets(talker.pid, set())
        talker.stdin.write(b"\n")
        talker.stdin.flush()
        talker.stdout.readline()
        connected = foreign_sockets(talker.pid, set())
        talker.stdin.close()
    assert (listening, len(connected)) == ([], 1)
