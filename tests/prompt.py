"""A prompt at which the commands of a document can be typed as they stand."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
_PATIENCE_S = 300


class Prompt:
    """A folder with ``examples``, and a shell in it that knows ``preview-worker``."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        """Prepare ``folder``; what is typed there has the variables ``env``."""
        self._folder = folder
        self._env = {**env, "PATH": f"{folder}:{env['PATH']}"}
        (folder / "examples").symlink_to(ROOT / "examples")
        command = folder / "preview-worker"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m preview_worker "$@"\n', "utf-8")
        command.chmod(0o755)

    def type_in(self, line: str) -> None:
        """Type a line; what does not end with 0 fails the test, with what it said."""
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=self._folder,
            env=self._env,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
