"""What render processes do with files from strangers here: one after the other, many in each.

It stands where a render does, behind the same walls, and uses what a render uses to look at
pictures and to listen to sounds. Each file leaves a line as soon as it is done, so that whoever
waits knows which one the process did not survive.
"""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Callable
from pathlib import Path

from preview_worker.contract import ErrorCode, PreviewError, PreviewJob, RenderedPreview
from preview_worker.render.assets import AssetDigests, FileAssets
from preview_worker.render.assets.pictures import check_picture, decode_picture, load_decoders
from preview_worker.render.audio import Listener
from preview_worker.render.model import PictureRef
from preview_worker.render.settings import RenderSettings
from preview_worker.render.soundtrack import SoundRef
from tests.fakes.renders import a_preview

LINES = "files.jsonl"
OK = "ok"
_WITHIN_PX = (1920, 1080)
_WHERE = "/file"

Use = Callable[[AssetDigests, str, RenderSettings], None]


def warm_up() -> None:
    """Load the decoders, as the zygote of a worker does."""
    load_decoders()
    importlib.import_module("preview_worker.render.audio.listener")


def sift(
    _job: PreviewJob, directory: Path, settings: RenderSettings, *_: object
) -> RenderedPreview:
    """Look at and listen to each file of the asset root; go on behind the last one with a line."""
    lines = directory / LINES
    done = len(lines.read_text(encoding="utf-8").splitlines()) if lines.exists() else 0
    with lines.open("a", encoding="utf-8") as file:
        for name in sorted(path.name for path in settings.asset_roots[0].iterdir())[done:]:
            began = time.monotonic()
            outcomes = [_outcome(use, name, settings) for use in (_look, _listen)]
            spent_s = round(time.monotonic() - began, 4)
            file.write(json.dumps({"name": name, "outcomes": outcomes, "spent_s": spent_s}) + "\n")
            file.flush()
    return a_preview()


def _outcome(use: Use, name: str, settings: RenderSettings) -> str:
    try:
        use(AssetDigests(FileAssets(settings)), name, settings)
    except PreviewError as error:
        return error.code.code
    except MemoryError:
        return ErrorCode.MEMORY.code
    except Exception as error:  # noqa: BLE001 -- what nobody classified is what is looked for
        return f"unclassified: {type(error).__name__}: {str(error)[:200]}"
    return OK


def _look(source: AssetDigests, name: str, settings: RenderSettings) -> None:
    ref = PictureRef((name,), _WHERE)
    check_picture(source.read(ref), _WHERE, settings.max_asset_pixels)
    decode_picture(source.read(ref), _WHERE, settings.max_asset_pixels, _WITHIN_PX)


def _listen(source: AssetDigests, name: str, settings: RenderSettings) -> None:
    ref = SoundRef((name,), _WHERE)
    listener = Listener(source, settings)
    listener.hear(ref)
    for _ in listener.play(ref):
        pass
    source.confirm(ref)
