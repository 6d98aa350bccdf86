"""How much may move on a scene: the limits of the motion contract, and what is told of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

from preview_worker.contract import Finding
from preview_worker.render.motion import PROPERTIES, Motion

SHORTEST_S, LONGEST_S = Fraction(5, 60), Fraction(4)
MOST_AT_ONCE = 3
MOST = 20
MOST_TOTAL_S = Fraction(12)


@dataclass(slots=True)
class MotionLimits:
    """Lets the motions of one scene through, clamped to what the contract allows."""

    frames: int
    """The length of the scene."""
    fps: Fraction
    findings: list[Finding] = field(default_factory=list)
    _let: list[Motion] = field(default_factory=list)

    def admit(self, motion: Motion, own: list[Motion], where: str) -> Motion | None:
        """Return ``motion`` as it may be, and None for one that is left out.

        ``own`` are the motions of the same thing that were let through before.
        """
        motion = self._clamped(motion, where)
        if reason := self._objection(motion, own):
            told = f"{where} is left out: {reason}."
            self.findings.append(Finding("motion.left_out", told))
            return None
        self._let.append(motion)
        return motion

    def _clamped(self, motion: Motion, where: str) -> Motion:
        shortest, longest = self._frames(SHORTEST_S), int(LONGEST_S * self.fps)
        start = min(max(motion.start_frame, 0), max(0, self.frames - 1))
        asked = motion.end_frame - motion.start_frame
        length = min(max(asked, shortest, 1), max(longest, 1))
        end = min(start + length, self.frames)
        if (start, end) == (motion.start_frame, motion.end_frame):
            return motion
        told = (
            f"{where} lasts from {self._s(motion.start_frame)} to {self._s(motion.end_frame)} s; "
            f"it is shown from {self._s(start)} to {self._s(end)} s, within its scene and between "
            f"{float(SHORTEST_S):.2g} and {float(LONGEST_S):g} s long."
        )
        self.findings.append(Finding("motion.times", told, severity="note"))
        cycles = motion.cycles * (end - start) / max(1, asked)
        return replace(motion, start_frame=start, end_frame=end, cycles=max(1.0, round(cycles)))

    def _objection(self, motion: Motion, own: list[Motion]) -> str:
        """Return why ``motion`` cannot be let through; nothing if it can."""
        for other in own:
            shared = set(PROPERTIES[motion.kind]) & set(PROPERTIES[other.kind])
            if shared and _meet(motion, other):
                return f"another motion changes the {min(shared)} of the same thing meanwhile"
        if len(self._let) >= MOST:
            return f"a scene has at most {MOST} motions"
        together = [motion, *(other for other in self._let if _meet(motion, other))]
        starts = [one.start_frame for one in together]
        most = max(sum(one.start_frame <= at < one.end_frame for one in together) for at in starts)
        if most > MOST_AT_ONCE:
            return f"at most {MOST_AT_ONCE} things move at once"
        total = sum(one.end_frame - one.start_frame for one in (*self._let, motion))
        if total > MOST_TOTAL_S * self.fps:
            return f"the motions of a scene last at most {MOST_TOTAL_S} s together"
        return ""

    def _frames(self, seconds: Fraction) -> int:
        return -int(-seconds * self.fps // 1)

    def _s(self, frame: int) -> str:
        return f"{float(frame / self.fps):.2f}"


def _meet(one: Motion, other: Motion) -> bool:
    return one.start_frame < other.end_frame and other.start_frame < one.end_frame
