"""How a scene is laid out: the composition that it asks for, its border, and all its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from preview_worker.render.colour import read_colour
from preview_worker.render.model import StepCard
from preview_worker.render.timeline.fields import Located, as_text
from preview_worker.render.timeline.pictures import Catalogue

_NAMES = ("type", "name", "id", "composition")
_SPELLINGS = {
    "textonly": "textOnly",
    "text": "textOnly",
    "imagelefttextright": "imageLeftTextRight",
    "imageleft": "imageLeftTextRight",
    "pictureleft": "imageLeftTextRight",
    "textright": "imageLeftTextRight",
    "imagerighttextleft": "imageRightTextLeft",
    "imageright": "imageRightTextLeft",
    "pictureright": "imageRightTextLeft",
    "textleft": "imageRightTextLeft",
    "split": "imageRightTextLeft",
    "splitteaching": "imageRightTextLeft",
    "teaching": "imageRightTextLeft",
    "topimagebottomtext": "topImageBottomText",
    "imagetop": "topImageBottomText",
    "picturetop": "topImageBottomText",
    "fullbleed": "fullBleed",
    "bleed": "fullBleed",
    "centerfocus": "centerFocus",
    "centrefocus": "centerFocus",
    "center": "centerFocus",
    "centre": "centerFocus",
    "grid": "grid",
}
"""Compositions by the names that producers give them, in small letters alone."""


def layout_of(item: Located) -> str:
    """Return the composition that ``item`` asks for, under the name that the painter knows.

    A name that nobody knows comes back as it is, so that it can be told; none at all is empty.
    """
    value = item.get("layout")
    if isinstance(value, Mapping):
        value = next((value[name] for name in _NAMES if value.get(name)), "")
    text = as_text(value).strip()
    return _SPELLINGS.get("".join(filter(str.isalpha, text.lower())), text[:40])


def arranged(
    card: StepCard, item: Located, catalogue: Catalogue, *, tolerant: bool = False
) -> StepCard:
    """Return ``card`` laid out as ``item`` asks for, with all of its pictures.

    Pictures that nobody has are left out if ``tolerant``, and raise ``PreviewError`` otherwise.
    """
    border = read_colour(as_text(item.get("themeBorderColor")))
    exhibits = catalogue.exhibits_of(item, tolerant=tolerant)
    gallery = exhibits if exhibits[1:] else ()
    return replace(card, gallery=gallery, layout=layout_of(item), border=border)
