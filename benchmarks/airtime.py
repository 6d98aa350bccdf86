"""How soon a preview can be watched: from lease to the first segment of its live playlist."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.payloads import PROJECT, Json
from benchmarks.press import Press

POLL_S = 0.002
PLAYLIST = "index.m3u8"


class Lookout:
    """Looks for a live playlist that names a segment; ``seen_at_s`` is a time of the clock.

    A playlist lies below the folder of its job, in one for each attempt.
    """

    def __init__(self, folder: Path) -> None:
        """Look below ``folder`` from now on."""
        self.seen_at_s: float | None = None
        self._folder = folder
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        over = False
        while self.seen_at_s is None and not over:
            over = self._over.wait(POLL_S)
            if any(map(_is_playable, self._folder.glob(f"*/{PLAYLIST}"))):
                self.seen_at_s = time.time()

    def stop(self) -> None:
        """Look no longer."""
        self._over.set()
        self._thread.join()


def _is_playable(playlist: Path) -> bool:
    try:
        lines = playlist.read_text().splitlines()
        segments = [line for line in lines if line and not line.startswith("#")]
        return any((playlist.parent / name).stat().st_size for name in segments)
    except OSError:
        return False  # it is being written, or gone again


def first_segment_s(press: Press, request: Json, job_id: str) -> float | None:
    """Render ``request`` live; return the seconds, or None when no playlist ever appeared."""
    options: dict[str, Any] = {**request["options"], "live": True}
    lookout = Lookout(press.data_dir / "live" / PROJECT / job_id)
    proof = press.render({**request, "options": options}, job_id)
    lookout.stop()
    if lookout.seen_at_s is None:
        return None
    return lookout.seen_at_s - datetime.fromisoformat(proof.leased_at).timestamp()
