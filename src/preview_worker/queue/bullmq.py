"""The queue in Redis, shared with every BullMQ client."""

from __future__ import annotations

import base64

from preview_worker.events import Observer
from preview_worker.queue.cancellations import CancelWatcher
from preview_worker.queue.clearance import Clearance
from preview_worker.queue.doorbell import Doorbell
from preview_worker.queue.jobs import FailedChild, LeasedJob, ParentJob, QueueCounts
from preview_worker.queue.keeper import LeaseKeeper
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.leaser import Leaser
from preview_worker.queue.link import RedisLink
from preview_worker.queue.options import kept_logs
from preview_worker.queue.outcome import Outcome, Settlement
from preview_worker.queue.parents import Parents
from preview_worker.queue.places import claim_script
from preview_worker.queue.port import LeaseLostError
from preview_worker.queue.protocol import BullProtocol
from preview_worker.queue.recovery import StallRecoverer
from preview_worker.queue.refusals import NotPermittedError
from preview_worker.queue.scripts import ScriptCode, read_all
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.settlement import SettlementPlanner
from preview_worker.queue.settler import Settler
from preview_worker.queue.status import is_final
from preview_worker.queue.tally import QueueTally, TallyReader
from preview_worker.queue.urgency import move_others_first, move_urgent_to_active


