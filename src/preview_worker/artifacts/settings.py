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
    sweep_every_s: float = 20
    """How often the janitor makes its round: what dead workers left is gone within a minute."""
    superseded_kept_s: float = 600
    """How long a preview that was replaced stays for those who have its folder open. A disk that is
    low keeps none."""
    retention_max_age_s: float = 0
    """How long a preview is kept after it was published or last found for its job; 0: for ever."""
    retention_max_bytes: int = 0
    """What all previews together may take, at the cost of the oldest; 0: as much as there is."""
    retention_spared_s: float = 600
    """A preview younger than this is never removed, so that its producer can fetch it."""
    live_kept_s: float = 900
    """How long what was watched while it was rendered stays after it last grew."""
    scenes_max_age_s: float = 30 * 86_400
    """How long scenes that workers share in a bucket stay after their last use; 0: for ever."""

    def __post_init__(self) -> None:
        """Refuse values that cannot be meant; raise ``ValueError`` with a sentence for people."""
        if self.min_free_bytes < 0:
            message = f"min_free_bytes must not be negative, but is {self.min_free_bytes}"
            raise ValueError(message)
        for name in (
            "retention_max_age_s",
            "retention_max_bytes",
            "superseded_kept_s",
            "scenes_max_age_s",
        ):
            if getattr(self, name) < 0:
                message = f"{name} must not be negative, but is {getattr(self, name)}"
                raise ValueError(message)
        for name in ("stale_after_s", "sweep_every_s", "live_kept_s"):
            if getattr(self, name) <= 0:
                message = f"{name} must be more than 0, but is {getattr(self, name)}"
                raise ValueError(message)
