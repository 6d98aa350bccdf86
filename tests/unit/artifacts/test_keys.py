"""Ids of producers become folder names that can harm nobody."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_worker.artifacts.keys import folder_name, preview_folder

HARMFUL = {
    "traversal": "../../x",
    "absolute": "/etc/passwd",
    "NUL": "a\0b",
    "10 kB": "x" * 10_240,
    "emoji": "🎲",
    "dot": ".",
    "two dots": "..",
    "dots inside": "a..b",
    "hidden": ".staging",
    "device": "CON",
    "device with ending": "nul.txt",
    "trailing dot": "name.",
    "trailing space": "name ",
    "backslash": "a\\b",
    "drive": "C:x",
    "colons": "a:b:c",
    "empty": "",
    "percent": "%2e%2e",
    "our own mark": "a~b",
    "newline": "name\n",
    "option": "-rf",
    "half a surrogate": "\ud800",
    "too long": "x" * 101,
}
SAFE = re.compile(r"[a-z0-9_-]{1,40}~[a-z2-7]{52}")
NAMES = st.text(alphabet=st.characters(codec=None, categories=None), max_size=12) | st.text(
    alphabet="aAbB.~-/\\ 1", max_size=6
)


@pytest.mark.parametrize(
    "identifier", ["gem-collectors", "preview-job-0001", "Proj_A", "v1.2-rc", "7", "x" * 100]
)
def test_harmless_ids_keep_their_spelling(identifier: str) -> None:
    """What producers send today is found where it always was."""
    assert folder_name(identifier) == identifier


@pytest.mark.parametrize("identifier", HARMFUL.values(), ids=HARMFUL.keys())
def test_harmful_ids_become_a_slug_with_a_digest(identifier: str) -> None:
    """No character of a harmful id gets through but letters, digits, hyphen and underscore."""
    assert SAFE.fullmatch(folder_name(identifier))


def test_a_mapped_name_still_tells_what_it_was() -> None:
    """A person who lists the folder recognises the id."""
    assert folder_name("Große Reise: Teil 2").startswith("gro-e-reise-teil-2~")


@given(NAMES, NAMES)
def test_two_ids_never_share_a_folder(first: str, second: str) -> None:
    """Equal names come from equal ids."""
    assert (folder_name(first) == folder_name(second)) == (first == second)


@given(NAMES, NAMES)
def test_case_alone_keeps_ids_apart_where_the_disk_ignores_case(first: str, second: str) -> None:
    """On a file system that folds case, names that differ in case would be one folder."""
    names = [folder_name(identifier, fold_case=True).casefold() for identifier in (first, second)]
    assert (names[0] == names[1]) == (first == second)


@given(NAMES)
def test_a_name_is_one_plain_part_of_a_path(identifier: str) -> None:
    """Nothing that a name says can lead to another folder, on any system."""
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._~-]{0,99}", folder_name(identifier))
    assert not folder_name(identifier).endswith(".")


@given(NAMES, NAMES)
def test_every_preview_lies_three_folders_deep(project_id: str, job_id: str) -> None:
    """The layout is previews, project, job, whatever the ids hold."""
    parts = preview_folder(project_id, job_id).parts
    assert parts == ("previews", folder_name(project_id), folder_name(job_id))
