"""The card of a scene that could not be filmed, and its words in the languages that we speak."""

from __future__ import annotations

from dataclasses import dataclass

from preview_worker.render.language import Tongues
from preview_worker.render.model import EndCard

MESSAGES = Tongues(
    en="This scene could not be rendered",
    fr="Cette scène n’a pas pu être rendue",
)


@dataclass(frozen=True, slots=True)
class PlaceholderCard(EndCard):
    """Ends a scene before it began: its title, a message that it is lacking, and why.

    It is an end card to all who ask a card for its words and pictures; only its page is another.
    """

    code: str = ""
    """The code of the error; empty where that is not known."""
