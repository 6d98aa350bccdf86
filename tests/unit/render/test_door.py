"""The room's door is light, and what stands behind it may be forked."""

from __future__ import annotations

import subprocess
import sys

import pytest

from preview_worker import render

FORK = """
import os, pathlib, sys, tempfile
from preview_worker.contract import read_job
from preview_worker.render import RenderSettings, render_preview, warm_up
warm_up()
threads = len(os.listdir("/proc/self/task"))
payload = b'{"jobId":"a","projectId":"b","requestId":"c","dryRun":false,"previewRequest":' \\
    b'{"steps":[],"assets":[],"audio":{},"options":{"resolution":"160x90"}}}'
job = read_job(payload).job
for _ in range(2):
    if (child := os.fork()) == 0:
        folder = pathlib.Path(tempfile.mkdtemp())
        render_preview(job, folder, RenderSettings(), lambda *told: None)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
print(threads)
"""


def test_the_door_gives_what_it_promises() -> None:
    """Each name of ``__all__`` is there."""
    assert all(callable(getattr(render, name)) for name in render.__all__)


def test_the_door_gives_nothing_else() -> None:
    """A name that is not there is an attribute error, as with any module."""
    with pytest.raises(AttributeError, match="no attribute 'repaint'"):
        _ = render.repaint


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks and lists its threads")
def test_a_warm_process_has_one_thread_and_can_be_forked() -> None:
    """Its children render, one after the other."""
    done = subprocess.run(
        [sys.executable, "-c", FORK],
        env={"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.returncode) == ("1\n", 0), done.stderr
