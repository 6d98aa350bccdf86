"""What is plugged into what: the only place that names concrete adapters.

Each part is loaded when it is asked for, so that a command pays only for what it uses.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from preview_worker.artifacts.reading import UnreadablePreviewError
    from preview_worker.bootstrap.assembly import (
        WorkerProcess,
        build_worker,
        log_observer,
        start_logging,
    )
    from preview_worker.bootstrap.auditing import AuditReview, open_audit, review_audit
    from preview_worker.bootstrap.comparison import Comparer
    from preview_worker.bootstrap.controls import open_controls
    from preview_worker.bootstrap.examination import Diagnosis, examine, redis_acl
    from preview_worker.bootstrap.fetching import StoredAssets
    from preview_worker.bootstrap.finding import Finding
    from preview_worker.bootstrap.handiwork import HandmadePreview, render_payload
    from preview_worker.bootstrap.letters import open_dead_letters
    from preview_worker.bootstrap.safekeeping import back_up, restore
    from preview_worker.bootstrap.site import SiteProcess
    from preview_worker.bootstrap.submission import open_producer, submit_payload
    from preview_worker.bootstrap.tidying import sweep_store
    from preview_worker.bootstrap.trial import TrialStack, sample_asset_root, sample_request
    from preview_worker.bootstrap.verification import Scope, Verification

__all__ = [
    "AuditReview",
    "Comparer",
    "Diagnosis",
    "Finding",
    "HandmadePreview",
    "Scope",
    "SiteProcess",
    "StoredAssets",
    "TrialStack",
    "UnreadablePreviewError",
    "Verification",
    "WorkerProcess",
    "back_up",
    "build_worker",
    "examine",
    "log_observer",
    "open_audit",
    "open_controls",
    "open_dead_letters",
    "open_producer",
    "redis_acl",
    "render_payload",
    "restore",
    "review_audit",
    "sample_asset_root",
    "sample_request",
    "start_logging",
    "submit_payload",
    "sweep_store",
]

_HOMES = {
    "AuditReview": "auditing",
    "Comparer": "comparison",
    "Diagnosis": "examination",
    "Finding": "finding",
    "HandmadePreview": "handiwork",
    "Scope": "verification",
    "SiteProcess": "site",
    "StoredAssets": "fetching",
    "TrialStack": "trial",
    "UnreadablePreviewError": "comparison",
    "Verification": "verification",
    "WorkerProcess": "assembly",
    "back_up": "safekeeping",
    "build_worker": "assembly",
    "examine": "examination",
    "open_audit": "auditing",
    "open_controls": "controls",
    "open_dead_letters": "letters",
    "open_producer": "submission",
    "redis_acl": "examination",
    "render_payload": "handiwork",
    "restore": "safekeeping",
    "review_audit": "auditing",
    "log_observer": "assembly",
    "sample_asset_root": "trial",
    "sample_request": "trial",
    "start_logging": "assembly",
    "submit_payload": "submission",
    "sweep_store": "tidying",
}


def __getattr__(name: str) -> object:
    """Load a public name from its file the first time that it is asked for (PEP 562)."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
