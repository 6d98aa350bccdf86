"""What a host answered, and what that means for an asset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preview_worker.assets.locator import Locator, forbidden, shown
from preview_worker.assets.pause import asked_pause_s
from preview_worker.contract import ErrorCode, PreviewError

if TYPE_CHECKING:
    import httpcore

    from preview_worker.assets.order import Place

_OK = 200
_NOT_MODIFIED = 304
_REDIRECTS = {301, 302, 303, 307, 308}
_PASSING = {408, 421, 425, 429}
"""Refusals that may be over soon: timeouts, misdirected or early requests, too many of them."""
_SERVER_ERROR = 500
_MAX_VALIDATOR_CHARS = 512


class AssetTroubleError(PreviewError):
    """Whoever has an asset could not serve it now (``transient.*``), but may be able to soon."""

    def __init__(
        self,
        locator: Place,
        what: str,
        pause_s: float = 0.0,
        code: ErrorCode = ErrorCode.ASSET,
    ) -> None:
        """Say ``what`` happened; the host asks to be left alone for ``pause_s``."""
        message = f"The asset {shown(str(locator))} could not be fetched: {what}."
        super().__init__(code, message)
        self.pause_s = pause_s


@dataclass(frozen=True, slots=True)
class Answer:
    """The status and the headers that a host sent for ``locator``."""

    locator: Locator
    status: int
    headers: dict[str, str]

    @classmethod
    def of(cls, locator: Locator, response: httpcore.Response) -> Answer:
        """Read the head of ``response``; of a header that comes twice the first counts."""
        headers: dict[str, str] = {}
        for name, value in response.headers:
            headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1").strip())
        return cls(locator, response.status, headers)

    @property
    def unchanged(self) -> bool:
        """Whether the asset is what it was when it was fetched before."""
        return self.status == _NOT_MODIFIED

    @property
    def key(self) -> str:
        """What the cache calls the address that answered."""
        return self.locator.key

    @property
    def etag(self) -> str:
        """The validator to ask again with; empty if there is none that can be kept."""
        return self._validator("etag")

    @property
    def modified(self) -> str:
        """When the asset changed last, in the host's own words; empty if it does not say."""
        return self._validator("last-modified")

    def onward(self) -> Locator | None:
        """Return where a redirect leads, if this is one; raise for one that may not be followed."""
        if self.status not in _REDIRECTS:
            return None
        try:
            reference = self.headers.get("location", "").encode("latin-1").decode()
        except UnicodeDecodeError:
            raise forbidden(str(self.locator), "leads on to what is no text") from None
        if not reference:
            raise _missing(self.locator, "redirects nowhere")
        return self.locator.join(reference)

    def check(self, max_bytes: int) -> None:
        """Raise ``PreviewError`` unless an asset of at most ``max_bytes`` follows."""
        if self.status in _PASSING or self.status >= _SERVER_ERROR:
            pause_s = asked_pause_s(self.headers.get("retry-after", ""))
            raise AssetTroubleError(self.locator, f"its host answered {self.status}", pause_s)
        if self.status != _OK:
            raise _missing(self.locator, f"answered {self.status}")
        if (coding := self.headers.get("content-encoding", "")).lower() not in {"", "identity"}:
            message = (
                f"The asset {shown(str(self.locator))} came in the coding {coding[:20]!r}, though "
                "it was asked for as it is. Have its host serve it without a content coding."
            )
            raise PreviewError(ErrorCode.ASSET_TYPE, message)
        length = self.headers.get("content-length", "")
        if length.isdecimal() and int(length) > max_bytes:
            raise too_large(self.locator, max_bytes)

    def _validator(self, name: str) -> str:
        value = self.headers.get(name, "")
        usable = value.isascii() and value.isprintable() and len(value) <= _MAX_VALIDATOR_CHARS
        return value if usable else ""


def _missing(locator: Locator, what: str) -> PreviewError:
    message = f"The asset {shown(str(locator))} cannot be had: its host {what}."
    return PreviewError(ErrorCode.ASSET_MISSING, message)


def too_large(locator: Place, max_bytes: int) -> PreviewError:
    """Return the refusal of an asset with too many bytes."""
    message = (
        f"The asset {shown(str(locator))} has more than {max_bytes} bytes, the most that is "
        "fetched. Save it smaller."
    )
    return PreviewError(ErrorCode.ASSET_SIZE, message)
