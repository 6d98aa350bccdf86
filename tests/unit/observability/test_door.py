"""The front doors of rooms with heavy libraries open without loading them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from preview_worker import api, observability

HEAVY = "{'structlog', 'prometheus_client', 'starlette', 'uvicorn'}"
PROGRAM = f"""
import sys
import preview_worker.api, preview_worker.observability
print(sorted({HEAVY} & set(sys.modules)))
"""


@pytest.mark.parametrize("room", [api, observability], ids=["api", "observability"])
def test_every_public_name_is_there(room: object) -> None:
    """What the door promises can be had."""
    for name in vars(room)["__all__"]:
        assert getattr(room, name) is not None


@pytest.mark.parametrize("room", [api, observability], ids=["api", "observability"])
def test_a_name_that_is_not_there_is_an_attribute_error(room: object) -> None:
    """Python expects it so, for hasattr and for import."""
    assert not hasattr(room, "nothing")


def test_naming_a_room_loads_no_heavy_library() -> None:
    """A command that needs neither logs nor a server starts without them."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, check=True, text=True
    )

    assert done.stdout.strip() == "[]"
