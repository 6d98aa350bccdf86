"""The artifact set of Mobius' tutorial generator, cut from our timeline; no disk is touched.

Its validators, its storyboard checker and its scorer take these documents for their own.
"""

from __future__ import annotations

from preview_worker.render.tutorial.documents import manifest_of, plan_documents
from preview_worker.render.tutorial.lettering import words_on
from preview_worker.render.tutorial.manifest import Outcome
from preview_worker.render.tutorial.review import review_document
from preview_worker.render.tutorial.segments import Document

__all__ = ["Document", "Outcome", "manifest_of", "plan_documents", "review_document", "words_on"]
