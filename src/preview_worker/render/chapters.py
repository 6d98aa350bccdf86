"""The list of chapters, one for each scene, cut from the timeline."""

from __future__ import annotations

from typing import Any

from preview_worker.render.language import primary
from preview_worker.render.model import Timeline


def list_chapters(timeline: Timeline) -> dict[str, Any]:
    """Return ``{version, language, chapters: [{index, startSec, title, sceneId}]}``."""
    fps = timeline.profile.fps
    return {
        "version": 1,
        "language": primary(timeline.language),
        "chapters": [
            {
                "index": index,
                "startSec": round(float(scene.start_frame / fps), 3),
                "title": scene.title,
                "sceneId": scene.id,
            }
            for index, scene in enumerate(timeline.scenes)
        ],
    }
