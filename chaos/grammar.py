"""Payloads by a seed: every accepted shape with odd values, then changed as JSON and as bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

from chaos.hostile import Hostile
from chaos.shapes import REQUEST, SCENE, SOURCES, Shape

MOST_BYTES = 2 * 1024 * 1024
_WORDS = (
    *("title", "body", "badge", "heading", "hook", "setup", "end_card", "objective", "scoring"),
    *(
        "fade",
        "zoom",
        "pan",
        "pulse",
        "slide",
        "kenburns",
        "focus_zoom",
        "crossfade",
        "cut",
        "wipe",
    ),
    *(
        "mp4",
        "webm",
        "gif",
        "dark",
        "light",
        "left",
        "top-right",
        "grid",
        "split",
        "ready",
        "pending",
    ),
    *("1.0", "1.1.0", "1.2.0", "9.9", "easeInOutSine", "linear", "pro_v0", "inter", "low", "x"),
)
_SIZES = (
    "1280x720",
    "160x90",
    "320 X 180",
    "1920x1080",
    "1000000x1000000",
    "0x0",
    "1x99999",
    "-1x9",
)
_IDS = ("a", "b", "s1", "step-1", "scene-1", "logo", "missing", "x.png", "../x", "", "é" * 50)
_PLACES = (
    "x.png",
    "a/b.jpg",
    "nowhere.mp3",
    "a",
    "",
    "https://assets.example/x.png",
    "\\\\host\\x",
)
_FILES = (
    *("image", "imageUrl", "imageUrls", "assetId", "imageId", "imageAssetIds", "audio", "options"),
    *("audioFile", "background", "visualPlan", "visuals", "logo", "backgroundMusicFile", "bgm"),
    *("narration", "music", "voice", "backgroundMusic", "narrationAssets"),
)
_SPOKEN = {"narration"}
"""What is a file in one shape and words in another."""
_ODD = 0.06
_FIELDS_AT_MOST = 7


class Grammar:
    """Draws payloads, raw as they stand on the wire."""

    def __init__(self, seed: str) -> None:
        """Draw the same payloads for the same seed."""
        self._random = Random(seed)
        self._hostile = Hostile(self._random)
        self._kinds: dict[str, Callable[[], object]] = {
            "any": self._hostile.value,
            "colour": self._hostile.colour,
            "flag": lambda: self._random.choice((True, False, None, "true", 1)),
            "id": lambda: self._random.choice(_IDS),
            "number": self._hostile.number,
            "place": lambda: self._random.choice((*_PLACES, self._hostile.text()[:300])),
            "share": lambda: self._random.choice((0, 0.1, 0.5, 1, -0.5, 2, 1e9, "0.3", None)),
            "seconds": lambda: self._random.choice((1, 2, 3, 5, 8, 0.5, self._hostile.number())),
            "size": lambda: self._random.choice((*_SIZES, {"width": self._hostile.number()})),
            "tag": self._hostile.tag,
            "text": self._hostile.text,
            "texts": lambda: {self._hostile.tag(): self._hostile.value() for _ in range(3)},
            "word": lambda: self._random.choice((*_WORDS, self._hostile.text()[:40])),
        }

    def payloads(self, count: int) -> Iterator[bytes]:
        """Yield so many payloads."""
        for number in range(count):
            yield self.payload(number)

    def payload(self, number: int) -> bytes:
        """Return the next payload; ``number`` names its job."""
        draw = self._random.random()
        value = self.job(number)
        if draw < 0.2:
            self._rearrange(value)
        if 0.2 <= draw < 0.23:
            self._grow(value["previewRequest"])
        raw = json.dumps(value, ensure_ascii=self._random.random() < 0.5).encode(
            "utf-8", "surrogatepass"
        )
        return self._damaged(raw) if 0.23 <= draw < 0.35 else raw

    def job(self, number: int) -> dict[str, Any]:
        """Return a job whose request has one of the accepted shapes."""
        request: dict[str, Any] = {"steps": [], "assets": [], "audio": {}}
        request.update(self._record(REQUEST, 3))
        for name in self._random.sample(sorted(SOURCES), self._random.choice((1, 1, 1, 2))):
            request[name] = self._of(SOURCES[name], 4)
            if name in {"storyboard", "renderConfig"} and isinstance(request[name], dict):
                request[name].setdefault("scenes", [self._record(SCENE, 3)])
        if self._random.random() < 0.7:
            self._strip_files(request)
        return {
            "jobId": f"job-{number}",
            "projectId": self._random.choice(("chaos", "chaos", self._hostile.text() or "p")),
            "requestId": f"req-{number}",
            "dryRun": self._random.random() < 0.9,
            "previewRequest": request,
        }

    def _strip_files(self, value: Any) -> None:  # noqa: ANN401 -- JSON of any shape
        """Take out what names files or odd options, so that the words and numbers are looked at."""
        if isinstance(value, dict):
            for name in _FILES:
                if not isinstance(value.get(name), str) or name not in _SPOKEN:
                    value.pop(name, None)
        for inner in value.values() if isinstance(value, dict) else value:
            if isinstance(inner, dict | list):
                self._strip_files(inner)

    def _record(self, shape: Shape, depth: int) -> dict[str, Any]:
        names = sorted(shape)
        count = self._random.randint(1, min(len(names), _FIELDS_AT_MOST))
        return {name: self._of(shape[name], depth) for name in self._random.sample(names, count)}

    def _of(self, kind: Any, depth: int) -> object:  # noqa: ANN401 -- a name, a shape or a list
        if self._random.random() < _ODD:
            return self._hostile.value()
        if isinstance(kind, str):
            return self._kinds[kind]()
        if depth == 0:
            return None
        if isinstance(kind, list):
            return [self._of(kind[0], depth - 1) for _ in range(self._random.randint(0, 4))]
        return self._record(kind, depth - 1)

    def _rearrange(self, value: dict[str, Any]) -> None:
        """Change the structure in a few places: drop, replace, nest, repeat, rename."""
        for _ in range(self._random.randint(1, 4)):
            places = list(_places(value))
            if not places:
                return
            holder, key = self._random.choice(places)
            if self._random.random() < 0.2:
                del holder[key]
            else:
                holder[key] = self._changed(holder[key])
            renamed = self._random.random() < 0.1
            if renamed and isinstance(holder, dict) and key in holder:
                holder[self._hostile.text()[:50]] = holder.pop(key)

    def _changed(self, value: object) -> object:
        what = self._random.randrange(3)
        if what == 0:
            return self._hostile.value()
        if what == 1:
            return [deepcopy(value) for _ in range(self._random.choice((2, 50)))]
        for _ in range(self._random.choice((1, 5, 40))):
            value = [value]
        return value

    def _grow(self, request: dict[str, Any]) -> None:
        """Repeat one member of a list, or one text, until the payload is as large as it may be."""
        holder, key = self._random.choice(list(_places(request)))
        most = self._random.choice((50_000, 500_000, MOST_BYTES - 5_000))
        size = len(json.dumps(holder[key])) + 2
        if isinstance(holder, list):
            holder.extend(holder[key] for _ in range(min(most // size, 120_000)))
        elif isinstance(holder[key], str):
            holder[key] = (holder[key] or "a") * (most // size)
        else:
            holder[key] = [holder[key]] * min(most // size, 120_000)

    def _damaged(self, raw: bytes) -> bytes:
        """Change the bytes in a few places, without any regard to what they mean."""
        data = bytearray(raw)
        for _ in range(self._random.choice((1, 1, 2, 8))):
            at = self._random.randrange(len(data) or 1)
            what = self._random.randrange(5)
            if what == 0:
                data[at : at + 1] = bytes([self._random.randrange(256)])
            elif what == 1:
                del data[at : at + self._random.choice((1, 4, 1000))]
            elif what == 2:
                data[at:at] = self._random.choice(
                    (b"\xef\xbb\xbf", b"\xff", b"\\ud800", b"\0", b"NaN")
                )
            elif what == 3:
                data[at:at] = self._random.choice((b"[", b'{"a":', b"9")) * self._random.choice(
                    (1, 400)
                )
            else:
                data[at:at] = data[: self._random.choice((10, 1000))]
        return bytes(data)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 -- JSON of any shape
    """Yield every place in ``value`` as its holder and the key in it."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in entries:
        yield value, key
        if isinstance(inner, dict | list):
            yield from _places(inner)
