"""A progress bar for people who wait for a preview."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from preview_worker.events import Event, JobProgressed

if TYPE_CHECKING:
    from types import TracebackType


class ProgressBar:
    """An ``Observer`` that draws a job's progress on the standard error stream."""

    def __init__(self, *, quiet: bool = False) -> None:
        """Draw nothing when ``quiet``; without a terminal only a few plain lines appear."""
        console = Console(stderr=True, quiet=quiet)
        self._plain = not console.is_terminal
        self._quiet = quiet
        self._said = -25
        self._progress = Progress(
            TextColumn("[bold]{task.description:<9}"),
            BarColumn(bar_width=40),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=quiet or self._plain,
        )
        self._task = self._progress.add_task("waiting", total=100)

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the bar as it stands."""
        self.stop()

    def stop(self) -> None:
        """Draw no more; the bar stays as it stands. Safe to call twice."""
        self._progress.stop()

    def observe(self, event: Event) -> None:
        """Take progress from the worker's events."""
        if isinstance(event, JobProgressed):
            self.advance(event.phase, event.percent)

    def advance(self, phase: str, percent: int) -> None:
        """Show that ``percent`` of the job is done, and what is being done."""
        self._progress.update(self._task, description=phase, completed=percent)
        if self._plain and not self._quiet and percent >= self._said + 25:
            self._said = percent
            sys.stderr.write(f"{phase} {percent} %\n")
