"""The figures of docs/scaling.md, written from those that were recorded.

``python -m scaling.document [PATH]`` puts them between their marks; a run's JSON at ``PATH`` is
recorded first. A test holds that the page says what was recorded, so nobody copies a figure.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from scaling import pages
from scaling.calibration import RECORDED, Figures, load

PAGE = RECORDED.parent.parent / "docs" / "scaling.md"
BLOCKS: Mapping[str, Callable[[Figures], Iterable[str]]] = {
    "workers": pages.workers,
    "depths": pages.depths,
    "storage": pages.storage,
    "fleets": pages.fleets,
    "ends": pages.ends,
    "autoscaling": pages.autoscaling,
}
_BLOCK = "<!-- figures: {} -->\n"
_END = "<!-- end of figures -->\n"


def written(page: str, figures: Figures) -> str:
    """Return a page with these figures in it; raise ``ValueError`` if one has no place there."""
    for name, lines in BLOCKS.items():
        begin = _BLOCK.format(name)
        before, found, rest = page.partition(begin)
        _, ended, after = rest.partition(_END)
        if not (found and ended) or begin in after:
            message = f"{name} has not exactly one place in the page"
            raise ValueError(message)
        block = "".join(f"{line}\n" for line in lines(figures))
        page = f"{before}{begin}{block}{_END}{after}"
    return page


def main() -> None:
    """Record a run, if one is named, and write the page."""
    if sys.argv[1:]:
        figures = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
        RECORDED.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    page = written(PAGE.read_text(encoding="utf-8"), load(RECORDED))
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
