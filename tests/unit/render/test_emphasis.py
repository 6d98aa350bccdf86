"""Marks of emphasis are taken off in pairs."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_worker.render.emphasis import without_emphasis

_AS_A_PATTERN = re.compile(r"(\*\*|__|`)(\S|\S.*?\S)\1")
"""The same rule, told in a way that takes the square of the marks."""


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("Take **two** cards", "Take two cards"),
        ("**A** and **B**", "A and B"),
        ("`code` and __under__", "code and under"),
        ("2 ** 3 and a * b", "2 ** 3 and a * b"),
        ("**one\ntwo**", "**one\ntwo**"),
        ("snake__case", "snake__case"),
    ],
)
def test_pairs_of_marks_go_and_single_ones_stay(marked: str, plain: str) -> None:
    """A pair stands on one line and holds words on its inside."""
    assert without_emphasis(marked) == plain


@given(st.text(alphabet="*_` a\nb", max_size=24))
def test_the_rule_is_that_of_the_pattern(text: str) -> None:
    """Only the time is another."""
    assert without_emphasis(text) == _AS_A_PATTERN.sub(r"\2", text)
