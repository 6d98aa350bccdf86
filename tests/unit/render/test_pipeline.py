"""A job becomes a preview's files, or a plan, or one clear error."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from preview_worker.contract import ErrorCode, PreviewError, RenderedPreview
from preview_worker.render import (
    Provision,
    RenderSettings,
    encode,
    production,
    render_preview,
    warm_up,
)
from preview_worker.render.recording import record
from tests.unit.render.jobs import draw_picture, job_of
from tests.unit.render.sounds import speech, write_wav

SMALL = {"resolution": "320x180"}
STEPS = [{"title": "Deal", "text": "Three cards each.", "durationSec": 1.5}]


def _render(directory: Path, **request: Any) -> tuple[RenderedPreview, list[tuple[str, float]]]:
    directory.mkdir(exist_ok=True)
    reports: list[tuple[str, float]] = []
    settings = RenderSettings(asset_roots=(directory.parent,))
    job = job_of(**{"options": SMALL, "steps": STEPS, **request})
    preview = render_preview(job, directory, settings, lambda *told: reports.append(told))
    return preview, reports


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[RenderedPreview, Path]:
    """Return a small preview and its folder."""
    directory = tmp_path_factory.mktemp("root") / "preview"
    return _render(directory, title="Moss")[0], directory


def test_every_file_is_told_and_there(rendered: tuple[RenderedPreview, Path]) -> None:
    """And no other."""
    preview, directory = rendered

    assert {file.name: file.kind for file in preview.files} == {
        "captions.srt": "captions",
        "captions.vtt": "captions",
        "chapters.json": "chapters",
        "contact-sheet.jpg": "contact-sheet",
        "poster.jpg": "poster",
        "preview.mp4": "video",
        "render.log": "log",
        "thumbnail.jpg": "thumbnail",
    }
    assert {path.name for path in directory.iterdir()} == {file.name for file in preview.files}


def test_the_preview_tells_what_it_is(rendered: tuple[RenderedPreview, Path]) -> None:
    """Scenes, cues, media, phases."""
    preview, _ = rendered

    assert (preview.title, preview.dry_run, preview.fps) == ("Moss", False, "30/1")
    assert [(s.kind, s.start_frame, s.frames) for s in preview.scenes] == [
        ("title", 0, 90),
        ("step", 90, 45),
        ("end", 135, 90),
    ]
    assert preview.frames == 225
    assert preview.cues == 2
    assert preview.media is not None
    assert preview.media.silent
    assert {"plan", "paint", "encode", "probe"} <= set(preview.phases_s)
    assert all(phase.begin_at_s <= phase.end_at_s for phase in preview.phases)


def test_the_log_is_lines_of_json(rendered: tuple[RenderedPreview, Path]) -> None:
    """With every phase."""
    lines = [json.loads(line) for line in (rendered[1] / "render.log").read_text().splitlines()]

    assert {line["name"] for line in lines if line["event"] == "phase"} >= {"encode", "probe"}


def test_progress_only_grows(tmp_path: Path) -> None:
    """From nothing to the whole."""
    _, reports = _render(tmp_path / "p")
    shares = [share for _, share in reports]

    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    assert len(shares) > 5


def test_a_dry_run_leaves_a_plan_and_a_still(tmp_path: Path) -> None:
    """And no video."""
    preview, _ = _render(tmp_path / "p", dry_run=True)
    plan = json.loads((tmp_path / "p" / "timeline.json").read_text())

    assert {file.name for file in preview.files} == {
        "captions.srt",
        "captions.vtt",
        "chapters.json",
        "render.log",
        "still.jpg",
        "timeline.json",
    }
    assert preview.dry_run
    assert preview.media is None
    assert (preview.frames, preview.cues) == (225, 2)
    assert [scene["start_frame"] for scene in plan["scenes"]] == [0, 90, 135]


def test_findings_of_all_steps_are_told(tmp_path: Path) -> None:
    """Also in a dry run, which paints one scene only."""
    steps = [{"id": "s", "text": "ᚠ " * 400, "durationSec": 1}]
    wanted = {"captions.cut", "text.cut", "text.missing_glyph", "reading.fast"}
    for dry_run in (True, False):
        preview, _ = _render(tmp_path / str(dry_run), steps=steps, dry_run=dry_run)
        assert {finding.code for finding in preview.findings if finding.scene == "s"} == wanted


def test_captions_can_be_left_out(tmp_path: Path) -> None:
    """By includeCaptions: false."""
    preview, _ = _render(tmp_path / "p", options={**SMALL, "includeCaptions": False}, dry_run=True)

    assert preview.cues == 0
    assert not [file for file in preview.files if file.kind == "captions"]


def test_webm_is_rendered_too(tmp_path: Path) -> None:
    """Under its own name and media type."""
    preview, _ = _render(tmp_path / "p", options={**SMALL, "format": "webm"})
    (video,) = (file for file in preview.files if file.kind == "video")

    assert (video.name, video.media_type) == ("preview.webm", "video/webm")
    assert preview.media is not None
    assert (preview.media.video_codec, preview.media.audio_codec) == ("vp9", "opus")


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_broken_picture_is_refused_before_anything_is_written(
    tmp_path: Path, *, dry_run: bool
) -> None:
    """Even if it belongs to the last step."""
    draw_picture(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"<html>")
    steps = [{"image": "good.png"}, {"image": "bad.png"}]
    with pytest.raises(PreviewError, match="steps/1/image") as caught:
        _render(tmp_path / "p", steps=steps, dry_run=dry_run)

    assert caught.value.code is ErrorCode.ASSET_TYPE
    assert list((tmp_path / "p").iterdir()) == []


def test_hostile_text_renders(tmp_path: Path) -> None:
    """Whatever stands in it."""
    nasty = "\x00\x1b[31m\u202e{drawtext=textfile=/etc/passwd};<b>&\ufffe" + "e\u0301" * 3000
    preview, _ = _render(
        tmp_path / "p", title=nasty, steps=[{"id": nasty, "title": nasty, "text": nasty}, nasty]
    )

    assert preview.frames > 0
    assert "\u202e" not in (tmp_path / "p" / "captions.srt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, ErrorCode.DISK), (errno.EBADF, ErrorCode.RENDER)]
)
def test_a_full_disk_is_told_from_other_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: ErrorCode
) -> None:
    """It may be better next time."""

    def refuse(*_: object) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(production, "open_file", refuse)
    with pytest.raises(PreviewError) as caught:
        _render(tmp_path / "p")

    assert caught.value.code is code


@pytest.mark.parametrize(("container", "watched"), [("mp4", True), ("webm", False)])
def test_a_preview_can_be_watched_while_it_is_rendered(
    tmp_path: Path, container: str, *, watched: bool
) -> None:
    """When the job asks for it, and where players can; the finished playlist says so."""
    out, live = tmp_path / "p", tmp_path / "live" / "1"
    out.mkdir()
    options = {**SMALL, "format": container, "live": True}
    job = job_of(steps=["Deal."], options=options)
    preview = render_preview(
        job, out, RenderSettings(), lambda *_: None, Provision(live=live, digest=None)
    )

    assert live.exists() is watched
    assert ("live.unsupported" in {finding.code for finding in preview.findings}) is not watched
    if watched:
        assert "#EXT-X-ENDLIST" in (live / "index.m3u8").read_text(encoding="ascii")


def test_nobody_watches_unless_the_job_asks(tmp_path: Path) -> None:
    """Then no folder is made."""
    out, live = tmp_path / "p", tmp_path / "live"
    out.mkdir()
    provision = Provision(live=live)
    render_preview(job_of(options=SMALL), out, RenderSettings(), lambda *_: None, provision)

    assert not live.exists()


def test_warming_up_writes_a_video_and_may_be_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only writing one loads all that a job would else have to load."""
    written = []
    really = encode.open_file

    def open_file(path: Path, *rest: Any) -> Any:
        written.append(path.name)
        return really(path, *rest)

    monkeypatch.setattr(production, "open_file", open_file)
    warm_up()
    warm_up()
    assert written == ["preview.mp4", "preview.mp4"]


