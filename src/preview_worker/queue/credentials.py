"""Where Redis is and who we are there, read anew for every connection: passwords are rotated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from preview_worker.queue.address import RedisAddress
from preview_worker.queue.settings import QueueSettings


class Credentials:
    """Reads the files that hold the URL and the password, and remembers what they held last."""

    def __init__(self, settings: QueueSettings) -> None:
        """Begin with the values of ``settings``."""
        self._connection = settings.connection
        self._url = settings.redis_url
        self._password = settings.redis_password

    def read(self) -> RedisAddress:
        """Return the address with the user and the password that are valid now.

        A file that cannot be read, or whose URL makes no sense, may be in the middle of being
        replaced: what it held before is used, and the server has the last word.
        """
        connection = self._connection
        url = _text_of(connection.url_file) or self._url
        self._password = _text_of(connection.password_file) or self._password
        try:
            address = RedisAddress.parse(url, password=self._password)
        except ValueError:
            address = RedisAddress.parse(self._url, password=self._password)
        else:
            self._url = url
        if address.username is None and address.password is not None:
            return replace(address, username=connection.username)
        return address


def _text_of(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError):
        return ""
