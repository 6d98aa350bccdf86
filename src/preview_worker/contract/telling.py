"""Reading back what one process told another of a preview."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from preview_worker.contract.preview import Finding, PixelBox, RenderedPreview


@cache
def _adapter() -> TypeAdapter[RenderedPreview]:
    return TypeAdapter(RenderedPreview)


def read_rendered(document: object) -> RenderedPreview:
    """Return the preview that ``document`` tells of, as ``dataclasses.asdict`` wrote it.

    Raises ``ValueError`` when it tells of none.
    """
    try:
        return _adapter().validate_python(document)
    except ValidationError as error:
        message = f"a preview is described wrongly, in {error.error_count()} places"
        raise ValueError(message) from None


def read_findings(records: list[dict[str, Any]]) -> tuple[Finding, ...]:
    """Return the findings that ``asdict`` and JSON made ``records`` of.

    What was no finding raises ``KeyError``, ``TypeError`` or ``AttributeError``.
    """
    return tuple(map(_finding, records))


def _finding(record: dict[str, Any]) -> Finding:
    box = record.pop("box")
    return Finding(**record, box=None if box is None else PixelBox(*box))
