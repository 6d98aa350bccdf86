"""The gallery shows every example that was rendered, and tells of those that could not be."""

from __future__ import annotations

import importlib.util
import json
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
VOID = {"meta", "img", "link"}


class _Outline(HTMLParser):
    """Counts what a page has, and sees that everything that was opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.pictures: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "a":
            self.links.append(told["href"] or "")
        if tag == "img":
            self.pictures.append(told["src"] or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def gallery() -> ModuleType:
    """Return the script as a module."""
    spec = importlib.util.spec_from_file_location(
        "examples_gallery", ROOT / "examples" / "gallery.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for it
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def page(gallery: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> _Outline:
    """Render a preview, a dry run and a payload that is none; return the page about them."""
    out = tmp_path_factory.mktemp("gallery")
    small = {"steps": [], "assets": [], "audio": {}, "options": {"resolution": "320x180"}}
    payload = {"jobId": "j", "projectId": "p", "requestId": "r", "previewRequest": small}
    for name, change in (
        ("good", {"dryRun": False}),
        ("dry", {"dryRun": True}),
        ("bad", {"dryRun": "<b>"}),
    ):
        (out / f"{name}.json").write_text(json.dumps({**payload, **change}))
    examples = [gallery.render(out / f"{name}.json", out) for name in ("good", "dry", "bad")]
    text = gallery.page(examples, 3.0)
    (out / "index.html").write_text(text, encoding="utf-8")
    outline = _Outline()
    outline.feed(text)
    assert outline.open == []
    assert "3 examples, rendered in 3 s, 1 failed" in text
    assert "dryRun must be boolean" in text
    assert "dry run" in text
    assert all((out / link).is_file() for link in outline.links)
    return outline


def test_every_video_is_a_link_away(page: _Outline) -> None:
    """A dry run has none."""
    assert page.links == ["good/preview.mp4"]


def test_the_page_carries_its_pictures_itself(page: _Outline) -> None:
    """A contact sheet, and a still of the dry run."""
    assert len(page.pictures) == 2
    assert all(one.startswith("data:image/jpeg;base64,/9j/") for one in page.pictures)
