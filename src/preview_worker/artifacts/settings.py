"""What an operator can choose about stored previews."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactSettings:
    """Where previews are kept and how much room must stay free there."""

    data_dir: Path = Path("data")
    min_free_bytes: int = 512 * 1024 * 1024
    """Below this, or below a tenth of a smaller disk, the worker reports that it is not ready."""
    stale_after_s: float = 6 * 3600
    """Age at which a staging folder counts as abandoned where its owner cannot be asked."""
    sweep_every_s: float = 600
    """How often what dead workers left is looked for while this one is at work."""
    live_kept_s: float = 900
    """How long what was watched while it was rendered stays after it last grew."""

    def __post_init__(self) -> None:
        """Refuse values that cannot be meant; raise ``ValueError`` with a sentence for people."""
        if self.min_free_bytes < 0:
            message = f"min_free_bytes must not be negative, but is {self.min_free_bytes}"
            raise ValueError(message)
        for name in ("stale_after_s", "sweep_every_s", "live_kept_s"):
            if getattr(self, name) <= 0:
                message = f"{name} must be more than 0, but is {getattr(self, name)}"
                raise ValueError(message)
