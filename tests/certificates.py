"""Certificates made for one test: an authority, a server's and a client's."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, in files."""

    certificate: Path
    key: Path


class Authority:
    """Signs certificates and keeps them in a folder."""

    def __init__(self, folder: Path) -> None:
        """Make an authority that nobody else trusts."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._authority = trustme.CA()
        self.file = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(str(self.file))

    def sign(self, name: str) -> Certificate:
        """Make a certificate for the host or the client ``name``."""
        signed = self._authority.issue_cert(name)
        stem = name.replace(".", "-")
        made = Certificate(self._folder / f"{stem}.pem", self._folder / f"{stem}.key")
        signed.cert_chain_pems[0].write_to_path(str(made.certificate))
        signed.private_key_pem.write_to_path(str(made.key))
        return made

    def server_context(self, name: str, *, mutual: bool) -> ssl.SSLContext:
        """Return the context of a server called ``name``; ``mutual`` asks clients who they are."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made = self.sign(name)
        context.load_cert_chain(made.certificate, made.key)
        if mutual:
            context.load_verify_locations(self.file)
            context.verify_mode = ssl.CERT_REQUIRED
        return context
