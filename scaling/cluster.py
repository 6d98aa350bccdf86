"""Pods in a cluster: started late, told to end while they render, and killed when they do not.

Which pod goes first is as a ReplicaSet decides it: one that is not ready, else the one that
became ready last (``ActivePodsWithRanks`` in ``pkg/controller/controller_utils.go``); whether it
renders is nothing that Kubernetes knows. A worker that is told to end takes no more jobs, goes on
with those it has for ``PREVIEW_SHUTDOWN_GRACE_S``, and then hands them back;
``terminationGracePeriodSeconds`` after it was told, it is killed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial

from scaling.autoscaler import SYNC_S, Autoscaler, wanted_for_cpu, wanted_for_jobs
from scaling.clock import Clock
from scaling.shapes import Job
from scaling.shipped import Settings

START_S = 45.0
"""From a pod's creation until it takes jobs: scheduled, image there, mounts, start, walls tried."""
_OFFSET_S = 7.0
"""Prometheus and the autoscaler do not look at the same instant."""


class State(Enum):
    """Where a pod is in its life."""

    STARTING = auto()
    READY = auto()
    ENDING = auto()
    GONE = auto()


@dataclass(slots=True, eq=False)
class Pod:
    """One worker."""

    state: State = State.STARTING
    running: dict[int, Job] = field(default_factory=dict)
    """By the number of the attempt."""
    asked_s: float = 0.0
    """When it last began to wait for a job."""
    since_s: float = 0.0
    """When ``busy_s`` was brought up to date."""
    busy_s: float = 0.0
    """Processor seconds since the last look at them."""


@dataclass(slots=True)
class Outcome:
    """What a load came to."""

    waits_s: list[float] = field(default_factory=list)
    most_pods: int = 0
    ended: int = 0
    """Pods that were told to end."""
    ended_rendering: int = 0
    """Those of them that rendered something just then."""
    handed_back: int = 0
    """Renders that were not done at the end of the worker's own grace, and begin anew elsewhere."""
    killed: int = 0
    """Renders that were going on when Kubernetes killed their pod."""
    pod_s: float = 0.0


class Cluster:
    """One run of a load on the pods that an autoscaler asks for."""

    def __init__(self, settings: Settings, start_s: float = START_S) -> None:
        """Begin with the least replicas, all of them ready."""
        self.outcome = Outcome()
        self._settings, self._start_s = settings, start_s
        self._autoscaler = Autoscaler(settings.scaling)
        self._clock = Clock()
        self._pods = [Pod(State.READY) for _ in range(settings.scaling.minimum)]
        self._ready: deque[Job] = deque()
        self._attempts = 0
        self._told = 0.0
        self._percents: list[float] = []

    def run(self, load: Iterable[Job], until_s: float) -> Outcome:
        """Let the jobs come, and go on until ``until_s``."""
        for job in load:
            self._clock.at(job.at_s, partial(self._offer, job))
        self._clock.every(self._settings.scrape_s, self._scrape)
        self._clock.after(_OFFSET_S, lambda: self._clock.every(SYNC_S, self._scale))
        self._clock.run(until_s)
        return self.outcome

    def _alive(self) -> list[Pod]:
        return [pod for pod in self._pods if pod.state in {State.STARTING, State.READY}]

    def _offer(self, job: Job) -> None:
        self._ready.append(job)
        self._take()

    def _take(self) -> None:
        """Let ready pods take what waits: the one that does least, of those who asked first.

        Redis serves the client that has been waiting longest.
        """
        free = [pod for pod in self._pods if pod.state is State.READY]
        while self._ready and free:
            pod = min(free, key=lambda one: (len(one.running), one.asked_s))
            if len(pod.running) >= self._settings.concurrency:
                return
            self._begin(pod, self._ready.popleft())

    def _begin(self, pod: Pod, job: Job) -> None:
        now_s = self._clock.now_s
        self.outcome.waits_s.append(now_s - job.at_s)
        self._attempts += 1
        number = self._attempts
        self._account(pod)
        pod.running[number] = job
        service_s = min(job.service_s, self._settings.render_timeout_s)
        self._clock.after(service_s, lambda: self._end(pod, number))

    def _end(self, pod: Pod, number: int) -> None:
        if number not in pod.running:
            return  # it was handed back, or killed
        self._account(pod)
        del pod.running[number]
        pod.asked_s = self._clock.now_s
        if pod.state is State.ENDING and not pod.running:
            self._remove(pod)
        self._take()

    def _account(self, pod: Pod) -> None:
        """Add what the pod has used since it was last asked: a processor for each render."""
        now_s = self._clock.now_s
        pod.busy_s += len(pod.running) * (now_s - pod.since_s)
        pod.since_s = now_s

    def _scrape(self) -> None:
        """Look at the jobs, and at what pods that are ready use."""
        settings = self._settings
        alive = [pod for pod in self._pods if pod.state is not State.GONE]
        self._told = len(self._ready) + sum(len(pod.running) for pod in alive)
        self.outcome.pod_s += len(alive) * settings.scrape_s
        self._percents = []
        for pod in alive:
            self._account(pod)
            used = pod.busy_s / settings.scrape_s / settings.requested_cores
            pod.busy_s = 0.0
            if pod.state is State.READY:
                self._percents.append(100 * used)

    def _scale(self) -> None:
        scaling, alive = self._settings.scaling, self._alive()
        if scaling.measure == "jobs":
            wanted = wanted_for_jobs(self._told, len(alive), scaling.target)
        else:
            unready = max(0, len(alive) - len(self._percents))
            wanted = wanted_for_cpu(self._percents, unready, scaling.target)
        decided = self._autoscaler.decide(self._clock.now_s, len(alive), wanted)
        for _ in range(decided - len(alive)):
            self._create()
        for _ in range(len(alive) - decided):
            self._tell_to_end()
        self.outcome.most_pods = max(self.outcome.most_pods, decided)

    def _create(self) -> None:
        pod = Pod(since_s=self._clock.now_s)
        self._pods.append(pod)
        self._clock.after(self._start_s, lambda: self._admit(pod))

    def _admit(self, pod: Pod) -> None:
        if pod.state is State.STARTING:
            pod.state, pod.asked_s = State.READY, self._clock.now_s
            self._take()

    def _tell_to_end(self) -> None:
        alive = self._alive()
        unready = [pod for pod in alive if pod.state is State.STARTING]
        pod = (unready or alive)[-1]
        self.outcome.ended += 1
        if not pod.running:
            self._remove(pod)
            return
        self.outcome.ended_rendering += 1
        pod.state = State.ENDING
        self._clock.after(self._settings.shutdown_grace_s, lambda: self._hand_back(pod))
        self._clock.after(self._settings.termination_grace_s, lambda: self._kill(pod))

    def _hand_back(self, pod: Pod) -> None:
        if pod.state is State.ENDING:
            self.outcome.handed_back += len(pod.running)
            self._give_up(pod)

    def _kill(self, pod: Pod) -> None:
        if pod.state is State.ENDING:
            self.outcome.killed += len(pod.running)
            self._give_up(pod)

    def _give_up(self, pod: Pod) -> None:
        """Put what the pod renders to the front of the queue, to be rendered from its beginning."""
        self._account(pod)
        self._ready.extendleft(pod.running.values())
        pod.running.clear()
        self._remove(pod)
        self._take()

    def _remove(self, pod: Pod) -> None:
        pod.state = State.GONE
        self._pods.remove(pod)
