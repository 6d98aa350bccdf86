"""The operator's page: rendered on the server, alive through server-sent events."""

from __future__ import annotations

from preview_worker.api.page import deeds, desks, glimpse, mourning, routes

__all__ = ["PAGES"]

PAGES = (routes.router, desks.router, mourning.router, glimpse.router, deeds.router)
