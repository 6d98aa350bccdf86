"""Keys: read from text, compared by digest, told apart by role and project."""

from __future__ import annotations

import hashlib

import pytest

from preview_worker.api.keys import KeyFormatError, Principal, Role, read_keys

SECRET = "0123456789abcdef"


def test_keys_are_separated_by_commas_or_lines() -> None:
    """Comments and empty lines are for people."""
    ring = read_keys(f"# ours\na:read:{SECRET}1, b:submit:{SECRET}2\n\nc:operate:{SECRET}3\n")

    found = [ring.find(f"{SECRET}{number}") for number in (1, 2, 3)]
    assert [(one.name, one.role) for one in found if one] == [
        ("a", Role.READ),
        ("b", Role.SUBMIT),
        ("c", Role.OPERATE),
    ]
    assert len(ring) == 3


def test_a_secret_may_be_given_by_its_digest() -> None:
    """The server need not know it."""
    digest = hashlib.sha256(SECRET.encode()).hexdigest()

    found = read_keys(f"a:read:sha256={digest}").find(SECRET)

    assert found == Principal("a", Role.READ)


@pytest.mark.parametrize("secret", ["", "0123456789abcde", SECRET.upper(), f"{SECRET} ", "\udc80"])
def test_another_secret_opens_nothing(secret: str) -> None:
    """Not even one that is nearly right."""
    assert read_keys(f"a:read:{SECRET}").find(secret) is None


def test_a_key_may_be_for_some_projects() -> None:
    """Others do not exist for it."""
    found = read_keys(f"a:read:{SECRET}@p-1|p-2").find(SECRET)

    assert found is not None
    assert [found.sees(project) for project in ("p-1", "p-2", "p-3", "")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a", "the role of the key a must be"),
        (f"a:boss:{SECRET}", "the role of the key a must be read, submit or operate"),
        ("a:read:short", "the secret of the key a is shorter than 16"),
        (f":read:{SECRET}", "a key begins with a name"),
        (f"a b:read:{SECRET}", "a key begins with a name"),
        (f"a:read:{SECRET},a:submit:{SECRET}x", "two keys have the name a"),
    ],
)
def test_a_key_that_cannot_be_read_is_told_without_its_secret(text: str, complaint: str) -> None:
    """The sentence ends up in a terminal or a log."""
    with pytest.raises(KeyFormatError, match=complaint) as caught:
        read_keys(text)

    assert SECRET not in str(caught.value)


def test_a_digest_is_not_shown() -> None:
    """Neither by the ring nor by what it holds."""
    ring = read_keys(f"a:read:{SECRET}")

    assert hashlib.sha256(SECRET.encode()).hexdigest() not in repr(vars(ring))
