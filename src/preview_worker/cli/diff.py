"""``diff``: what one preview has that another has not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from preview_worker.cli.console import (
    Exit,
    complain,
    json_option,
    read_input,
    require_libraries,
    show,
)
from preview_worker.cli.refusal import folder_of, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preview_worker.bootstrap import Comparer
    from preview_worker.render import Comparison, Passage, SceneDifference, SoundDifference, Version

_MARKS = {"added": "+", "removed": "-", "changed": "~", "same": " "}
_COLOURS = {"added": "green", "removed": "red", "changed": "yellow", "same": "blue"}
_NEAR_WORDS = 4
"""How many kept words are shown on either side of a change."""


@click.command()
@click.argument("before")
@click.argument("after")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw the scenes that differ side by side into this PNG file.",
)
@json_option
def diff(before: str, after: str, out: Path | None, *, as_json: bool) -> int:
    """Compare two previews, BEFORE and AFTER.

    Each is the folder of a published preview, or a payload file, which is planned and painted but
    not encoded. Exit status: 0 no differences, 1 differences, 2 invalid payload or usage, 3
    unreadable preview or not JSON.
    """
    from preview_worker.bootstrap import Comparer, StoredAssets, UnreadablePreviewError
    from preview_worker.contract import PreviewError
    from preview_worker.settings import load_settings

    require_libraries()
    settings = load_settings()
    try:
        with StoredAssets(settings) as assets:
            comparer = Comparer(settings, assets)
            first, second = _open(comparer, before), _open(comparer, after)
            comparison = comparer.compare(first, second, out)
    except UnreadablePreviewError as error:
        complain(str(error))
        return Exit.UNREADABLE
    except PreviewError as error:
        status = status_of(error)
        complain(error.message)
        return status
    show(comparison.document(), "\n".join(_told(comparison, out)), as_json=as_json)
    return Exit.FAILED if comparison.differs else Exit.DONE


def _open(comparer: Comparer, name: str) -> Version:
    path = Path(name)
    if name != "-" and path.is_dir():
        return comparer.open_folder(path)
    return comparer.open_payload(name, read_input(name), folder_of(name))


def _told(comparison: Comparison, out: Path | None) -> Iterator[str]:
    if not comparison.differs:
        yield f"No differences in {len(comparison.scenes)} scenes."
        return
    pairs = (
        ("title", comparison.titles),
        ("lasts", tuple(f"{seconds:g} s" for seconds in comparison.seconds)),
        ("shape", comparison.shapes),
    )
    for name, (before, after) in pairs:
        if before != after:
            yield f"{name}  {_before(before)} → {_after(after)}"
    if comparison.sound.differs:
        yield from _told_sound(comparison.sound)
    same = sum(not scene.differs for scene in comparison.scenes)
    for scene in comparison.scenes:
        if scene.differs:
            yield from _told_scene(scene)
    yield f"\n{_counted(comparison, same)}"
    if out is not None:
        yield f"side by side: {out}"


def _counted(comparison: Comparison, same: int) -> str:
    fates = [scene.fate for scene in comparison.scenes]
    moved = sum(scene.moved for scene in comparison.scenes)
    counts = [(fates.count(fate), fate) for fate in ("changed", "added", "removed")]
    counts += [(moved, "moved"), (same, "as before")]
    return "scenes: " + ", ".join(f"{count} {word}" for count, word in counts if count)


def _told_sound(sound: SoundDifference) -> Iterator[str]:
    before, after = (f"{lufs:g} LUFS" for lufs in sound.lufs)
    if before != after:
        yield f"sound  {_before(before)} → {_after(after)}"
    quiet = tuple(f"{100 * share:.0f} % silent" for share in sound.silent_share)
    if quiet[0] != quiet[1]:
        yield f"       {_before(quiet[0])} → {_after(quiet[1])}"
    yield f"       correlation {sound.correlation:g}"
    if sound.offset_s:
        late = "later" if sound.offset_s > 0 else "earlier"
        yield f"       {abs(sound.offset_s):g} s {late} than before"


def _told_scene(scene: SceneDifference) -> Iterator[str]:
    mark, colour = _MARKS[scene.fate], _COLOURS[scene.fate]
    fate = "" if scene.fate == "same" else scene.fate
    fates = ", ".join(filter(None, (fate, "moved" if scene.moved else "")))
    head = click.style(f"{mark} {scene.scene.id}", fg=colour, bold=True)
    yield f"\n{head}  {scene.scene.title}  {click.style(f'({fates})', fg=colour)}"
    before, after = scene.seconds
    if before is not None and after is not None and before != after:
        yield f"    lasts    {_before(f'{before:g} s')} → {_after(f'{after:g} s')}"
    for name, passages in (
        ("title", scene.title),
        ("said", scene.said),
        ("written", scene.written),
    ):
        if passages:
            yield f"    {name:<8} {_marked(passages)}"
    if scene.picture is not None:
        likeness, box = scene.picture.likeness, scene.picture.box
        where = f" in {box.width}x{box.height} at {box.x},{box.y}" if box else ""
        yield f"    picture  similarity {likeness.similarity:.4f}, differs{where}"


def _marked(passages: tuple[Passage, ...]) -> str:
    told = []
    for number, passage in enumerate(passages):
        match passage.fate:
            case "removed":
                told.append(_before(f"[-{passage.text}-]"))
            case "added":
                told.append(_after(f"{{+{passage.text}+}}"))
            case "kept":
                last = number == len(passages) - 1
                told.append(_near(passage.text, first=number == 0, last=last))
    return " ".join(filter(None, told))


def _near(text: str, *, first: bool, last: bool) -> str:
    """Shorten words that stayed to those beside a change."""
    words = text.split()
    if first and len(words) > _NEAR_WORDS:
        return " ".join(("…", *words[-_NEAR_WORDS:]))
    if last and len(words) > _NEAR_WORDS:
        return " ".join((*words[:_NEAR_WORDS], "…"))
    if not (first or last) and len(words) > 2 * _NEAR_WORDS:
        return " ".join((*words[:_NEAR_WORDS], "…", *words[-_NEAR_WORDS:]))
    return text


def _before(text: str) -> str:
    return click.style(text, fg="red")


def _after(text: str) -> str:
    return click.style(text, fg="green")
