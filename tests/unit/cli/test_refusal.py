"""Why a payload file is refused, as it is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from preview_worker.cli.refusal import folder_of, report_invalid
from preview_worker.contract import ErrorCode, PreviewError


def test_pictures_are_looked_for_beside_the_file(tmp_path: Path) -> None:
    """Or where the command runs, for what comes from the standard input."""
    assert folder_of(str(tmp_path / "a.json")) == tmp_path.resolve()
    assert folder_of("-") == Path.cwd()


@pytest.mark.parametrize(
    ("code", "status"),
    [(ErrorCode.OPTION, 2), (ErrorCode.PAYLOAD_SYNTAX, 3), (ErrorCode.PAYLOAD_ENCODING, 3)],
)
def test_what_no_parser_can_read_has_a_status_of_its_own(code: ErrorCode, status: int) -> None:
    """Everything else is invalid."""
    assert report_invalid("a.json", PreviewError(code), as_json=False) == status


def test_what_is_no_fault_of_the_payload_is_no_verdict_on_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Storage that is away says nothing of it, so the command ends as for every such trouble."""
    with pytest.raises(PreviewError):
        report_invalid("a.json", PreviewError(ErrorCode.STORAGE), as_json=False)
    assert capsys.readouterr().out == ""


def test_programs_read_the_code_and_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    """As one object."""
    report_invalid("a.json", PreviewError(ErrorCode.OPTION, "No such format."), as_json=True)

    assert json.loads(capsys.readouterr().out) == {
        "valid": False,
        "code": "invalid.option",
        "errors": ["No such format."],
    }
