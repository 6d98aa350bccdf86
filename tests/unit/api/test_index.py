"""The index of jobs: in order, searched, and paged without gaps whatever comes in between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from preview_worker.api.index import JobIndex, JobQuery, Order
from preview_worker.api.summaries import JobSummary
from preview_worker.queue import JobState


def job(job_id: str, added_at_ms: int = 0, **more: object) -> JobSummary:
    """Return a job."""
    return JobSummary(
        id=job_id,
        state=JobState(str(more.get("state", "waiting"))),
        added_at_ms=added_at_ms,
        title=str(more.get("title", "")),
        project_id=str(more.get("project", "")),
    )


def paged(index: JobIndex, limit: int) -> list[str]:
    """Return the ids of all pages, one after the other."""
    seen: list[str] = []
    after: Order | None = None
    while True:
        page = index.page(JobQuery(), after=after, limit=limit)
        seen += [one.id for one in page.jobs]
        after = page.after
        if after is None:
            return seen


@given(
    st.dictionaries(st.text(max_size=4), st.integers(0, 5), max_size=30),
    st.integers(1, 7),
)
def test_pages_hold_every_job_once_and_the_newest_first(jobs: dict[str, int], limit: int) -> None:
    """Jobs of the same moment are told apart by their ids."""
    index = JobIndex()
    for job_id, added_at_ms in jobs.items():
        index.put(job(job_id, added_at_ms))

    expected = sorted(jobs, key=lambda one: (jobs[one], one), reverse=True)
    assert paged(index, limit) == expected
    assert len(index) == len(jobs)


def test_a_job_that_comes_in_moves_nothing_on_later_pages() -> None:
    """A cursor names a place, not a number of jobs."""
    index = JobIndex()
    for number in range(4):
        index.put(job(f"j{number}", number))
    first = index.page(JobQuery(), limit=2)
    index.put(job("new", 9))

    second = index.page(JobQuery(), after=first.after, limit=2)

    assert [one.id for one in second.jobs] == ["j1", "j0"]


def test_a_job_that_changes_keeps_its_place() -> None:
    """It is one line, whatever becomes of it."""
    index = JobIndex()
    index.put(job("a", 1))
    index.put(job("b", 2))
    index.put(job("a", 1, state="failed"))

    assert [(one.id, one.state) for one in index.page(JobQuery()).jobs] == [
        ("b", JobState.WAITING),
        ("a", JobState.FAILED),
    ]


def test_jobs_that_are_gone_are_forgotten() -> None:
    """Twice is no harm."""
    index = JobIndex()
    first = job("a", 1)
    index.put(first)
    index.put(job("b", 2))

    assert index.remove("a") is first
    assert index.remove("a") is None
    assert index.counts() == {JobState.WAITING: 1}
    assert [one.id for one in index.page(JobQuery()).jobs] == ["b"]


def test_a_search_looks_at_words_in_any_case() -> None:
    """Also beyond ASCII."""
    index = JobIndex()
    index.put(job("a", 1, title="STRASSE und Brücke"))

    for text in ("straße", "BRÜCKE", "und"):
        assert index.page(JobQuery(text=text)).total == 1
    assert index.page(JobQuery(text="tunnel")).total == 0


def test_somebody_with_projects_sees_theirs_alone() -> None:
    """Neither in the list nor in its length."""
    index = JobIndex()
    index.put(job("a", 1, project="p-1"))
    index.put(job("b", 2, project="p-2"))

    page = index.page(JobQuery(projects={"p-1"}))

    assert [one.id for one in page.jobs] == ["a"]
    assert page.total == 1
