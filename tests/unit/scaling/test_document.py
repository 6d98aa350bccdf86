"""docs/scaling.md tells what was recorded, and is written by a command."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path

import pytest

from scaling import document
from scaling.calibration import load
from scaling.document import BLOCKS, PAGE, written

PAGE_NOW = PAGE.read_text(encoding="utf-8")


def test_the_page_has_the_recorded_figures() -> None:
    """Whoever records a run writes the page by ``python -m scaling.document``."""
    assert written(PAGE_NOW, load()) == PAGE_NOW


def test_other_figures_make_another_page() -> None:
    """Each block follows what was recorded, and nothing else of the page changes."""
    figures = copy.deepcopy(dict(load()))
    figures["efficiency"]["8"] = 0.91
    figures["limit"]["clients"] = 51
    figures["storage"]["cases"][0]["requests"]["PUT previews"] = 77
    figures["price_of_1000"] = 8.125
    figures["bottlenecks"]["redis"] = 4321
    figures["autoscaling"]["KEDA"]["waits"][0]["wait_p95_s"] = 58.7
    page = written(PAGE_NOW, figures)
    for told in (
        "| 0.91 |",
        "51 clients",
        "| 77 |",
        "cost 8.125",
        "**4321 workers**",
        "| 58.7 s |",
    ):
        assert told in page
        assert told not in PAGE_NOW
    assert written(page, load()) == PAGE_NOW


def test_what_was_not_foretold_is_told() -> None:
    """A throughput of twice what was foretold is named."""
    figures = copy.deepcopy(dict(load()))
    figures["checks"][-1]["jobs_per_s"] *= 2
    assert "throughput of 8" in written(PAGE_NOW, figures)


def test_the_command_records_a_run_and_writes_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run's file becomes the recorded one."""
    run, recorded, page = (tmp_path / name for name in ("run.json", "recorded.json", "page.md"))
    run.write_text(json.dumps({**load(), "price_of_1000": 8.125}))
    page.write_text(PAGE_NOW, encoding="utf-8")
    monkeypatch.setattr(document, "RECORDED", recorded)
    monkeypatch.setattr(document, "PAGE", page)
    monkeypatch.setattr(sys, "argv", ["document", str(run)])
    document.main()
    assert load(recorded)["price_of_1000"] == 8.125
    assert "cost 8.125" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_without_a_place_is_missed(name: str) -> None:
    """A page from which the mark was lost is not written."""
    with pytest.raises(ValueError, match=name):
        written(PAGE_NOW.replace(f"<!-- figures: {name} -->\n", ""), load())
