"""Settings of the probe port are checked where they are made."""

from __future__ import annotations

import pytest

from preview_worker.api import ProbeSettings


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_cannot_exist_is_refused(port: int) -> None:
    """The sentence gives the range and the value."""
    with pytest.raises(ValueError, match=f"between 0 and 65535, but is {port}"):
        ProbeSettings(port=port)


def test_no_connections_at_all_are_refused() -> None:
    """Nobody could ever probe."""
    with pytest.raises(ValueError, match="max_connections must be at least 1, but is 0"):
        ProbeSettings(max_connections=0)


def test_a_connection_must_live_at_all() -> None:
    """It would be cut before it could ask."""
    with pytest.raises(ValueError, match="request_head_s must be more than 0, but is 0"):
        ProbeSettings(request_head_s=0)
