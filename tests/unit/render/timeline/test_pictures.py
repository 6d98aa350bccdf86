"""Pictures are found through every field and every shape of asset."""

from __future__ import annotations

from typing import Any

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.timeline.fields import Located
from preview_worker.render.timeline.pictures import Catalogue

ASSETS: list[dict[str, Any]] = [
    {"id": "map", "renderPath": "r.png", "fileKey": "k.png", "url": "https://example.com/u.png"},
    {"assetId": "deck", "fileName": "deck.webp"},
    {"id": 7, "path": "seven.png"},
    {"name": "remote", "url": "https://example.com/u.png"},
    {"id": "nowhere"},
]


def _candidates(record: dict[str, Any]) -> tuple[str, ...]:
    found = Catalogue(ASSETS, "/a").picture_of(Located(record, "/s/0"))
    return found.candidates if found else ()


@pytest.mark.parametrize(
    ("record", "candidates"),
    [
        ({"assetId": "map"}, ("r.png", "k.png")),
        ({"imageId": "deck"}, ("deck.webp",)),
        ({"imageAssetIds": ["deck", "map"]}, ("deck.webp",)),
        ({"visualPlan": {"selectedAssetIds": ["map"]}}, ("r.png", "k.png")),
        ({"visuals": [{"assetId": 7}]}, ("seven.png",)),
        ({"imageRef": "deck.webp"}, ("deck.webp",)),
        ({"imageUrl": "shots/one.png"}, ("shots/one.png",)),
        ({"imageUrls": ["a.png", "b.png"]}, ("a.png",)),
        ({"background": {"image": "bg.jpg"}, "assetId": "map"}, ("bg.jpg",)),
        ({"image": {"path": "inline.png"}}, ("inline.png",)),
        ({"assetId": "remote"}, ("https://example.com/u.png",)),
        ({"assetId": "", "imageUrls": []}, ()),
        ({"text": "none"}, ()),
    ],
)
def test_the_first_reference_is_followed(
    record: dict[str, Any], candidates: tuple[str, ...]
) -> None:
    """By id, by name or by path, in the upstream order; addresses only where no path is given."""
    assert _candidates(record) == candidates


@pytest.mark.parametrize("name", ["unknown", "nowhere"])
def test_a_reference_that_leads_nowhere_is_refused(name: str) -> None:
    """The message says what to do."""
    with pytest.raises(PreviewError, match="path") as caught:
        _candidates({"assetId": name})

    assert caught.value.code is ErrorCode.ASSET_REF
