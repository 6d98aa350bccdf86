"""Why a job did not become a preview: a closed list of codes, and the exception that carries one.

The first part of a code is its class, and the class alone decides what happens to the job:

* ``invalid.*``    the payload's fault; failed at once and never retried.
* ``transient.*``  the surroundings' fault; retried with the backoff that the producer asked for.
* ``permanent.*``  ours, or deterministic; retrying cannot help, a person has to look.
"""

from __future__ import annotations

from enum import Enum


class ErrorCode(Enum):
    """A reason with its stable code, the HTTP status that fits it, and a sentence for people."""

    PAYLOAD = ("invalid.payload", 422, "The payload breaks the preview contract.")
    PAYLOAD_SIZE = ("invalid.payload.too_large", 413, "The payload has too many bytes or values.")
    PAYLOAD_DEPTH = ("invalid.payload.too_deep", 422, "The payload is nested too deeply.")
    PAYLOAD_ENCODING = ("invalid.payload.encoding", 400, "The payload is not UTF-8 text.")
    PAYLOAD_SYNTAX = ("invalid.payload.syntax", 400, "The payload is not JSON.")
    PAYLOAD_COST = ("invalid.payload.cost", 422, "The preview would be too long or too large.")
    OPTION = ("invalid.option", 422, "A render option has a value that is not supported.")
    ASSET_REF = ("invalid.asset_ref", 422, "An asset reference cannot be followed.")
    ASSET_FORBIDDEN = ("invalid.asset_forbidden", 422, "An asset lies where it may not be read.")
    ASSET_MISSING = ("invalid.asset_missing", 422, "An asset does not exist.")
    ASSET_TYPE = ("invalid.asset_type", 422, "An asset is not of a supported format.")
    ASSET_SIZE = ("invalid.asset_too_large", 422, "An asset has too many bytes.")
    ASSET_PIXELS = ("invalid.image.too_many_pixels", 422, "A picture has too many pixels.")
    ASSET_FRAMES = (
        "invalid.image.too_many_frames",
        422,
        "A picture moves through too many frames.",
    )
    SOUND_LIMITS = ("invalid.audio.limits", 422, "A sound is too long or has odd properties.")
    DISK = ("transient.disk", 503, "The disk refused to store the preview.")
    STORAGE = ("transient.storage", 503, "The object storage failed to keep or give a file.")
    ASSET = ("transient.asset", 503, "An asset could not be fetched.")
    ASSET_SLOW = ("transient.asset_slow", 503, "An asset came too slowly.")
    ASSET_CHANGED = ("transient.asset_changed", 503, "An asset changed while it was used.")
    EXHAUSTED = ("transient.exhausted", 503, "The system has no process or descriptor left.")
    OOM = ("transient.oom", 503, "The machine had no memory for the render.")
    CHILD_KILLED = ("transient.child_killed", 503, "Something outside killed the render.")
    STARVED = ("transient.starved", 503, "The render got too little CPU to finish in time.")
    SANDBOX = ("transient.sandbox", 503, "The walls around a render could not be put up.")
    TIMEOUT = ("permanent.timeout", 500, "The render did not finish in its time budget.")
    MEMORY = ("permanent.memory_budget", 500, "The render needed more memory than it may have.")
    OUTPUT = ("permanent.output_budget", 500, "The render wrote more than it may write.")
    CRASH = ("permanent.render_crash", 500, "The render process crashed.")
    WORKER_KILLER = ("permanent.worker_killer", 500, "The job ended one worker after the other.")
    PROTOCOL = ("permanent.protocol", 500, "The render process broke its protocol.")
    INTERNAL = ("permanent.internal", 500, "The worker met a case that it does not handle.")
    RENDER = ("permanent.render_failed", 500, "The renderer met a case that it does not handle.")

    def __init__(self, code: str, http_status: int, public_message: str) -> None:
        """Spread the row of the table over attributes."""
        self.code = code
        self.http_status = http_status
        self.public_message = public_message

    @property
    def retryable(self) -> bool:
        """Whether another attempt may end differently."""
        return self.code.startswith("transient.")

    @classmethod
    def of(cls, code: str) -> ErrorCode:
        """Return the member whose ``code`` is given; raise ``ValueError`` if there is none."""
        for member in cls:
            if member.code == code:
                return member
        message = f"unknown error code: {code!r}"
        raise ValueError(message)


class PreviewError(Exception):
    """A job ended without a preview, for a reason from the closed list.

    ``message`` says what was wrong, where, and what to do; it is shown to operators and producers,
    so it never holds secrets or paths outside the job's own folders.
    """

    def __init__(self, code: ErrorCode, message: str | None = None) -> None:
        """Carry ``code`` with ``message``, or with the code's own sentence."""
        self.code = code
        self.message = message or code.public_message
        super().__init__(self.message)

    def __reduce__(self) -> tuple[type[PreviewError], tuple[ErrorCode, str]]:
        """Travel between processes as code and message, whatever subclass it was."""
        return PreviewError, (self.code, self.message)