def test_the_preview_says_how_good_it_is(rendered: tuple[RenderedPreview, Path]) -> None:
    """With everything measured that can be: the finished preview is there."""
    quality = rendered[0].quality

    assert quality is not None
    assert (quality.errors, quality.elite.max, quality.elite.unmeasured) == (0, 1000, 50)
    passed = {rule.id for rule in quality.elite.rules if rule.status == "passed"}
    assert {"A11", "A12", "A13", "V2", "V3"} <= passed


def test_captions_are_written_in_two_languages_and_burned(tmp_path: Path) -> None:
    """Files of both, and pictures that have those of the preview's own."""
    steps = [{"text": {"en": "Deal.", "fr": "Distribuez."}, "durationSec": 1.5}]
    plain, _ = _render(tmp_path / "plain", steps=steps, dry_run=True)
    options = {**SMALL, "burnCaptions": True}
    burned, _ = _render(tmp_path / "burned", steps=steps, dry_run=True, options=options)
    languages = {file.name: file.language for file in burned.files if file.kind == "captions"}
    stills = {(tmp_path / name / "still.jpg").read_bytes() for name in ("plain", "burned")}

    assert languages == {
        "captions.fr.srt": "fr",
        "captions.fr.vtt": "fr",
        "captions.srt": "en",
        "captions.vtt": "en",
    }
    assert plain.cues == burned.cues == 2
    assert len(stills) == 2


def test_a_sound_that_is_replaced_while_it_is_recorded_is_kept_for_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D9: another attempt hears one sound; nothing stays in the cache under the other's name."""
    sound = write_wav(tmp_path / "voice.wav", speech(1))

    def replaced(*given: Any) -> Any:
        recording = record(*given)
        write_wav(sound, speech(1, seed=8))
        return recording

    monkeypatch.setattr(production, "record", replaced)
    settings = RenderSettings(asset_roots=(tmp_path,), cache_dir=tmp_path / "cache")
    job = job_of(options=SMALL, steps=[{"text": "Deal.", "audio": "voice.wav"}])
    (tmp_path / "preview").mkdir()
    with pytest.raises(PreviewError, match="was replaced") as caught:
        render_preview(job, tmp_path / "preview", settings, lambda *_: None)

    assert caught.value.code is ErrorCode.ASSET_CHANGED
    entries = [path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert entries
    assert not [entry for entry in entries if b"REC1" in entry]


def test_shots_are_told_by_whether_they_were_filmed_before(tmp_path: Path) -> None:
    """The first render films them all, the second none."""
    settings = RenderSettings(cache_dir=tmp_path / "cache")
    job = job_of(options=SMALL, steps=STEPS)
    told = []
    for number in ("1", "2"):
        (folder := tmp_path / number).mkdir()
        preview = render_preview(job, folder, settings, lambda *_: None)
        told.append((preview.shots, preview.reused_shots))

    (shots, _), _ = told
    assert told == [(shots, 0), (shots, shots)]
    assert shots > 0
