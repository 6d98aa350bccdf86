"""What a tutorial is about: the game's id, its name, and a slug for it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from preview_worker.contract import PreviewJob

_SLUG_CHARS = 60
_IDS = (
    ("game", "gameId"),
    ("game", "id"),
    ("storyboard", "game", "slug"),
    ("render_config", "projectId"),
    ("script", "metadata", "gameId"),
    ("metadata", "gameId"),
)
_NAMES = (
    ("game", "gameName"),
    ("game", "name"),
    ("storyboard", "game", "name"),
    ("render_config", "gameName"),
    ("script", "metadata", "gameName"),
    ("metadata", "gameName"),
)
"""Where a request says what it is about, by the names of its fields here."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The game that is explained; ``slug`` is its id in small ASCII letters and dashes."""

    id: str
    name: str
    slug: str


def read_subject(job: PreviewJob, title: str) -> Subject:
    """Return what the job is about; ``title`` is its name where it names no game.

    Only the fields that a scene could come from are asked, the metadata and the title: a project
    may hold many games, so its id comes last.
    """
    name = _first(job, _NAMES) or title
    named = _first(job, _IDS)
    slugs = (slug_of(text) for text in (named, name, job.project_id))
    slug = next(filter(None, slugs), "preview")
    return Subject(named or slug, name, slug)


def slug_of(text: str) -> str:
    """Return ``text`` as ``gem-collectors`` is of "Gém Collectors!"; empty where no Latin is."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    return slug[:_SLUG_CHARS].rstrip("-")


def _first(job: PreviewJob, paths: Iterable[tuple[str, ...]]) -> str:
    found = (_text_at(getattr(job.request, name), path) for name, *path in paths)
    return next(filter(None, found), "")


def _text_at(value: object, path: Iterable[str]) -> str:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value.strip() if isinstance(value, str) else ""
