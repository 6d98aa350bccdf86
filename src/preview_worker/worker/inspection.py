"""The inspection of the walls: a process behind the real ones tries to get out, at every start."""

from __future__ import annotations

import asyncio
import json
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from preview_worker.contract import PreviewError, read_job
from preview_worker.events import DefectFound, Event, WallsInspected
from preview_worker.render import RenderSettings
from preview_worker.worker.conversation import SilentError, converse
from preview_worker.worker.enclosures import ceilings_of
from preview_worker.worker.framing import FramingError
from preview_worker.worker.nursery import Nursery, NurseryError
from preview_worker.worker.ports import RenderTask
from preview_worker.worker.rendering import ChildRenderer
from preview_worker.worker.silence import Silence
from preview_worker.worker.walls import Attempt, Enclosure, Standing
from preview_worker.worker.yard import Yard, open_yard

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from preview_worker.artifacts import PreviewStore
    from preview_worker.events import Observer
    from preview_worker.worker.settings import WorkerSettings

_PATIENCE_S = 30.0
_NOT_YET = "the walls around renders have not been inspected yet"
_SMALL = json.dumps(
    {
        "jobId": "inspection",
        "projectId": "inspection",
        "requestId": "inspection",
        "dryRun": False,
        "previewRequest": {
            "title": "Inspection",
            "steps": [{"title": "Look", "text": "Nobody gets out."}],
            "options": {"resolution": "160x90"},
        },
    }
).encode()


@dataclass(frozen=True, slots=True)
class _Trial:
    """What a process behind the walls told of them."""

    standing: Standing
    tried: tuple[Attempt, ...]


_TRIAL = TypeAdapter(_Trial)


class WallInspector:
    """Has the walls tried, and refuses work while they do not hold."""

    def __init__(self, nursery: Nursery, observer: Observer, settings: WorkerSettings) -> None:
        """Try children of ``nursery`` and tell ``observer`` what was found."""
        self._nursery = nursery
        self._observer = observer
        self._settings = settings
        self._refusal: str | None = _NOT_YET

    async def refusal(self) -> str | None:
        """Say why no job may be rendered now; None when the walls hold."""
        return self._refusal

    async def inspect_until_they_hold(self, store: PreviewStore, again_s: float = 30.0) -> None:
        """Inspect in folders of ``store``, every ``again_s`` until there is nothing to refuse."""
        while True:
            if await self._hold(store):
                return
            await asyncio.sleep(again_s)

    async def _hold(self, store: PreviewStore) -> bool:
        try:
            staging = await store.stage("inspection", "inspection", 0)
            try:
                found = await self.inspect(staging.directory)
            finally:
                await store.discard(staging)
        except PreviewError:
            return False  # the disk refuses, which is told already
        except Exception as error:  # noqa: BLE001 -- ending of it, it would never be made
            trace = "".join(traceback.format_exception(error))
            self._observer.observe(DefectFound(job_id=None, trace=trace))
            return False
        return found.refusal is None

    async def inspect(self, folder: Path) -> WallsInspected:
        """Try every way out, and render something small, in ``folder``, which is empty."""
        found = _Trial(Standing(), ())
        try:
            with open_yard(folder) as yard:
                found, trouble = await self._try(yard)
                trouble = trouble or await self._render(yard)
        except OSError as error:  # the disk is full, or no descriptor is left
            trouble = f"the walls cannot be tried: {error.strerror or type(error).__name__}"
        ways = tuple(f"{one.name} ({one.said})" for one in found.tried if not one.denied)
        if ways and self._settings.sandbox == "required":
            trouble = f"ways out of the walls are open: {'; '.join(ways)}"
        self._refusal = trouble
        event = WallsInspected(
            mode=found.standing.mode,
            landlock=found.standing.landlock,
            tried=len(found.tried),
            ways_out=ways,
            refusal=trouble,
        )
        self._observer.observe(event)
        return event

    async def _try(self, yard: Yard) -> tuple[_Trial, str | None]:
        """Return what was found, and why nothing could be."""
        nothing = _Trial(Standing(), ())
        enclosure = Enclosure(
            readable=(yard.assets,),
            writable=(yard.inside,),
            ceilings=ceilings_of(self._settings),
            required=self._settings.sandbox == "required",
        )
        try:
            verdict = await self._ask(enclosure, yard)
        except TimeoutError:
            return nothing, "the walls cannot be tried: it took too long"
        except SilentError:
            return nothing, "the walls cannot be tried: the process behind them says nothing"
        except (NurseryError, FramingError) as error:
            return nothing, f"the walls cannot be tried: {error}"
        if verdict and "error" in verdict:
            return nothing, str(verdict.get("message"))
        try:
            return _TRIAL.validate_python(verdict), None
        except ValidationError:
            return nothing, "the walls cannot be tried: the process behind them ended early"

    async def _ask(self, enclosure: Enclosure, yard: Yard) -> dict[str, Any] | None:
        child = await self._nursery.fork()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await converse(
                    child, (enclosure, yard.escapes), lambda *_: None, Silence(_PATIENCE_S)
                )
        finally:
            await child.close()

    async def _render(self, yard: Yard) -> str | None:
        """Render something small behind the walls; return why that did not work."""
        job = read_job(_SMALL).job
        settings = RenderSettings(asset_roots=(yard.assets,), processes=2)
        renderer = ChildRenderer(self._nursery, _Nobody(), settings, self._settings)
        try:
            await renderer.render(RenderTask(job.job_id, job, yard.inside), lambda *_: None)
        except PreviewError as error:
            return f"nothing can be rendered behind the walls: {error.message}"
        return None


class _Nobody:
    """An observer of what is of no interest."""

    def observe(self, event: Event) -> None:
        """Take no note."""
