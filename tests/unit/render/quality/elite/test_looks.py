"""The rules about the picture."""

from __future__ import annotations

import pytest

from preview_worker.contract import Finding
from preview_worker.render.quality.elite import looks
from tests.unit.render.quality.elite.previews import evidence


@pytest.mark.parametrize(
    ("size", "holds"),
    [("1920x1080", True), ("1280x720", False), ("606x1080", False), ("1920x800", False)],
)
def test_full_hd_is_wanted(size: str, *, holds: bool) -> None:
    """In both directions."""
    verdict = looks.judge_resolution(evidence(options={"resolution": size}))

    assert (verdict.holds, verdict.measured) == (holds, size)


@pytest.mark.parametrize(("size", "holds"), [(39.0, False), (45.0, True)])
def test_the_smallest_text_counts(size: float, *, holds: bool) -> None:
    """A title of 45 is a finding, but no breach of this rule."""
    found = (Finding("text.small", "", measured=47.0), Finding("text.small", "", measured=size))
    verdict = looks.judge_text_size(evidence(*found))

    assert (verdict.holds, verdict.measured) == (holds, size)


def test_the_worst_contrast_counts() -> None:
    """Any finding is a breach."""
    verdict = looks.judge_contrast(evidence(Finding("contrast.low", "", measured=6.9)))

    assert (verdict.holds, verdict.measured) == (False, 6.9)


def test_a_preview_without_findings_passes() -> None:
    """Texts are large, and light on dark."""
    assert looks.judge_text_size(evidence()).holds is True
    assert looks.judge_contrast(evidence()).holds is True


def test_texts_have_no_outline_and_previews_no_watermark() -> None:
    """As they are painted today."""
    assert looks.judge_outline(evidence()).holds is False
    assert looks.judge_watermark(evidence()).holds is True
