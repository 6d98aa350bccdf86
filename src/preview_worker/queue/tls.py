"""Encrypted connections: whose certificates we trust, and which one we show."""

from __future__ import annotations

import ssl
from pathlib import Path

from preview_worker.queue.connection import ConnectionSettings

Stamp = tuple[tuple[int, int], ...]


class TlsWardrobe:
    """Keeps the context of TLS connections, and makes it anew when one of its files changed.

    To load the system's certificates takes some milliseconds, which an outage with its many
    attempts to connect would multiply. A certificate that was renewed is shown at the next
    connection.
    """

    def __init__(self, settings: ConnectionSettings) -> None:
        """Load nothing yet."""
        self._settings = settings
        self._worn: tuple[Stamp, ssl.SSLContext] | None = None

    def context(self) -> ssl.SSLContext:
        """Return a context that trusts and shows what the files hold now.

        Raises ``OSError`` with a sentence that names the file which is no use.
        """
        stamp = self._stamp()
        if self._worn is None or self._worn[0] != stamp:
            self._worn = (stamp, self._made())
        return self._worn[1]

    def _made(self) -> ssl.SSLContext:
        settings = self._settings
        try:
            context = ssl.create_default_context(cafile=settings.ca_file)
        except OSError as error:
            raise _useless(settings.ca_file, "certificates to trust", error) from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if settings.certificate_file is not None:
            try:
                context.load_cert_chain(settings.certificate_file, settings.key_file)
            except OSError as error:
                shown = settings.key_file or settings.certificate_file
                raise _useless(shown, "our certificate and its key", error) from error
        return context

    def _stamp(self) -> Stamp:
        settings = self._settings
        stamps = []
        for path in (settings.ca_file, settings.certificate_file, settings.key_file):
            if path is not None:
                try:
                    found = path.stat()
                except OSError as error:
                    raise _useless(path, "TLS", error) from error
                stamps.append((found.st_mtime_ns, found.st_size))
        return tuple(stamps)


def _useless(path: Path | None, purpose: str, error: OSError) -> OSError:
    reason = error.strerror or str(error)
    return OSError(f"the file {path} is no use for {purpose} ({reason})")
