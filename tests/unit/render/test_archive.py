"""Previews that were rendered before are brought whole, or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from preview_worker.contract import RenderedPreview
from preview_worker.render import Provision, RenderSettings, archive, render_preview
from preview_worker.render.archive import Archive
from preview_worker.render.cache import Cache
from tests.unit.render.jobs import job_of

SMALL = {"resolution": "160x90"}
DIGEST = "ab" * 32


def _render(folder: Path, cache: Path, digest: str = DIGEST, **request: Any) -> RenderedPreview:
    folder.mkdir()
    settings = RenderSettings(cache_dir=cache)
    job = job_of(options={**SMALL, **request.pop("options", {})}, **request)
    return render_preview(job, folder, settings, lambda *_: None, Provision(digest=digest))


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_digest_brings_the_same_files(tmp_path: Path) -> None:
    """Down to the last byte, the log of the render that made them included."""
    first = _render(tmp_path / "one", tmp_path / "cache", steps=["Deal."])
    again = _render(tmp_path / "two", tmp_path / "cache", steps=["Deal."])

    assert _files(tmp_path / "one") == _files(tmp_path / "two")
    assert again.reused_shots == first.shots
    assert replace(again, phases=(), reused_shots=0) == replace(first, phases=())
    assert [phase.name for phase in again.phases] == ["reuse"]


def test_a_preview_too_large_for_the_archive_is_rendered_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its scenes are kept, the whole of it is not."""
    monkeypatch.setattr(archive, "MOST_BYTES", 1000)
    _render(tmp_path / "one", tmp_path / "cache", steps=["Deal."])
    found = Archive(Cache(tmp_path / "cache", 1 << 30)).fetch(DIGEST, tmp_path)

    assert found is None


def test_a_preview_from_the_archive_has_no_playlist(tmp_path: Path) -> None:
    """It is published before anybody could begin to watch."""
    live = [tmp_path / "live" / name for name in ("one", "two")]
    settings = RenderSettings(cache_dir=tmp_path / "cache")
    job = job_of(options={**SMALL, "live": True}, steps=["Deal."])
    for folder in live:
        out = tmp_path / folder.name
        out.mkdir()
        provision = Provision(live=folder, digest=DIGEST)
        render_preview(job, out, settings, lambda *_: None, provision)

    assert [folder.exists() for folder in live] == [True, False]


def test_another_digest_is_rendered(tmp_path: Path) -> None:
    """Nothing is taken for something else."""
    _render(tmp_path / "one", tmp_path / "cache", steps=["Deal."])
    other = _render(tmp_path / "two", tmp_path / "cache", "cd" * 32, steps=["Draw.", "Play."])

    assert len(other.scenes) == 4


@pytest.mark.parametrize("harm", [b"", b"nonsense" * 20])
def test_a_damaged_preview_is_rendered_again(tmp_path: Path, harm: bytes) -> None:
    """A checksum tells, before anybody sees it."""
    _render(tmp_path / "one", tmp_path / "cache", steps=["Deal."])
    kept = tmp_path / "cache" / DIGEST[:2] / DIGEST[2:]
    kept.write_bytes(harm)
    _render(tmp_path / "two", tmp_path / "cache", steps=["Deal."])
    log = (tmp_path / "two" / "render.log").read_text(encoding="utf-8")

    assert '"event": "filmed"' in log
    assert (tmp_path / "two" / "preview.mp4").stat().st_size > 1000


def test_a_preview_that_names_its_job_is_kept_for_nobody(tmp_path: Path) -> None:
    """Its documents would speak of another job."""
    options = {"artifactSet": "tutorial"}
    _render(tmp_path / "one", tmp_path / "cache", steps=["Deal."], options=options)

    assert Archive(Cache(tmp_path / "cache", 1 << 30)).fetch(DIGEST, tmp_path) is None


def test_a_dry_run_is_never_taken_for_a_render(tmp_path: Path) -> None:
    """It has no video."""
    _render(tmp_path / "one", tmp_path / "cache", steps=["Deal."], dry_run=True)
    preview = _render(tmp_path / "two", tmp_path / "cache", steps=["Deal."])

    assert preview.media is not None
