"""The sentences with which a game is told, in the languages that we speak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from preview_worker.render.french import by_region
from preview_worker.render.language import Tongues


@dataclass(frozen=True, slots=True)
class Telling:
    """Sentences of one language; ``{}`` stands for what the game says."""

    hook: str
    identity: str
    one_player: str
    exact_players: str
    players_between: str
    players_from: str
    players: str
    minutes: str
    lasts: str
    by: str
    designed_by: str
    in_the_box: str
    set_up: str
    phases: str
    end_mark: str
    mechanic: str
    special: str
    on_your_turn: str
    recap: str
    farewell: str
    last_and: str


TELLINGS = Tongues(
    en=Telling(
        hook="Everything you need for your first game of {}, in a few minutes.",
        identity="{} is a game for {}.",
        one_player="1 player",
        exact_players="{} players",
        players_between="{}–{} players",
        players_from="{} players or more",
        players="players",
        minutes="{} minutes",
        lasts="One game takes {}.",
        by="by",
        designed_by="It was designed by {}.",
        in_the_box="In the box you will find {}.",
        set_up="Let’s set up the game.",
        phases="A turn goes like this: {}.",
        end_mark="End",
        mechanic="At the heart of the game: {}.",
        special="Keep these special cases in mind.",
        on_your_turn="On your turn: {}.",
        recap="Let’s go over it once more.",
        farewell="Now you know {}. Have a good game!",
        last_and="{} and {}",
    ),
    **by_region(
        Telling(
            hook="Tout ce qu’il faut pour une première partie de {}, en quelques minutes.",
            identity="{} est un jeu pour {}.",
            one_player="1 joueur",
            exact_players="{} joueurs",
            players_between="{} à {} joueurs",
            players_from="{} joueurs ou plus",
            players="joueurs",
            minutes="{} minutes",
            lasts="Une partie dure {}.",
            by="de",
            designed_by="Son auteur\u00a0: {}.",
            in_the_box="Dans la boîte, vous trouverez {}.",
            set_up="Préparons la partie.",
            phases="Un tour se déroule ainsi\u00a0: {}.",
            end_mark="Fin",
            mechanic="Au cœur du jeu\u00a0: {}.",
            special="Gardez ces cas particuliers en tête.",
            on_your_turn="À votre tour\u00a0: {}.",
            recap="Reprenons l’essentiel.",
            farewell="Vous connaissez maintenant {}. Bonne partie\u00a0!",
            last_and="{} et {}",
        )
    ),
)


def enumerated(texts: Sequence[str], telling: Telling) -> str:
    """Join ``texts`` as a sentence does: ``one, two and three``."""
    *others, last = texts
    return telling.last_and.format(", ".join(others), last) if others else last


def sentence(text: str) -> str:
    """Return ``text`` with a full stop, unless it ends on its own."""
    text = text.strip()
    return text if not text or text.endswith((".", "!", "?", "…", "»")) else f"{text}."


def inside(text: str) -> str:
    """Return a name as it stands inside a sentence: ``Gem cards`` as ``gem cards``."""
    first, rest = text[:1], text[1:]
    return first.lower() + rest if rest[:1].islower() else text
