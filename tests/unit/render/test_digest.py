"""The digest changes with what decides the pixels, and with nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render import RenderSettings, input_digest, media_versions
from tests.unit.render.jobs import draw_picture, job_of

STEPS = [{"text": "Deal.", "image": "a.png"}]


@pytest.fixture
def settings(tmp_path: Path) -> RenderSettings:
    """Return settings with a picture in the root."""
    draw_picture(tmp_path / "a.png")
    return RenderSettings(asset_roots=(tmp_path,))


def test_who_asks_and_when_does_not_matter(settings: RenderSettings) -> None:
    """Two jobs with one request share a digest."""
    one = input_digest(job_of(steps=STEPS), settings)

    assert one == input_digest(job_of(steps=STEPS, job_id="other"), settings)
    assert len(one) == 64


def test_what_is_asked_for_matters(settings: RenderSettings) -> None:
    """A word, an option, or that it is only a plan."""
    jobs = [
        job_of(steps=STEPS),
        job_of(steps=STEPS, title="Moss"),
        job_of(steps=STEPS, options={"format": "webm"}),
        job_of(steps=STEPS, dry_run=True),
    ]

    assert len({input_digest(job, settings) for job in jobs}) == len(jobs)


def test_the_bytes_of_pictures_matter(settings: RenderSettings) -> None:
    """The same name with another picture is another preview."""
    before = input_digest(job_of(steps=STEPS), settings)
    draw_picture(settings.asset_roots[0] / "a.png", colour="#00ff00")

    assert input_digest(job_of(steps=STEPS), settings) != before


def test_limits_that_change_pixels_matter(settings: RenderSettings, tmp_path: Path) -> None:
    """A lower cap, but not where the roots are."""
    elsewhere = tmp_path / "elsewhere"
    draw_picture(elsewhere / "a.png")
    job = job_of(steps=STEPS)
    moved = RenderSettings(asset_roots=(elsewhere,))
    capped = RenderSettings(asset_roots=(elsewhere,), max_width_px=640)

    assert input_digest(job, moved) == input_digest(job, settings)
    assert input_digest(job, capped) != input_digest(job, settings)


def test_a_missing_picture_has_no_digest(tmp_path: Path) -> None:
    """It is refused here already."""
    with pytest.raises(PreviewError) as caught:
        input_digest(job_of(steps=STEPS), RenderSettings(asset_roots=(tmp_path,)))

    assert caught.value.code is ErrorCode.ASSET_MISSING


def test_the_libraries_are_named_with_their_versions() -> None:
    """They decide pixels too."""
    assert set(media_versions()) == {"av", "numpy", "pillow", "pyphen", "skia-python"}


def test_the_sounds_count(tmp_path: Path) -> None:
    """Their bytes, and whether they are there."""
    settings = RenderSettings(asset_roots=(tmp_path,))
    job = job_of(steps=[{"text": "x", "audio": {"file": "a.wav"}}], audio={"bgm": "b.wav"})
    digests = [input_digest(job, settings)]
    for name, content in (("a.wav", b"one"), ("a.wav", b"two"), ("b.wav", b"music")):
        (tmp_path / name).write_bytes(content)
        digests.append(input_digest(job, settings))

    assert len(set(digests)) == 4


def test_the_brand_matters(settings: RenderSettings) -> None:
    """Whether it stands in the request or in a file."""
    digests = {
        input_digest(job_of(steps=STEPS), settings),
        input_digest(job_of(steps=STEPS, brand={"name": "Moss"}), settings),
        input_digest(job_of(steps=STEPS), replace(settings, brand='{"name": "Moss"}')),
        input_digest(job_of(steps=STEPS), replace(settings, brand='{"name": "Fern"}')),
    }

    assert len(digests) == 4


def test_the_pixels_of_the_logo_matter(settings: RenderSettings) -> None:
    """And one that is lost is no reason to fail."""
    job = job_of(steps=STEPS, brand={"logo": "logo.png"})
    lost = input_digest(job, settings)
    draw_picture(settings.asset_roots[0] / "logo.png", colour="#112233")
    found = input_digest(job, settings)
    draw_picture(settings.asset_roots[0] / "logo.png", colour="#332211")

    assert len({lost, found, input_digest(job, settings)}) == 3
