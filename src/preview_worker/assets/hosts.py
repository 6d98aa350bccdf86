"""The hosts that an operator allows assets to come from."""

from __future__ import annotations

import re
from dataclasses import dataclass

from preview_worker.assets.locator import HOST, HTTPS_PORT, Locator

_ENTRY = re.compile(rf"(?P<any>\*\.)?(?P<host>{HOST})(?::(?P<port>[1-9][0-9]{{0,4}}))?", re.ASCII)
_MAX_PORT = 65535


@dataclass(frozen=True, slots=True)
class HostList:
    """Names, and endings of names, each with the one port that may be asked there."""

    exact: frozenset[tuple[str, int]] = frozenset()
    endings: frozenset[tuple[str, int]] = frozenset()
    """Each begins with a dot: the name itself is not meant, only what lies below it."""

    def __bool__(self) -> bool:
        """Whether any host is allowed."""
        return bool(self.exact or self.endings)

    def allows(self, locator: Locator) -> bool:
        """Tell whether assets may come from where ``locator`` points."""
        if (locator.host, locator.port) in self.exact:
            return True
        return any(
            port == locator.port and locator.host.endswith(ending) for ending, port in self.endings
        )


NO_HOSTS = HostList()


def read_hosts(text: str) -> HostList:
    """Read a list such as ``img.example.org, *.cdn.example.net, files.example.org:8443``.

    Raises ``ValueError`` that names the entry which is none. International names are written in
    their ASCII form (``xn--…``), addresses of the Internet Protocol and bare top levels are no
    hosts.
    """
    exact, endings = set(), set()
    for entry in filter(None, (part.strip().lower() for part in text.split(","))):
        match = _ENTRY.fullmatch(entry)
        port = int(match["port"] or HTTPS_PORT) if match else 0
        if match is None or port > _MAX_PORT:
            message = (
                f"{entry!r} is no host; write host.example.org, *.example.org or "
                "host.example.org:8443, and international names in their xn-- form"
            )
            raise ValueError(message)
        if match["any"]:
            endings.add((f".{match['host']}", port))
        else:
            exact.add((match["host"], port))
    return HostList(frozenset(exact), frozenset(endings))
