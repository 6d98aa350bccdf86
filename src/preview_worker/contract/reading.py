"""Reading a payload: raw bytes in, an accepted job with notices out, or one clear error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from preview_worker.contract.complaints import find_complaints, find_misfits, mend, unusable_sources
from preview_worker.contract.errors import ErrorCode, PreviewError
from preview_worker.contract.notices import Notice, pointer, quoted
from preview_worker.contract.payload import ParsedJob, PreviewJob
from preview_worker.contract.raw import PayloadLimits, decode_payload
from preview_worker.contract.texts import bound_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "Invalid preview payload: "
_CLIENT_PREFIX = "Invalid job payload: "
_MAX_COMPLAINTS = 20


def read_job(
    raw: bytes, *, transport_id: str | None = None, limits: PayloadLimits | None = None
) -> ParsedJob:
    """Return the job in ``raw`` or raise ``PreviewError`` with an ``invalid.payload`` code.

    ``transport_id`` is the id under which the queue knows the job, if it came by a queue.
    """
    document = decode_payload(raw, limits)
    payload = document.value
    if not isinstance(payload, dict):
        raise refusal(find_complaints(payload))
    mended, notices = mend(payload, transport_id)
    if find_complaints(mended):
        raise refusal(find_complaints(payload))
    if misfits := find_misfits(mended["previewRequest"]):
        raise refusal(misfits)
    mended["previewRequest"], cuts = bound_texts(mended["previewRequest"])
    try:
        job = PreviewJob.model_validate(mended)
    except ValidationError as error:
        raise refusal(list(_explain(error))) from None
    notices += [*cuts, *_repeated(document.repeated)]
    notices += _mismatch(job, transport_id)
    notices += _unknown_fields(job, "") + _unknown_fields(job.request, "/previewRequest")
    notices += _unusable_sources(payload) + _unused_sources(job)
    return ParsedJob(job=job, notices=tuple(notices))


def refusal(complaints: list[str]) -> PreviewError:
    """Return the error that names ``complaints`` in the producers' wording."""
    shown = complaints[:_MAX_COMPLAINTS]
    if len(complaints) > len(shown):
        shown.append(f"and {len(complaints) - len(shown)} more")
    return PreviewError(ErrorCode.PAYLOAD, PREFIX + "; ".join(shown))


def _explain(error: ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False, include_input=False):
        where = ".".join(str(part) for part in detail["loc"])
        yield f"{where}: {detail['msg']}"


def _mismatch(job: PreviewJob, transport_id: str | None) -> list[Notice]:
    if transport_id is None or transport_id == job.job_id:
        return []
    message = f"the queue knows this job as {quoted(transport_id)}; files are named by jobId"
    return [Notice("payload.id_mismatch", "/jobId", message)]


def _unknown_fields(part: BaseModel, path: str) -> list[Notice]:
    extra: dict[str, Any] = part.model_extra or {}
    return [
        Notice(
            "payload.unknown_field", pointer(path, name), f"{quoted(name)} is not used; it is kept"
        )
        for name in sorted(extra)[:_MAX_COMPLAINTS]
    ]


def _repeated(names: tuple[str, ...]) -> list[Notice]:
    return [
        Notice("payload.repeated_name", "", f"{quoted(name)} is given twice; the last value counts")
        for name in names[:_MAX_COMPLAINTS]
    ]


def _unusable_sources(payload: dict[str, Any]) -> list[Notice]:
    return [
        Notice("payload.unusable_source", f"/previewRequest/{name}", f"no scenes can be in {name}")
        for name in unusable_sources(payload["previewRequest"])
    ]


def _unused_sources(job: PreviewJob) -> list[Notice]:
    used, *unused = job.request.sources
    return [
        Notice("payload.unused_source", f"/previewRequest/{name}", f"{used} is rendered instead")
        for name in unused
    ]


def split_complaints(error: PreviewError) -> list[str]:
    """Return the single complaints of a refused payload; any other error is one complaint."""
    if error.code is not ErrorCode.PAYLOAD:
        return [error.message]
    return error.message.removeprefix(PREFIX).split("; ")


def in_client_words(error: PreviewError) -> PreviewError:
    """Return a refused payload as the Node client words it; any other error as it is."""
    if error.code is not ErrorCode.PAYLOAD:
        return error
    return PreviewError(error.code, _CLIENT_PREFIX + ", ".join(split_complaints(error)))
