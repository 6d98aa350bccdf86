"""Stand-ins: a preview of a batch that lost a part lacks what the part did not film, no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from preview_worker.contract import ErrorCode, PreviewError, PreviewJob, RenderedPreview
from preview_worker.render import (
    LostPart,
    Obtained,
    PartWish,
    Provision,
    RenderSettings,
    carry_out,
    input_digest,
)
from preview_worker.render.cache import Cache
from preview_worker.render.fingerprint import Fingerprints
from preview_worker.render.model import Timeline
from preview_worker.render.motion import Transition
from preview_worker.render.placeholder import PlaceholderCard
from preview_worker.render.shots import Shot, plan_shots
from preview_worker.render.stand_in import StandIns, stand_in
from tests.unit.render.jobs import draw_picture, job_of
from tests.unit.render.sounds import speech, write_wav
from tests.unit.render.studios import a_preview

SCENES = 4
CODE = "permanent.render_crash"
SAME = ("captions.srt", "captions.vtt", "chapters.json")
"""What does not tell that a scene is lacking, since nothing else has moved."""


@pytest.fixture
def settings(tmp_path: Path) -> RenderSettings:
    """Return settings with a cache, and pictures and a voice to be shown and heard."""
    write_wav(tmp_path / "voice.wav", speech(1.0))
    for number in range(SCENES):
        draw_picture(tmp_path / f"{number}.png", colour=f"#{number * 40:02x}33cc")
    return RenderSettings(asset_roots=(tmp_path,), cache_dir=tmp_path / "cache")


def _job() -> PreviewJob:
    """Return a job of a title, four steps with pictures, and an end."""
    steps = [
        {"id": f"step-{n}", "text": f"Step {n}.", "image": f"{n}.png", "durationSec": 0.4}
        for n in range(SCENES)
    ]
    audio = {"narration": {"src": "voice.wav"}}
    return job_of(title="Lamp", steps=steps, options={"resolution": "160x90"}, audio=audio)


def _made(
    job: PreviewJob, settings: RenderSettings, folder: Path, **provision: Any
) -> tuple[RenderedPreview, dict[str, bytes]]:
    folder.mkdir()
    made = carry_out(job, folder, settings, lambda *_: None, Provision(**provision))
    return made, {path.name: path.read_bytes() for path in folder.iterdir()}


def _film(job: PreviewJob, settings: RenderSettings, folder: Path, *numbers: int, of: int) -> None:
    """Film some parts of a preview into the cache."""
    for number in numbers:
        _made(job, settings, folder / f"part-{number}", part=PartWish(number, of, alone=True))


def _lost(number: int, of: int, code: str = CODE) -> tuple[LostPart, ...]:
    return (LostPart(PartWish(number, of), code),)


def _frames(content: bytes, folder: Path) -> list[np.ndarray]:
    path = folder / "look.mp4"
    path.write_bytes(content)
    with av.open(str(path)) as video:
        return [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]


def test_the_scenes_of_a_lost_part_are_placeholders(
    settings: RenderSettings, tmp_path: Path
) -> None:
    """Nothing else differs: neither other pictures, nor sound, captions and chapters."""
    job = _job()
    expected, real = _made(job, RenderSettings(asset_roots=(tmp_path,)), tmp_path / "alone")
    _film(job, settings, tmp_path, 1, 3, of=3)
    whole, files = _made(job, settings, tmp_path / "whole", lost=_lost(2, 3))

    assert len(whole.placeholders) == 2
    assert (whole.frames, whole.scenes, whole.cues) == (
        expected.frames,
        expected.scenes,
        expected.cues,
    )
    assert {name: files[name] for name in SAME} == {name: real[name] for name in SAME}
    hidden = [
        range(scene.start_frame, scene.start_frame + scene.frames)
        for scene in whole.scenes
        if scene.id in whole.placeholders
    ]
    pairs = zip(
        _frames(files["preview.mp4"], tmp_path), _frames(real["preview.mp4"], tmp_path), strict=True
    )
    for number, (shown, wanted) in enumerate(pairs):
        lacking = any(number in frames for frames in hidden)
        assert np.array_equal(shown, wanted) is not lacking
        if lacking:
            assert np.ptp(shown[:, 0].astype(int), axis=0).max() > 100  # the tape's dashes


def test_a_finding_tells_of_each_placeholder(settings: RenderSettings, tmp_path: Path) -> None:
    """With the code of the error that its part failed with."""
    job = _job()
    _film(job, settings, tmp_path, 1, of=2)
    whole, _ = _made(job, settings, tmp_path / "whole", lost=_lost(2, 2))

    found = [finding for finding in whole.findings if finding.code == "scene.placeholder"]
    assert tuple(finding.scene for finding in found) == whole.placeholders
    assert {finding.severity for finding in found} == {"error"}
    assert all(CODE in finding.message for finding in found)
    assert whole.quality is not None
    assert whole.quality.errors >= len(found)


def test_what_a_lost_part_had_filmed_is_shown(settings: RenderSettings, tmp_path: Path) -> None:
    """A placeholder stands only for what is in no cache."""
    job = _job()
    _, real = _made(job, settings, tmp_path / "before")
    whole, files = _made(job, settings, tmp_path / "whole", lost=_lost(1, 2))

    assert whole.placeholders == ()
    assert files["preview.mp4"] == real["preview.mp4"]


def test_a_later_render_films_what_was_lacking(settings: RenderSettings, tmp_path: Path) -> None:
    """It finds no placeholder in any cache, neither among scenes nor among whole previews."""
    job = _job()
    digest = input_digest(job, settings)
    _, real = _made(job, RenderSettings(asset_roots=(tmp_path,)), tmp_path / "alone")
    _film(job, settings, tmp_path, 1, 3, of=3)
    lacking, _ = _made(job, settings, tmp_path / "whole", lost=_lost(2, 3), digest=digest)
    whole, files = _made(job, settings, tmp_path / "again", digest=digest)

    assert lacking.placeholders
    assert whole.placeholders == ()
    assert whole.reused_shots < whole.shots
    assert files["preview.mp4"] == real["preview.mp4"]


def _stand_in(timeline: Timeline, folder: Path, *lacking: Shot) -> StandIns:
    """Return what stands in when all parts failed and the cache has all shots but ``lacking``."""
    cache = Cache(folder / "cache", 1_000_000)
    prints = Fingerprints(timeline, "made", lambda _: None)
    for shot in plan_shots(timeline):
        if shot not in lacking:
            cache.put(prints.of_shot(shot), b"a take")
    return stand_in(timeline, _lost(1, 1), cache, prints)


def test_a_scene_whose_transition_is_lost_is_lost(tmp_path: Path) -> None:
    """Nothing of it is tried again. What else there is of it stays, so that nothing moves."""
    timeline = a_preview("One", "two", "three", transition=Transition("crossfade", 4))
    lacking = plan_shots(timeline)[1]
    assert (lacking.part, lacking.number) == ("transition", 1)
    standing = _stand_in(timeline, tmp_path, lacking)

    assert standing.codes == {"scene-1": CODE}
    one, two, three = standing.timeline.scenes
    assert (one, three) == (timeline.scenes[0], timeline.scenes[2])
    assert replace(two, card=timeline.scenes[1].card) == timeline.scenes[1]


class Pool:
    """A pool of which others have filled every second place."""

    def obtain(self, keys: Sequence[str], most: int) -> Obtained:
        """Let nothing be claimed that nobody is going to make."""
        raise AssertionError(keys, most)

    def find(self, keys: Sequence[str]) -> frozenset[str]:
        """Bring every second one."""
        return frozenset(keys[1::2])

    def offer(self, key: str) -> None:
        """Take nothing."""
        raise AssertionError(key)


def test_what_another_worker_has_filmed_of_a_lost_part_is_shown(tmp_path: Path) -> None:
    """Where workers share no disk, it is brought."""
    timeline = a_preview("One", "two", "three", "four")
    prints = Fingerprints(timeline, "made", lambda _: None)
    keys = sorted(prints.of_shot(shot) for shot in plan_shots(timeline))
    cache = Cache(tmp_path / "cache", 1_000_000)
    standing = stand_in(timeline, _lost(1, 1), cache, prints, Pool())

    lost = {f"scene-{shot.number}": prints.of_shot(shot) for shot in plan_shots(timeline)}
    assert sorted(lost[scene] for scene in standing.codes) == keys[::2]


def test_a_lost_scene_takes_none_with_it(tmp_path: Path) -> None:
    """It is on the transition into the next one, too, which nobody could film for that."""
    timeline = a_preview("One", "two", "three", transition=Transition("crossfade", 4))
    lacking = plan_shots(timeline)[1:4]
    assert [(shot.part, shot.number) for shot in lacking] == [
        ("transition", 1),
        ("scene", 1),
        ("transition", 2),
    ]
    assert _stand_in(timeline, tmp_path, *lacking).codes == {"scene-1": CODE}


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en", "This scene could not be rendered"),
        ("fr-CA", "Cette scène n’a pas pu être rendue"),
        ("fr-FR", "Cette scène n’a pas pu être rendue"),
        ("de", "This scene could not be rendered"),
    ],
)
def test_a_placeholder_speaks_the_previews_language(
    tmp_path: Path, language: str, message: str
) -> None:
    """Where we have words in it; English stands in for others."""
    timeline = replace(a_preview("One", "two"), language=language)
    standing = _stand_in(timeline, tmp_path, plan_shots(timeline)[1])

    card = standing.timeline.scenes[1].card
    assert card == PlaceholderCard(message, timeline.scenes[1].title, code=CODE)


def test_a_part_fails_for_no_picture_of_another(settings: RenderSettings, tmp_path: Path) -> None:
    """And films all of its own that can be: the whole lacks only the scene with the bad picture."""
    (tmp_path / "3.png").write_bytes(b"<html>")
    job = _job()
    failed = []
    for number in (1, 2):
        wish = PartWish(number, 2, alone=True)
        try:
            _made(job, settings, tmp_path / f"part-{number}", part=wish)
        except PreviewError as error:
            failed.append((number, error.code))
    assert failed == [(2, ErrorCode.ASSET_TYPE)]

    whole, _ = _made(job, settings, tmp_path / "whole", lost=_lost(2, 2, "invalid.asset_type"))
    assert whole.placeholders == ("step-3",)
    assert whole.shots - whole.reused_shots == 1


def test_without_the_policy_a_part_refuses_what_the_whole_will(
    settings: RenderSettings, tmp_path: Path
) -> None:
    """At once, before it films anything for a preview that cannot be."""
    (tmp_path / "3.png").write_bytes(b"<html>")
    with pytest.raises(PreviewError, match="steps/3/image"):
        _made(_job(), settings, tmp_path / "part", part=PartWish(1, 2))
