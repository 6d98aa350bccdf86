"""The names of a queue's keys in Redis, as BullMQ spells them."""

from __future__ import annotations


class QueueKeys:
    """Every key of one queue; each begins with ``prefix:queue:``."""

    def __init__(self, prefix: str, queue_name: str) -> None:
        """Spell the keys of ``queue_name``."""
        self.root = f"{prefix}:{queue_name}:"
        root = self.root
        self.wait = f"{root}wait"
        self.paused = f"{root}paused"
        self.active = f"{root}active"
        self.prioritized = f"{root}prioritized"
        self.delayed = f"{root}delayed"
        self.completed = f"{root}completed"
        self.failed = f"{root}failed"
        self.waiting_children = f"{root}waiting-children"
        self.events = f"{root}events"
        self.stalled = f"{root}stalled"
        self.stalled_check = f"{root}stalled-check"
        self.limiter = f"{root}limiter"
        self.meta = f"{root}meta"
        self.priority_counter = f"{root}pc"
        self.marker = f"{root}marker"
        self.id_counter = f"{root}id"
        self.repeat = f"{root}repeat"
        self.cancel_requests = f"{root}cancel:requests"
        """Ours, not BullMQ's. The colon keeps it apart from the key of a job named ``cancel``."""
        self.audit_checkpoints = f"{root}audit:checkpoints"
        """Ours as well. It outlives the jobs, so ``obliterate`` leaves it."""
        self.places_projects = f"{root}places:projects"
        """Ours: the projects of which jobs wait for a place."""
        self.places_swept = f"{root}places:swept"

    def places(self, share: str) -> tuple[str, str, str]:
        """Return the keys of a project's places and of the line for them, and of all such lines."""
        return f"{self.root}places:{share}", f"{self.root}line:{share}", self.places_projects

    def turns(self, first: int) -> str:
        """Return the key of the last turn that each project took in a class; ours."""
        return f"{self.root}turns:{first}"

    def idempotency(self, key: str) -> str:
        """Return the key that remembers an idempotency key of the HTTP interface; ours, too."""
        return f"{self.root}idempotency:{key}"

    def claim(self, name: str) -> str:
        """Return the key of a claim, which ends by itself; ours as well."""
        return f"{self.root}claims:{name}"

    def outbox(self, receiver: str) -> tuple[str, str, str, str]:
        """Return the keys of what is to be told to a receiver; ours, and beyond ``obliterate``.

        They are the place in the event stream, when deliveries are due, their contents, and how
        often each was tried.
        """
        root = f"{self.root}outbox:{receiver}"
        return f"{root}:place", f"{root}:due", f"{root}:contents", f"{root}:tries"

    def job(self, job_id: str | bytes) -> str | bytes:
        """Return the key of a job's hash; bytes for an id that is no UTF-8."""
        if isinstance(job_id, bytes):
            return self.root.encode() + job_id
        return self.root + job_id

    def lock(self, job_id: str | bytes) -> str | bytes:
        """Return the key that holds the token of the worker that runs the job."""
        key = self.job(job_id)
        return key + b":lock" if isinstance(key, bytes) else f"{key}:lock"

    def logs(self, job_id: str) -> str:
        """Return the key of a job's list of log lines."""
        return f"{self.root}{job_id}:logs"

    def dependencies(self, job_id: str) -> str:
        """Return the key of the children that a job waits for."""
        return f"{self.root}{job_id}:dependencies"

    def processed(self, job_id: str) -> str:
        """Return the key of what a job's children returned."""
        return f"{self.root}{job_id}:processed"

    def ignored(self, job_id: str) -> str:
        """Return the key of why children failed of which a job does not take notice."""
        return f"{self.root}{job_id}:failed"

    def unsuccessful(self, job_id: str) -> str:
        """Return the key of the children by whose failure a job failed."""
        return f"{self.root}{job_id}:unsuccessful"

    def metrics(self, target: str) -> str:
        """Return the key of the throughput metrics of ``completed`` or ``failed`` jobs."""
        return f"{self.root}metrics:{target}"
