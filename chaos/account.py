"""The account: figures of reports, put onto the page that tells of them.

    python -m chaos.account REPORT.json... [--page docs/reliability.md]

Each report replaces what the page says of its part, between two comments; other parts stay as they
are. A part that the page does not know yet is added at the end.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chaos.report import ROOT

PAGE = ROOT / "docs" / "reliability.md"
_SHOWN_VERSIONS = ("preview-worker", "commit", "python", "redis", "node", "bullmq", "av")
_S_PER_MIN = 60

Told = Mapping[str, Any]


def main() -> int:
    """Put the reports onto the page; return 1 when one of them tells of something broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reports", nargs="+", type=Path)
    parser.add_argument("--page", type=Path, default=PAGE)
    given = parser.parse_args()
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in given.reports]
    page = given.page.read_text(encoding="utf-8")
    for report in reports:
        page = with_part(page, report)
    given.page.write_text(page, encoding="utf-8")
    return 0 if all(report["holds"] for report in reports) else 1


def with_part(page: str, report: Told) -> str:
    """Return ``page`` with what ``report`` says of its part in place of what it said before."""
    part = report["part"]
    begin, end = f"<!-- part: {part} -->", f"<!-- end: {part} -->"
    block = f"{begin}\n{told(report)}\n{end}"
    place = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if place.search(page):
        return place.sub(lambda _: block, page)
    return f"{page.rstrip()}\n\n{block}\n"


def told(report: Told) -> str:
    """Return a part of the page in Markdown."""
    return "\n\n".join(
        filter(
            None,
            (
                f"### {report['part']}",
                _circumstances(report),
                _table(("figure", "measured", "at most"), [_figure(x) for x in report["figures"]]),
                _table(("invariant", "", "seen"), [_invariant(x) for x in report["invariants"]]),
                _faults(report["faults"]),
                "\n".join(report["notes"]),
            ),
        )
    )


def _circumstances(report: Told) -> str:
    versions, machine = report["versions"], report["machine"]
    shown = ", ".join(f"{name} {versions[name]}" for name in _SHOWN_VERSIONS if name in versions)
    return (
        f"`{report['command']}` on {report['date']}, seed {report['seed']}, "
        f"{report['wall_s'] / _S_PER_MIN:.1f} minutes: "
        f"{'everything held' if report['holds'] else '**something was broken**'}.\n"
        f"{machine['processor']}, {machine['processors']} processors, "
        f"{machine['memory_gib']} GiB, {machine['system']}, load {machine.get('load', '?')}; "
        f"{shown}."
    )


def _figure(figure: Told) -> tuple[str, str, str]:
    limit = figure["limit"]
    allowed = "" if limit is None else f"{limit:g} {figure['unit']}".strip()
    return figure["name"], f"{figure['value']} {figure['unit']}".strip(), allowed


def _invariant(invariant: Told) -> tuple[str, str, str]:
    holds = "holds" if invariant["holds"] else "**broken**"
    return invariant["name"], holds, invariant["evidence"].replace("|", "\\|")


def _faults(faults: Mapping[str, int]) -> str:
    counted = ", ".join(f"{name} {count}" for name, count in sorted(faults.items()))
    return f"Faults: {counted}." if counted else ""


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    sys.exit(main())