class BullQueue:
    """``JobQueue`` over BullMQ's scripts.

    Four connections: one for everything that answers at once, one that waits at the doorbell, one
    that waits for requests to cancel, one that renews locks. Each is made when it is first needed
    and made anew when it breaks.
    """

    def __init__(self, settings: QueueSettings, observer: Observer | None = None) -> None:
        """Lay out the queue; connects nowhere. Raises ``ValueError`` for a wrong Redis URL."""
        keys = QueueKeys(settings.prefix, settings.queue_name)
        queue = client_name(settings)
        worker = "".join(c if c.isalnum() else "-" for c in settings.worker_name)
        self._link = RedisLink(settings, client_name=f"{queue}:commands")
        self._clearance = Clearance(settings, client_name=f"{queue}:clearance")
        self._renewal_link = RedisLink(settings, client_name=f"{queue}:renewal")
        # By a name of this form BullMQ's ``getWorkers`` finds the queue's workers.
        self._bell_link = RedisLink(
            settings, client_name=f"{queue}:w:{worker}", patience_s=settings.block_s
        )
        self._cancel_link = RedisLink(
            settings, client_name=f"{queue}:cancel", patience_s=settings.block_s
        )
        self._protocol = BullProtocol(self._link, keys, settings)
        self._parents = Parents(self._link, keys)
        renewal = BullProtocol(self._renewal_link, keys, settings)
        planner = SettlementPlanner(keys, settings)
        doorbell = Doorbell(self._bell_link, self._link, keys, settings.block_s)
        self._keeper = LeaseKeeper(renewal, settings, observer)
        self._leaser = Leaser(self._protocol, planner, self._keeper, doorbell, settings, observer)
        self._settler = Settler(
            self._protocol, planner, self._keeper, self._leaser, self._clearance, settings
        )
        self._recoverer = StallRecoverer(self._protocol, settings, observer)
        self._canceller = CancelWatcher(self._cancel_link, self._protocol, settings, observer)
        # A round renews and may take locks again: three calls, each of which may have to connect.
        call_s = settings.connect_timeout_s + settings.reply_timeout_s + settings.retry_max_s
        self._longest_round_s = 3 * (settings.renew_s + call_s)
        self._max_log_chars = settings.max_log_chars
        self._tally = TallyReader(self._link, settings)
        self._open = False

    async def open(self) -> None:
        """Start renewing and recovering. Does not wait for the server."""
        if not self._open:
            self._open = True
            read_all()
            move_urgent_to_active()
            move_others_first()
            claim_script()
            self._keeper.start()
            self._recoverer.start()
            self._canceller.start()

    async def close(self) -> None:
        """Stop the background work and close the connections. Safe to call twice."""
        self._open = False
        await self._recoverer.stop()
        await self._canceller.stop()
        await self._leaser.close()
        await self._keeper.stop()
        for link in (self._cancel_link, self._bell_link, self._renewal_link, self._link):
            await link.close()

    def trouble(self) -> str | None:
        """Say what of the background work does not go on; None when all of it does.

        No outage is such a trouble: the work goes on trying.
        """
        parts = {
            "renewal of locks": self._keeper.ended or self._keeper.still_s > self._longest_round_s,
            "check for stalled jobs": self._recoverer.ended,
            "watch for requests to cancel": self._canceller.ended,
        }
        return next((f"the {name} does not go on" for name, hangs in parts.items() if hangs), None)

    async def lease(self, *, urgent: bool = False, patient: bool = False) -> LeasedJob | None:
        """Wait for a job and lock it; see ``JobQueue.lease``.

        Raises ``RuntimeError`` when the background work does not go on: a job would not be safe.
        """
        if (trouble := self.trouble()) is not None:
            raise RuntimeError(trouble)
        if self._clearance.withdrawn:
            await self._clearance.confirm()
        try:
            if urgent:
                return await self._leaser.lease_urgent()
            return await self._leaser.lease(patient=patient)
        except NotPermittedError:
            self._clearance.withdraw()
            raise

    async def claim(
        self, job: LeasedJob, project: str, *, lease_next: bool = False
    ) -> Settlement | None:
        """Take one of the places of the job's project; see ``JobQueue.claim``."""
        refusal = await self._settler.claim(job, project, lease_next=lease_next)
        if refusal is not None:
            await self._canceller.put_back(job)
        return refusal

    async def settle(
        self, job: LeasedJob, outcome: Outcome, *, lease_next: bool = False
    ) -> Settlement:
        """Tell the queue how the attempt ended; see ``JobQueue.settle``."""
        settlement = await self._settler.settle(job, outcome, lease_next=lease_next)
        if is_final(settlement.state):
            await self._canceller.settled(job.id)
        else:
            await self._canceller.put_back(job)
        return settlement

    async def confirm(self, job: LeasedJob, above: int = 0) -> int | None:
        """Extend the job's lock now and number what is about to be published."""
        return await self._keeper.confirm(job, above)

    async def lease_lost(self, job: LeasedJob) -> None:
        """Return when the job's lock is lost, and not before."""
        await self._keeper.lost(job)

    async def cancelled(self, job: LeasedJob) -> str:
        """Return the reason when somebody asks for the job to end, and not before."""
        return await self._canceller.cancelled(job)

    async def progress(self, job: LeasedJob, percent: int) -> None:
        """Store the job's progress, 0 to 100."""
        code = await self._protocol.update_progress(job.id, percent)
        _check_exists(job, code)

    async def log(self, job: LeasedJob, line: str) -> None:
        """Append a line to the job's log, cut to a sensible length."""
        told = line[: self._max_log_chars].encode(errors="replace").decode()
        code = await self._protocol.add_log(job.id, told, kept_logs(job.options))
        _check_exists(job, code)

    async def parent_of(self, job: LeasedJob) -> ParentJob | None:
        """Return the job that waits for ``job``; None when there is none in this queue."""
        return await self._parents.read(job)

    async def failed_children(self, job: LeasedJob) -> tuple[FailedChild, ...]:
        """Tell which children of ``job`` failed; see ``JobQueue.failed_children``."""
        return await self._parents.failed_children(job)

    async def advance_parent(self, job: LeasedJob, most: int) -> None:
        """Tell the progress of the parent by its children; see ``JobQueue.advance_parent``."""
        await self._parents.advance(job, most)

    async def ping(self) -> None:
        """Return when the server answered and is known to allow what the queue needs."""
        await self._clearance.confirm()
        await self._link.call("PING")

    async def counts(self) -> QueueCounts:
        """Count the jobs by state."""
        return await self._protocol.counts()

    async def tally(self) -> QueueTally:
        """Tell what became of the queue's jobs since it exists."""
        return await self._tally.read()

    def lock_age_s(self) -> float:
        """How long ago that lock was renewed which was renewed least recently; 0 without any."""
        return self._keeper.lock_age_s()


def client_name(settings: QueueSettings) -> str:
    """Return the beginning that BullMQ gives to the connection names of a queue's clients."""
    queue = base64.b64encode(settings.queue_name.encode()).decode()
    return f"{settings.prefix}:{queue}"


def _check_exists(job: LeasedJob, code: int) -> None:
    if code == ScriptCode.MISSING_JOB:
        message = f"Job {job.id} was removed from the queue while it ran"
        raise LeaseLostError(message)
