"""Which files a preview consists of, beside the video and what belongs to it."""

from __future__ import annotations

from preview_worker.contract import ErrorCode, PreviewError, PreviewRequest
from preview_worker.render.model import ArtifactSet
from preview_worker.render.timeline.fields import Located


def read_artifact_set(request: PreviewRequest) -> ArtifactSet:
    """Read ``options.artifactSet``; raise ``PreviewError`` (OPTION) for a set nobody knows."""
    options = Located(request.options, "/previewRequest/options")
    value = options.get("artifactSet")
    name = value.strip().lower() if isinstance(value, str) else value
    match name:
        case None | "" | "preview":
            return "preview"
        case "tutorial":
            return "tutorial"
        case _:
            message = (
                f"{options.at('artifactSet')} must be preview or tutorial, "
                f"not {str(value)[:40]!r}; leave it out for preview."
            )
            raise PreviewError(ErrorCode.OPTION, message)
