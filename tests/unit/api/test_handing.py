"""Who is sent to the object storage for a file, and who is handed it."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from preview_worker.api.handing import is_elsewhere_welcome
from preview_worker.api.sessions import COOKIE
from preview_worker.artifacts import StoredFile

FILM = StoredFile("preview.mp4", "video", "video/mp4", 20_000_000, "0" * 64)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0"


def request(method: str = "GET", **headers: str) -> Request:
    """Return a request with these headers, spelled with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    raw = [(name.encode(), value.encode()) for name, value in named.items()]
    return Request({"type": "http", "method": method, "headers": raw})


@pytest.mark.parametrize(
    "asked",
    [
        request(user_agent="curl/8.17.0"),
        request(),
        request(user_agent=FIREFOX, sec_fetch_dest="document"),
    ],
    ids=["a program", "a program that says nothing", "a browser that is to show it"],
)
def test_whoever_can_go_elsewhere_is_sent(asked: Request) -> None:
    """The bytes need not go through us."""
    assert is_elsewhere_welcome(asked, FILM)


@pytest.mark.parametrize(
    "asked",
    [
        request(user_agent=FIREFOX, sec_fetch_dest="video"),
        request(user_agent=FIREFOX),
        request(cookie=f"{COOKIE}=signed"),
        request("HEAD"),
    ],
    ids=["an element", "a browser over plain HTTP", "somebody logged in", "only the headers"],
)
def test_whoever_may_be_a_page_is_handed_the_file(asked: Request) -> None:
    """A page of ours loads nothing from other hosts, so its player would show nothing."""
    assert not is_elsewhere_welcome(asked, FILM)
