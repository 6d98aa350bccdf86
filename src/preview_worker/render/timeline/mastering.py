"""How the music makes room for speech, and how loud the whole shall be, as payloads ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.soundtrack import Ducking, Loudness
from preview_worker.render.timeline.fields import Located, as_text, number

PROFILES = {
    "mobius": Loudness("mobius"),
    "elite": Loudness("elite"),
    "pro_v0": Loudness("pro_v0"),
    "storyboard": Loudness("storyboard", Fraction(-14), Fraction(-3, 2)),
    "render": Loudness("render", Fraction(-16), Fraction(-3, 2)),
    "governance": Loudness("governance", Fraction(-16), Fraction(-6, 5)),
}
"""Targets by the names of the upstream documents and renderers that ask for them."""


@dataclass(frozen=True, slots=True)
class _Bounds:
    low: Fraction
    high: Fraction


_LUFS = _Bounds(Fraction(-40), Fraction(-5))
_PEAK = _Bounds(Fraction(-9), Fraction(0))
_SHARE = _Bounds(Fraction(0), Fraction(1))
_RATIO = _Bounds(Fraction(1), Fraction(20))
_SECONDS = _Bounds(Fraction(0), Fraction(5))
_MILLISECONDS = _Bounds(Fraction(0), Fraction(5000))
_DIP_DB = _Bounds(Fraction(-60), Fraction(60))


def read_ducking(audio: Located, options: Located) -> Ducking:
    """Read ``options.ducking``, or else the ducking of an audio mixing contract."""
    record = _record(_given("ducking", options, audio), {True: "envelope", False: "none"}, "mode")
    usual = Ducking()
    match as_text(record.get("mode")).strip().lower():
        case "" | "envelope":
            fade = _first(record, {"fadeMs": (_MILLISECONDS, 1000)})
            times = (fade or usual.attack_s, fade or usual.release_s)
            return Ducking("envelope", _depth(record), **_times(record, *times))
        case "sidechain":
            return Ducking(
                "sidechain",
                threshold=_first(record, {"threshold": (_SHARE, 1)}) or usual.threshold,
                ratio=_first(record, {"ratio": (_RATIO, 1)}) or usual.ratio,
                **_times(record, Fraction(5, 1000), Fraction(50, 1000)),
            )
        case "none" | "off":
            return Ducking("none")
        case other:
            message = (
                f"{record.at('mode')} must be envelope, sidechain or none, not {other[:40]!r}."
            )
            raise PreviewError(ErrorCode.OPTION, message)


def read_loudness(audio: Located, options: Located) -> Loudness:
    """Read ``options.loudness``: a profile by name, and single targets that overrule it."""
    place = _given("loudness", options, Located({}, "")) or _given("mix", audio, audio)
    record = _record(place, {}, "profile")
    name = as_text(record.get("profile")).strip().lower() or "mobius"
    if (profile := PROFILES.get(name)) is None:
        message = f"{record.at('profile')} must be one of {', '.join(PROFILES)}, not {name[:40]!r}."
        raise PreviewError(ErrorCode.OPTION, message)
    lufs = _first(record, dict.fromkeys(("targetI", "targetLufs", "lufsIntegrated"), (_LUFS, 1)))
    peak = _first(record, dict.fromkeys(("tp", "truePeakDb", "truePeakDbtp"), (_PEAK, 1)))
    lufs = profile.lufs if lufs is None else lufs
    peak = profile.true_peak_db if peak is None else peak
    as_named = (lufs, peak) == (profile.lufs, profile.true_peak_db)
    enabled = record.get("enabled") is not False
    return Loudness(name if as_named else "custom", lufs, peak, levelled=enabled)


def _given(field: str, *places: Located) -> tuple[object, str] | None:
    """Return the first value of ``field`` in ``places`` that says anything, and where it stands."""
    for place in places:
        if (value := place.get(field)) is not None:
            return value, place.at(field)
    return None


def _record(place: tuple[object, str] | None, switches: dict[bool, str], name: str) -> Located:
    """Read a record; a bare word or switch stands for its field ``name``."""
    value, where = place or (None, "")
    if isinstance(value, bool):
        value = {name: switches[value]} if value in switches else {"enabled": value}
    if isinstance(value, str):
        value = {name: value}
    return Located(value if isinstance(value, Mapping) else {}, where)


def _depth(record: Located) -> Fraction:
    dip_db = _first(record, {"dipDb": (_DIP_DB, 1)})
    depth = _first(record, {"duckGain": (_SHARE, 1)})
    if depth is None and dip_db is not None:
        return Fraction(round(10 ** (-abs(float(dip_db)) / 20) * 10**6), 10**6)
    return Ducking().depth if depth is None else depth


def _times(record: Located, attack_s: Fraction, release_s: Fraction) -> dict[str, Fraction]:
    attack = _first(record, {"attackMs": (_MILLISECONDS, 1000), "attackSec": (_SECONDS, 1)})
    release = _first(record, {"releaseMs": (_MILLISECONDS, 1000), "releaseSec": (_SECONDS, 1)})
    return {
        "attack_s": attack_s if attack is None else attack,
        "release_s": release_s if release is None else release,
    }


def _first(record: Located, names: dict[str, tuple[_Bounds, int]]) -> Fraction | None:
    """Return the first of ``names`` that holds a number, within its bounds and in its unit."""
    for name, (bounds, divisor) in names.items():
        value = number(record.get(name), record.at(name))
        if value is None:
            continue
        if not bounds.low <= value <= bounds.high:
            message = (
                f"{record.at(name)} must be from {float(bounds.low):g} to {float(bounds.high):g}, "
                f"not {float(value):g}."
            )
            raise PreviewError(ErrorCode.OPTION, message)
        return value / divisor
    return None
