"""An edition names everything beside a request that decides what a preview looks like."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from preview_worker.render import edition
from preview_worker.render.edition import font_digests, made_with, media_versions
from preview_worker.render.settings import RenderSettings

FONTS = Path(edition.__file__).parent / "fonts"
WITHOUT_INFLUENCE = {
    "asset_roots",
    "asset_store",
    "max_duration_s",
    "max_scenes",
    "max_text_chars",
    "max_source_chars",
    "max_asset_bytes",
    "max_asset_pixels",
    "max_sound_bytes",
    "processes",
    "brand",
    "cache_dir",
    "cache_max_bytes",
}
"""Settings by which a job is refused or done faster, or that its timeline speaks of."""
_OTHERS = {
    "asset_roots": (Path("else"),),
    "asset_store": "s3://else/where",
    "cache_dir": Path("else"),
    "brand": "{}",
}


def test_every_setting_is_known_to_matter_or_not() -> None:
    """Those that matter make another edition; a new one fails here until somebody decides."""
    settings = RenderSettings()
    for field in fields(RenderSettings):
        value: Any = getattr(settings, field.name)
        other: Any = value + 1 if isinstance(value, int) else _OTHERS[field.name]
        changed = made_with(replace(settings, **{field.name: other}))

        assert (changed == made_with(settings)) is (field.name in WITHOUT_INFLUENCE), field.name


def test_every_font_of_the_package_is_named_by_its_content() -> None:
    """Another letter is another picture."""
    digests = font_digests()

    assert set(digests) == {
        path.name for path in FONTS.iterdir() if path.suffix in {".otf", ".ttf"}
    }
    for name, digest in digests.items():
        assert hashlib.sha256((FONTS / name).read_bytes()).hexdigest() == digest


def test_the_media_libraries_are_named_with_their_versions() -> None:
    """Another encoder writes other bytes."""
    assert media_versions()["av"] == version("av")
    assert set(media_versions()) == {"av", "numpy", "pillow", "pyphen", "skia-python"}


def test_an_edition_can_be_said_in_json() -> None:
    """That is how it is hashed."""
    assert json.loads(json.dumps(made_with(RenderSettings())))["renderer"]["version"]
