"""What a seed decides, and what reports say."""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from chaos.ledger import Ledger, Told
from chaos.orders import OrderBook
from chaos.percentiles import percentile
from chaos.report import Report
from chaos.strikes import Fault, plan_strikes


def test_a_seed_makes_the_same_storm_again() -> None:
    """The same strikes and the same orders; another seed, others."""
    orders = [list(islice(OrderBook(seed, node=True).draw(), 50)) for seed in (1, 1, 2)]
    strikes = [plan_strikes(seed, 60, 1.0) for seed in (1, 1, 2)]

    assert orders[0] == orders[1] != orders[2]
    assert strikes[0] == strikes[1] != strikes[2]


def test_every_kind_of_fault_comes_about_as_often() -> None:
    """A short storm leaves none out."""
    counts = Counter(strike.fault for strike in plan_strikes(3, 60, 1.0))

    assert set(counts) == set(Fault)
    assert max(counts.values()) - min(counts.values()) <= 1


def test_orders_are_of_every_kind() -> None:
    """Wrong payloads, delays, priorities, doubles and dry runs are among them."""
    orders = list(islice(OrderBook(1, node=True).draw(), 200))

    assert any(order.code for order in orders)
    assert any(order.delay_ms for order in orders)
    assert any(order.priority for order in orders)
    assert any(order.twice for order in orders)
    assert any(order.payload["dryRun"] is True for order in orders)
    assert len({order.id for order in orders}) == 200


@pytest.mark.parametrize(("percent", "value"), [(1, 1), (50, 5), (90, 9), (99, 10), (100, 10)])
def test_a_percentile_is_a_value_that_occurred(percent: float, value: float) -> None:
    """The nearest rank, whatever the order of the values."""
    assert percentile([3, 1, 2, 10, 9, 8, 7, 6, 5, 4], percent) == value


def lines(ledger: Ledger, worker: str, *events: str, job_id: str = "") -> None:
    """Have a worker say some things."""
    for event in events:
        ledger.note(Told(worker, 1.0, {"event": event, "job_id": job_id}))


def test_a_ledger_knows_who_left_what_to_whom() -> None:
    """A job that its worker had not settled waits until another one leases it."""
    ledger = Ledger()
    lines(ledger, "worker-1.1", "job.leased", job_id="done")
    lines(ledger, "worker-1.1", "job.leased", job_id="open")
    settled = {"event": "job.settled", "job_id": "done", "result": "completed"}
    ledger.note(Told("worker-1.1", 1.0, settled))
    ledger.leave("worker-1.1", 2.0, "killed")
    ledger.note(Told("worker-2.1", 5.0, {"event": "job.leased", "job_id": "open"}))

    found = [(left.job_id, left.next_s, left.next_worker) for left in ledger.recoveries("killed")]
    assert found == [("open", 3.0, "worker-2.1")]


@pytest.mark.parametrize(
    ("dead_before", "dies_meanwhile", "others"),
    [
        ([], [], {"worker-2.1"}),
        (["worker-2.1"], [], set()),
        ([], ["worker-2.1"], set()),
        ([], ["worker-1.2"], {"worker-2.1"}),
    ],
)
def test_a_ledger_knows_who_could_have_recovered_a_job(
    dead_before: list[str], dies_meanwhile: list[str], others: set[str]
) -> None:
    """Those that lived when its worker was killed, and still do when it is begun again."""
    ledger = Ledger()
    for worker in ("worker-1.1", "worker-2.1"):
        lines(ledger, worker, "worker.started")
    lines(ledger, "worker-1.1", "job.leased", job_id="a")
    for worker in dead_before:
        ledger.leave(worker, 1.0, "killed")
    ledger.leave("worker-1.1", 1.0, "killed")
    for worker in dies_meanwhile:
        ledger.leave(worker, 2.0, "killed")
    lines(ledger, "worker-3.1", "worker.started", "job.leased", job_id="a")

    assert [set(left.others) for left in ledger.recoveries("killed")] == [others]


def test_a_report_says_what_is_broken(tmp_path: Path) -> None:
    """An invariant that does not hold, and a figure above its limit."""
    report = Report("test", 1)
    report.figure("deaths", 0, limit=0)
    report.figure("longest", 2.5, "s", limit=1)
    report.invariant("I1", holds=False, evidence="one lost")
    report.write(tmp_path / "report.json")

    assert report.broken == ["I1 is broken: one lost", "longest is 2.5 s, above 1"]
    assert report.tell() == 1
    assert json.loads((tmp_path / "report.json").read_text())["holds"] is False
