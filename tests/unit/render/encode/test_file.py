"""The file that is opened is of the profile's container, with its chapters."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from preview_worker.render.encode import Mark, SegmentEncoder, encode_silence, open_file
from preview_worker.render.model import Container, Profile, Still
from preview_worker.render.settings import RenderSettings


@pytest.mark.parametrize(("container", "found"), [("mp4", "mov"), ("webm", "matroska")])
def test_the_container_is_the_profiles(tmp_path: Path, container: Container, found: str) -> None:
    """Whatever the name says; chapters go along."""
    profile = Profile(192, 108, Fraction(30), container)
    path = tmp_path / "v"
    marks = [Mark("Set up", 0, 6), Mark("Play", 6, 12)]
    with open_file(path, profile, encode_silence(container, 19_200), marks) as file:
        still = Still(0, 12, bytes(192 * 108 * 4))
        file.add(SegmentEncoder(profile, RenderSettings()).encode([still]))
    with av.open(str(path)) as read:
        titles = [chapter["metadata"]["title"] for chapter in read.chapters()]

        assert found in read.format.name
    assert titles == ["Set up", "Play"]
