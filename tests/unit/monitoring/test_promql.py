"""Queries that speak of what does not exist are refused, and others are narrowed rightly."""

from __future__ import annotations

import pytest

from monitoring.promql import check, names, narrow
from monitoring.words import UnknownWordError, Vocabulary, vocabulary

FILTERS = {"queue": "$queue", "instance": "$instance"}


@pytest.fixture(scope="module")
def words() -> Vocabulary:
    """What a worker really exposes."""
    return vocabulary()


@pytest.mark.parametrize(
    "query",
    [
        'sum by (outcome) (increase(preview_worker_jobs_total{outcome="failed"}[5m])) > 0',
        "up == 0 and on (job, instance) last_over_time(preview_worker_build_info[1h])",
        "histogram_quantile(0.9, sum by (le) (rate(preview_worker_queue_wait_seconds_bucket[5m])))",
        "preview_worker_active_jobs / on (instance) group_left (version) preview_worker_build_info",
        'max(preview_worker_queue_size{state=~"waiting|prioritized"} offset 1h) or vector(0)',
        'sum without (code) (rate(preview_worker_errors_total{code=~"invalid[.].+"}[$__range]))',
    ],
)
def test_a_query_of_what_there_is_is_taken(query: str, words: Vocabulary) -> None:
    """Whatever the grammar has around the names."""
    check(query, words)


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("rate(preview_worker_job_total[5m])", "no series preview_worker_job_total"),
        ("preview_worker_queue_wait_seconds", "no series preview_worker_queue_wait_seconds"),
        ('rate(preview_worker_jobs_total{result="failed"}[5m])', "has no label result"),
        ('rate(preview_worker_jobs_total{outcome="failure"}[5m])', "no outcome of"),
        ('rate(preview_worker_errors_total{code=~"permanent[.]time"}[5m])', "no code of"),
        ("sum by (code) (rate(preview_worker_jobs_total[5m]))", "has a label code"),
        ("a and on (queue) preview_worker_draining", "no series a"),
        ("preview_worker_jobs_total > 1", "is a counter, but is read by its value"),
        ("rate(preview_worker_active_jobs[5m])", "is a gauge, but is read by rate"),
        ("delta(preview_worker_jobs_total[5m])", "is a counter, but is read by delta"),
        ("sum by (le", "a ) is missing"),
    ],
)
def test_a_query_of_what_there_is_not_is_refused(
    query: str, complaint: str, words: Vocabulary
) -> None:
    """With a word on what is wrong, and the query."""
    with pytest.raises(UnknownWordError) as refused:
        check(query, words)

    assert complaint in str(refused.value)
    assert query in str(refused.value)


@pytest.mark.parametrize(
    ("query", "narrowed"),
    [
        ("preview_worker_draining", 'preview_worker_draining{instance=~"$instance"}'),
        (
            'sum(preview_worker_queue_size{state="active"})',
            'sum(preview_worker_queue_size{queue=~"$queue",instance=~"$instance",state="active"})',
        ),
        (
            "rate(preview_worker_jobs_total[5m]) / rate(process_cpu_seconds_total[5m])",
            (
                'rate(preview_worker_jobs_total{instance=~"$instance"}[5m])'
                ' / rate(process_cpu_seconds_total{instance=~"$instance"}[5m])'
            ),
        ),
        ("up and preview_worker:it:ratio5m", "up and preview_worker:it:ratio5m"),
    ],
)
def test_a_query_keeps_to_what_was_chosen_on_the_dashboard(
    query: str, narrowed: str, words: Vocabulary
) -> None:
    """Series of the worker get a matcher for each label that they have; others stay as they are."""
    words.learn("preview_worker:it:ratio5m", ["job"])

    assert narrow(query, words, FILTERS) == narrowed


def test_names_are_those_of_series_alone() -> None:
    """No function, label or keyword is among them."""
    query = 'sum by (job) (rate(up{instance="a b"}[5m])) unless on (job) absent(down offset 1h)'

    assert names(query) == {"up", "down"}
