"""``preview-worker`` and ``python -m preview_worker``."""

from __future__ import annotations

import sys

from preview_worker.cli import main

if __name__ == "__main__":
    sys.exit(main())
