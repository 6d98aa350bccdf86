"""Raw payload bytes and their limits."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_worker.contract import ErrorCode, PayloadLimits, PreviewError
from preview_worker.contract.raw import decode_payload

LIMITS = PayloadLimits(max_bytes=4096, max_depth=8)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def code_of(raw: bytes) -> ErrorCode:
    """Return the code with which ``raw`` is refused."""
    with pytest.raises(PreviewError) as refused:
        decode_payload(raw, LIMITS)
    return refused.value.code


@given(json_values)
def test_whatever_json_can_say_is_read_back_unchanged(value: object) -> None:
    """A value within the limits survives the way over the wire."""
    raw = json.dumps(value).encode()
    limits = PayloadLimits(max_bytes=max(len(raw), 1), max_depth=32)
    assert value == decode_payload(raw, limits).value


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param(b'"' + b"x" * 4096 + b'"', ErrorCode.PAYLOAD_SIZE, id="too many bytes"),
        pytest.param(b"[" * 9 + b"]" * 9, ErrorCode.PAYLOAD_DEPTH, id="one level too deep"),
        pytest.param(b'{"a":' * 4000, ErrorCode.PAYLOAD_SIZE, id="size is looked at first"),
        pytest.param(b'{"a":' * 700, ErrorCode.PAYLOAD_DEPTH, id="depth without an end"),
        pytest.param(b'{"a":"\xff"}', ErrorCode.PAYLOAD_ENCODING, id="not UTF-8"),
        pytest.param(b"\xef\xbb\xbf{}", ErrorCode.PAYLOAD_ENCODING, id="byte order mark"),
        pytest.param(b'{"a":', ErrorCode.PAYLOAD_SYNTAX, id="cut short"),
        pytest.param(b"", ErrorCode.PAYLOAD_SYNTAX, id="empty"),
        pytest.param(b'{"a":NaN}', ErrorCode.PAYLOAD_SYNTAX, id="not a number"),
        pytest.param(b'{"a":-Infinity}', ErrorCode.PAYLOAD_SYNTAX, id="infinite by name"),
        pytest.param(b'{"a":1e999}', ErrorCode.PAYLOAD_SYNTAX, id="infinite by size"),
        pytest.param(b'{"a":-' + b"9" * 308 + b"}", None, id="the longest integer that fits"),
        pytest.param(b'{"a":' + b"9" * 309 + b"}", ErrorCode.PAYLOAD_SYNTAX, id="one too long"),
        pytest.param(b"9" * 4400, ErrorCode.PAYLOAD_SIZE, id="a longer one does not"),
    ],
)
def test_bytes_beyond_the_limits_are_refused_with_their_code(
    raw: bytes, code: ErrorCode | None
) -> None:
    """X1, X2, X3: size, depth, encoding, syntax and numbers each have a code of their own."""
    if code is None:
        assert decode_payload(raw, LIMITS).value is not None
    else:
        assert code is code_of(raw)


def test_an_integer_with_too_many_digits_is_refused() -> None:
    """X1: it would be infinite to readers that have only doubles, and takes the square to read."""
    with pytest.raises(PreviewError, match="too many digits"):
        decode_payload(b"9" * 5000, PayloadLimits())


def test_more_values_than_a_preview_can_have_are_refused_before_they_are_built() -> None:
    """X1: a million names, an array of nothing, members of any kind: they are counted as bytes."""
    for many in (
        b"{" + b",".join(b'"k%d":0' % n for n in range(100_001)) + b"}",
        b"[" + b"0," * 100_000 + b"0]",
        b"[" + b"[]," * 50_001 + b"[]]",
    ):
        with pytest.raises(PreviewError, match="more than 100000 values") as refused:
            decode_payload(many)
        assert refused.value.code is ErrorCode.PAYLOAD_SIZE


def test_a_repeated_name_has_its_last_value_and_is_told() -> None:
    """X1: as every reader in JavaScript has it, so that no two of them see different jobs."""
    document = decode_payload(b'{"a":1,"b":{"c":1,"c":2,"c":3},"a":2}')
    assert document.value == {"a": 2, "b": {"c": 3}}
    assert document.repeated == ("c", "a")


@pytest.mark.parametrize(
    ("raw", "value"), [(b"-0", 0), (b"-0.0", 0.0), (b"1e-999", 0.0), (b'{"a\\u0000b":1}', None)]
)
def test_odd_but_harmless_values_are_read(raw: bytes, value: object) -> None:
    """X1: a negative zero, a number below all others, a name with a NUL."""
    assert decode_payload(raw).value == ({"a\0b": 1} if value is None else value)


def test_brackets_inside_strings_do_not_count_as_depth() -> None:
    """Only the structure of the document counts."""
    raw = json.dumps(["[" * 100, '\\"[[[[[[[[[[', "{" * 100]).encode()
    assert decode_payload(raw, LIMITS).value


def test_lone_surrogates_become_the_replacement_character() -> None:
    """X3: no text file can hold a lone surrogate, so none gets further than here."""
    assert decode_payload(b'{"k\\ud800": ["\\udfff"]}', LIMITS).value == {"k\ufffd": ["\ufffd"]}


def test_paired_surrogates_stay_the_character_that_they_spell() -> None:
    """Emoji beyond the first plane may be written as pairs of escapes."""
    assert decode_payload(b'["\\ud83c\\udfb2"]', LIMITS).value == ["\U0001f3b2"]
