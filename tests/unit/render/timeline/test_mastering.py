"""Loudness and ducking as payloads ask for them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.soundtrack import Ducking, Loudness
from preview_worker.render.timeline.mastering import PROFILES
from tests.unit.render.jobs import timeline_of


@pytest.mark.parametrize(
    ("loudness", "profile", "lufs", "peak"),
    [
        (None, "mobius", -14, -1),
        ("render", "render", -16, -1.5),
        ({"profile": "Governance"}, "governance", -16, -1.2),
        ({"enabled": True, "targetI": -16, "lra": 11, "tp": -1.5}, "custom", -16, -1.5),
        ({"targetLufs": -14, "truePeakDb": -1}, "mobius", -14, -1),
        ({"profile": "elite", "tp": -2}, "custom", -14, -2),
    ],
)
def test_a_loudness_by_name_or_number(
    loudness: Any, profile: str, lufs: float, peak: float
) -> None:
    """A number overrules what its profile says."""
    options = {} if loudness is None else {"loudness": loudness}
    found = timeline_of(options=options).sound.loudness

    assert (found.profile, float(found.lufs), float(found.true_peak_db)) == (profile, lufs, peak)
    assert found.levelled


@pytest.mark.parametrize("loudness", [False, {"enabled": False}])
def test_levelling_may_be_off(loudness: Any) -> None:
    """By a switch."""
    assert not timeline_of(options={"loudness": loudness}).sound.loudness.levelled


def test_a_mixing_contract_is_read_where_options_say_nothing() -> None:
    """Its mix and its ducking."""
    mix = {"lufsIntegrated": -18, "truePeakDbtp": -2}
    ducking = {"mode": "envelope", "attackSec": 0.2, "releaseSec": 0.5, "dipDb": -10}
    sound = timeline_of(audio={"mix": mix, "ducking": ducking}).sound

    assert sound.loudness == Loudness("custom", Fraction(-18), Fraction(-2))
    assert (sound.ducking.attack_s, sound.ducking.release_s) == (Fraction(1, 5), Fraction(1, 2))
    assert float(sound.ducking.depth) == pytest.approx(10 ** (-10 / 20), abs=1e-6)


@pytest.mark.parametrize(
    ("ducking", "wanted"),
    [
        (None, Ducking()),
        ("none", Ducking("none")),
        (False, Ducking("none")),
        (True, Ducking()),
        (
            {"duckGain": 0.5, "fadeMs": 100},
            Ducking(
                "envelope", Fraction(1, 2), attack_s=Fraction(1, 10), release_s=Fraction(1, 10)
            ),
        ),
        (
            {"mode": "sidechain", "threshold": 0.1, "ratio": 4, "attackMs": 20, "releaseMs": 250},
            Ducking(
                "sidechain",
                threshold=Fraction(1, 10),
                ratio=Fraction(4),
                attack_s=Fraction(1, 50),
                release_s=Fraction(1, 4),
            ),
        ),
        ("sidechain", Ducking("sidechain", attack_s=Fraction(1, 200), release_s=Fraction(1, 20))),
    ],
)
def test_ducking_in_every_spelling(ducking: Any, wanted: Ducking) -> None:
    """With upstream's numbers where none are given."""
    assert timeline_of(options={"ducking": ducking}).sound.ducking == wanted


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"loudness": "loud"}, "/previewRequest/options/loudness/profile"),
        ({"loudness": {"targetI": -3}}, "targetI must be from -40 to -5"),
        ({"loudness": {"tp": 1}}, "tp must be from -9 to 0"),
        ({"ducking": {"mode": "maybe"}}, "/previewRequest/options/ducking/mode"),
        ({"ducking": {"mode": "sidechain", "ratio": 0}}, "ratio must be from 1 to 20"),
        ({"ducking": {"duckGain": 2}}, "duckGain must be from 0 to 1"),
    ],
)
def test_what_cannot_be_had_is_refused(options: dict[str, Any], named: str) -> None:
    """The message says where it stands and what would do."""
    with pytest.raises(PreviewError, match=named) as caught:
        timeline_of(options=options)

    assert caught.value.code is ErrorCode.OPTION


def test_every_profile_is_known_by_its_name() -> None:
    """The six of them, Mobius' own first."""
    assert next(iter(PROFILES)) == "mobius"
    assert all(loudness.profile == name for name, loudness in PROFILES.items())
