"""Settings of stored previews are checked where they are made."""

from __future__ import annotations

import pytest

from preview_worker.artifacts import ArtifactSettings


def test_a_negative_reserve_is_refused_by_name() -> None:
    """The sentence names the setting and the value."""
    with pytest.raises(ValueError, match="min_free_bytes must not be negative, but is -1"):
        ArtifactSettings(min_free_bytes=-1)


def test_a_negative_age_is_refused_by_name() -> None:
    """Off is 0."""
    with pytest.raises(ValueError, match="retention_max_age_s must not be negative, but is -1"):
        ArtifactSettings(retention_max_age_s=-1)


def test_staging_folders_cannot_be_stale_at_once() -> None:
    """An age of zero would sweep away folders in use."""
    with pytest.raises(ValueError, match="stale_after_s must be more than 0, but is 0"):
        ArtifactSettings(stale_after_s=0)
