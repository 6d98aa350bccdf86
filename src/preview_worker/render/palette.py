"""The themes: upstream's section palette on dark grounds, and a light one on tinted paper."""

from __future__ import annotations

from preview_worker.render.colour import (
    BLACK,
    WHITE,
    Colour,
    blend,
    contrast,
    from_hex,
    luminance,
    read_colour,
    readable,
)
from preview_worker.render.look import Look, Section

__all__ = [
    "BLACK",
    "DARK",
    "LIGHT",
    "SECTIONS",
    "STEP_SECTIONS",
    "THEMES",
    "WHITE",
    "blend",
    "contrast",
    "luminance",
    "read_colour",
    "readable",
]

DARK = Look(
    theme="dark",
    sections={
        name: Section(from_hex(ground), from_hex(accent), from_hex(accent))
        for name, ground, accent in (
            ("hook", "0f172a", "38bdf8"),
            ("game_identity", "1e1b4b", "a78bfa"),
            ("objective", "162044", "60a5fa"),
            ("components", "1a2332", "34d399"),
            ("setup", "1c2333", "fbbf24"),
            ("turn_structure", "1e2a3a", "fb923c"),
            ("core_mechanic", "1a1f3a", "f472b6"),
            ("scoring", "1e293b", "a3e635"),
            ("edge_cases", "27272a", "fca5a5"),
            ("recap", "1e1b4b", "c4b5fd"),
            ("end_card", "0f172a", "38bdf8"),
            ("default", "1e293b", "94a3b8"),
        )
    },
    title=Colour(248, 250, 252),
    text=Colour(226, 232, 240),
    mark=Colour(9, 13, 27),
    depth=BLACK,
    slope=0.45,
    glow=0.13,
    haze=1.0,
    plain=from_hex("1a1a2e"),
    veil=BLACK,
    cover=0.6,
)
LIGHT = Look(
    theme="light",
    sections={
        name: Section(from_hex(ground), from_hex(accent), from_hex(tile))
        for name, ground, accent, tile in (
            ("hook", "f3f9fd", "075985", "38bdf8"),
            ("game_identity", "f7f5fe", "5b21b6", "a78bfa"),
            ("objective", "f2f6fe", "1e40af", "60a5fa"),
            ("components", "f0faf5", "065f46", "34d399"),
            ("setup", "fefaec", "854309", "fbbf24"),
            ("turn_structure", "fff7ee", "93340f", "fb923c"),
            ("core_mechanic", "fef4f9", "9d174d", "f472b6"),
            ("scoring", "f7fce9", "3b5d10", "a3e635"),
            ("edge_cases", "fdf4f3", "991b1b", "fca5a5"),
            ("recap", "f6f4fe", "4c1d95", "c4b5fd"),
            ("end_card", "f3f9fd", "075985", "38bdf8"),
            ("default", "f6f8fa", "334155", "94a3b8"),
        )
    },
    title=Colour(15, 23, 42),
    text=Colour(39, 51, 71),
    mark=WHITE,
    depth=from_hex("cdd9e8"),
    slope=0.4,
    glow=0.16,
    haze=0.85,
    plain=from_hex("f6f8fa"),
    veil=WHITE,
    cover=0.8,
)
THEMES = {look.theme: look for look in (DARK, LIGHT)}
SECTIONS = DARK.sections
"""Every section that has colours of its own, by name."""
STEP_SECTIONS = (
    "objective",
    "components",
    "setup",
    "turn_structure",
    "core_mechanic",
    "scoring",
    "edge_cases",
)
