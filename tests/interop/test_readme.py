"""The README's Node example, run as it stands."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from preview_worker.queue import QueueSettings
from tests.interop.node import FOLDER
from tests.workers import a_worker

pytestmark = pytest.mark.interop

README = Path(__file__).parents[2] / "README.md"


def test_the_readmes_producer_gets_its_preview(
    npm_packages: None, queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Whoever copies the example sees a preview under DATA_DIR."""
    del npm_packages
    [example] = re.findall(r"^```js\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
    script = example.replace("'preview-jobs'", f"'{queue_settings.queue_name}'")
    script = script.replace("from 'bullmq'", "from 'bullmq-6'")
    env = {"PATH": os.environ["PATH"], "REDIS_URL": queue_settings.redis_url}
    with a_worker(queue_settings, tmp_path) as worker:
        command = ["node", "--input-type=module", "--eval", script]
        subprocess.run(command, cwd=FOLDER, env=env, check=True, timeout=60)
        worker.wait_for("job.settled", result="completed")
    assert (tmp_path / "previews/lighthouse/lighthouse-42/preview.mp4").is_file()
