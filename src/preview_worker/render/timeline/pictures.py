"""Which picture a step or scene shows: its own fields, or the asset that they name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from preview_worker.contract import ErrorCode, Finding, PreviewError
from preview_worker.render.model import PictureRef
from preview_worker.render.picture import Exhibit
from preview_worker.render.timeline.fields import Located, as_text, first_text
from preview_worker.render.wording import clean, one_line

REFERENCES = (
    ("background", "image"),
    ("imageUrls", "0"),
    ("imageUrl",),
    ("imageId",),
    ("imageRef",),
    ("assetId",),
    ("imageAssetIds", "0"),
    ("visualPlan", "selectedAssetIds", "0"),
    ("visuals", "0", "assetId"),
    ("image",),
)
PLACES = (
    "renderPath",
    "fileKey",
    "localPath",
    "path",
    "filePath",
    "file_path",
    "fileName",
    "file_name",
)
ADDRESSES = ("url", "originalUrl", "previewUrl")
LISTS = (
    ("imageUrls",),
    ("imageAssetIds",),
    ("visualPlan", "selectedAssetIds"),
    ("images",),
    ("assets",),
)
"""Where a scene lists several pictures."""
CAPTIONS = ("caption", "label", "alt", "name")
_FILE_NAME = re.compile(r"\.[A-Za-z0-9]{2,4}$")
NAMES = ("id", "assetId", "name", "fileName", "hash", "sha256")


class Catalogue:
    """The assets of a request, found by any of the names they go by; the first entry wins."""

    def __init__(self, assets: Sequence[Mapping[str, Any]], where: str) -> None:
        """Index ``assets``, which stand at the JSON Pointer ``where``."""
        self._entries: dict[str, Located] = {}
        for index, record in enumerate(assets):
            entry = Located(record, f"{where}/{index}")
            if text := record.get("text"):  # a bare string in the list names a file
                self._entries.setdefault(str(text), Located({"path": text}, entry.where))
            for name in NAMES:
                if isinstance(key := record.get(name), str | int) and str(key):
                    self._entries.setdefault(str(key), entry)

    def picture_of(self, item: Located) -> PictureRef | None:
        """Return the picture that ``item`` asks for first, or None when it asks for none.

        Raises ``PreviewError`` (ASSET_REF) when it names an asset that the request does not have.
        """
        for path in REFERENCES:
            value = item.get(*path)
            if value is None:
                continue
            if isinstance(value, Mapping):
                return self._located(Located(value, item.at(*path)))
            if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
                return self._named(str(value), item.at(*path))
        return None

    def exhibits_of(self, item: Located, *, tolerant: bool = False) -> tuple[Exhibit, ...]:
        """Return every picture of the first list of pictures that ``item`` has, with captions.

        Raises ``PreviewError`` as ``picture_of`` does, unless it is to be ``tolerant``.
        """
        for path in LISTS:
            listed = item.get(*path)
            if isinstance(listed, Sequence) and not isinstance(listed, str) and listed:
                found = (
                    self._exhibit(value, item.at(*path, str(index)), tolerant=tolerant)
                    for index, value in enumerate(listed)
                )
                return tuple(one for one in found if one is not None)
        return ()

    def _exhibit(self, value: object, where: str, *, tolerant: bool) -> Exhibit | None:
        one = Located(value if isinstance(value, Mapping) else {"image": value}, where)
        try:
            picture = self._located(one) if isinstance(value, Mapping) else self.picture_of(one)
        except PreviewError as error:
            if tolerant and error.code is ErrorCode.ASSET_REF:
                return None
            raise
        if picture is None:
            return None
        entry = self._entries.get(as_text(value)) or one
        caption = first_text(entry, CAPTIONS)
        return Exhibit(picture, "" if _FILE_NAME.search(caption) else one_line(clean(caption)))

    def sought(self, item: Located, findings: list[Finding], scene: str) -> PictureRef | None:
        """Return what ``picture_of`` does, but only tell of an asset that nobody has.

        A storyboard may be planned before its pictures are there.
        """
        try:
            return self.picture_of(item)
        except PreviewError as error:
            if error.code is not ErrorCode.ASSET_REF:
                raise
            findings.append(Finding("asset.unknown", error.message, scene))
            return None

    def _named(self, name: str, where: str) -> PictureRef:
        if entry := self._entries.get(name):
            return self._located(entry)
        if "." in name or "/" in name or "\\" in name or ":" in name:
            return PictureRef((name,), where)
        message = (
            f"{where} names the asset {name[:80]!r}, but previewRequest.assets has no entry with "
            "that id; add one with a path, or name a picture file."
        )
        raise PreviewError(ErrorCode.ASSET_REF, message)

    @staticmethod
    def _located(entry: Located) -> PictureRef:
        for fields in (PLACES, ADDRESSES):
            texts = [entry.get(field) for field in fields]
            if found := tuple(text for text in texts if isinstance(text, str) and text):
                return PictureRef(found, entry.where)
        message = (
            f"The asset at {entry.where} says nowhere where its picture is; give it a path "
            f"(one of {', '.join(PLACES[:4])})."
        )
        raise PreviewError(ErrorCode.ASSET_REF, message)
