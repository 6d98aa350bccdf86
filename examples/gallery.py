#!/usr/bin/env python3
"""Render every example and write one page to look at all of them: ``gallery.py FOLDER``.

The page carries its contact sheets itself, so it can be sent around; the videos lie beside it.
"""

from __future__ import annotations

import base64
import html
import json
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAYLOADS = sorted((HERE / "payloads").glob("*.json"))
SAMPLE = HERE.parent / "src" / "preview_worker" / "sample"
STYLE = (HERE / "gallery.css").read_text(encoding="utf-8")
SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Rendered:
    """One example as it was rendered; ``complaint`` is empty when that went well."""

    name: str
    folder: Path
    seconds: float
    complaint: str

    def document(self, name: str) -> dict[str, Any]:
        """Return a JSON document of the preview."""
        content: dict[str, Any] = json.loads((self.folder / name).read_bytes())
        return content


def render(payload: Path, out: Path) -> Rendered:
    """Render one payload with the command, as anybody would."""
    folder = out / payload.stem
    command = [sys.executable, "-m", "preview_worker", "render", str(payload)]
    environment = {**os.environ, "PREVIEW_ASSET_ROOTS": str(SAMPLE), "DATA_DIR": str(out / ".data")}
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603 -- our own interpreter
        [*command, "--out", str(folder), "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    complaint = "" if done.returncode == 0 else done.stderr.strip().splitlines()[-1]
    return Rendered(payload.stem, folder, time.monotonic() - began, complaint)


def page(examples: list[Rendered], whole_s: float) -> str:
    """Return the page."""
    cards = "\n".join(card(one) for one in examples)
    count, failed = len(examples), sum(bool(one.complaint) for one in examples)
    told = f"{count} examples, rendered in {whole_s:.0f} s" + (
        f", {failed} failed" if failed else ""
    )
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>Preview gallery</title>\n<style>\n{STYLE}</style>\n"
        f"<header><h1>Preview gallery</h1><p>{told}</p></header>\n"
        f"<main>\n{cards}\n</main>\n</html>\n"
    )


def card(one: Rendered) -> str:
    """Return the part of the page that is about one example."""
    name = html.escape(one.name)
    if one.complaint:
        return (
            f'<article class="failed"><h2>{name}</h2><p>{html.escape(one.complaint)}</p></article>'
        )
    manifest = one.document("preview-manifest.json")
    title = html.escape(manifest["title"])
    return (
        f'<article id="{name}">\n<h2 dir="auto">{title}</h2>\n'
        f'<p class="name">{name}.json</p>\n{picture(one, manifest)}\n'
        f'<ul class="facts">{facts(one, manifest)}</ul>\n{findings(manifest)}</article>'
    )


def picture(one: Rendered, manifest: dict[str, Any]) -> str:
    """Return the contact sheet, which leads to the video; a dry run has one still instead."""
    name = "still.jpg" if manifest["dryRun"] else "contact-sheet.jpg"
    content = base64.b64encode((one.folder / name).read_bytes()).decode("ascii")
    title = html.escape(manifest["title"])
    image = f'<img src="data:image/jpeg;base64,{content}" alt="Pictures of {title}" loading="lazy">'
    videos = [file["name"] for file in manifest["files"] if file["kind"] == "video"]
    if not videos:
        return f'<p class="sheet">{image}</p>'
    return f'<a class="sheet" href="{one.name}/{videos[0]}" title="Watch {title}">{image}</a>'


def facts(one: Rendered, manifest: dict[str, Any]) -> str:
    """Return what there is to know of an example, as items of a list."""
    timeline, media = manifest["timeline"], manifest["media"]
    above, _, below = timeline["fps"].partition("/")
    seconds = timeline["frames"] * int(below) / int(above)
    told = [
        f"{int(seconds) // 60}:{int(seconds) % 60:02}",
        f"{timeline['widthPx']}×{timeline['heightPx']}",
        f"{len(timeline['scenes'])} scenes",
        f"rendered in {one.seconds:.1f} s",
    ]
    if media is None:
        told.append("dry run")
    elif media["loudness"]:
        told.append(f"{media['loudness']['integratedLufs']:.1f} LUFS")
    else:
        told.append("silent")
    return "".join(f"<li>{fact}</li>" for fact in told)


def findings(manifest: dict[str, Any]) -> str:
    """Return the findings, folded up, the gravest first."""
    found = sorted(manifest["findings"], key=lambda one: SEVERITIES.index(one["severity"]))
    if not found:
        return '<p class="fine">nothing found</p>\n'
    counts = Counter(one["severity"] for one in found)
    told = ", ".join(f"{counts[name]} {name}{'s' * (counts[name] > 1)}" for name in counts)
    rows = "".join(
        f'<li class="{one["severity"]}"><b>{html.escape(one["code"])}</b> '
        f"{html.escape(one['scene'] or '')} <span>{html.escape(one['message'])}</span></li>"
        for one in found
    )
    gravest = found[0]["severity"]
    head = f'<details class="{gravest}"><summary>{told}</summary>'
    return f"{head}<ul>{rows}</ul></details>\n"


def main() -> int:
    """Render into the folder that is named, tell where the page is, and whether all went well."""
    out = Path(sys.argv[1] if sys.argv[1:] else "out/gallery")
    out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with ThreadPoolExecutor(max_workers=2) as crew:
        examples = list(crew.map(lambda payload: render(payload, out), PAYLOADS))
    written = out / "index.html"
    written.write_text(page(examples, time.monotonic() - began), encoding="utf-8")
    sys.stdout.write(f"{written}\n")
    return int(any(one.complaint for one in examples))


if __name__ == "__main__":
    sys.exit(main())
