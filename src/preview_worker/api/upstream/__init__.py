"""The routes that earlier services of Mobius have named, spelled and answered as they did.

Where such a service only pretended, as one that wrote text into a file named .mp4, the answer has
the same shape and is true. Keys, roles and projects hold here as they do everywhere.
"""

from __future__ import annotations

from preview_worker.api.upstream import artifacts, chapters, jobs, projects

ROUTERS = (jobs.router, chapters.router, artifacts.router, projects.router)
