"""The language of a page holds while it is set, and no longer."""

from __future__ import annotations

import pytest

from preview_worker.render.paint.tongue import speaking, tongue


def test_a_language_holds_within_its_block() -> None:
    """Nested ones give way to the outer again."""
    with speaking("fr"):
        with speaking("ja"):
            assert tongue() == "ja"
        assert tongue() == "fr"
    assert tongue() == ""


def test_an_error_ends_it_too() -> None:
    """The next page does not inherit it."""
    with pytest.raises(ZeroDivisionError), speaking("fr"):
        raise ZeroDivisionError
    assert tongue() == ""
