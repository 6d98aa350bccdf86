"""The scripts in the installed wheel are the ones that this room was written against."""

from __future__ import annotations

import subprocess
import sys

import pytest

from preview_worker.queue.scripts import Script, commands_folder, evalsha

READ_AND_UNDERSTOOD = {
    Script.ADD_DELAYED: "ef55a5770d2c32d68b8528f29ced32261188aa30",
    Script.ADD_LOG: "eecb06ad6c96fa5da4fa8bca0ea7a1bf1bf62f18",
    Script.ADD_PARENT: "ec2e6289ba76f455c6e824ba4d6e92df2a5aaa97",
    Script.ADD_PRIORITIZED: "7fe9ddf6854813edeaaa9b83839ac94693b1de8f",
    Script.ADD_STANDARD: "10f8d228e89ed4f765afc5b3bafb6defbb84e311",
    Script.CLEAN: "d4b4530a1de226c532b5256e3dafa5cdc1641a6a",
    Script.DRAIN: "2e3d2277043ce9692d0dd5e509ddb1ce487a617f",
    Script.EXTEND_LOCKS: "c35baf769e5dc3d9194b2bceca04ab59f7c510f7",
    Script.GET_STATE: "5e107aa7dd123c4a80fc40151f8d25596c39353a",
    Script.MOVE_ACTIVE_TO_WAIT: "2f746a769bc3d182a0f73ace6bb7a4906faf5df9",
    Script.MOVE_STALLED_TO_WAIT: "1e9bb7deb6219644a634d32c430ce15ed39a377e",
    Script.MOVE_TO_ACTIVE: "d96ca626f1ea141b44a856b312fc636d99aa9ea9",
    Script.MOVE_TO_DELAYED: "9f83944d6edafd63c74121d73299dd3358ddfe0c",
    Script.MOVE_TO_FINISHED: "69666e69dd5621df59067a03de685e55a486560d",
    Script.OBLITERATE: "b5e55563e8084314227a6512b49bbe089f31c6a1",
    Script.PAUSE: "8c25f7be363de2a28428dae13ddc20ffb3f6e7aa",
    Script.PROMOTE: "1d740f19fe984343737df70206877be7cbab6913",
    Script.REPROCESS_JOB: "1323ff649a78371c602a52252e61dc9f2fdfe36d",
    Script.RETRY_JOB: "812d06de3eaf0fb70e333b3d0142eed8bf630a2d",
    Script.UPDATE_JOB_SCHEDULER: "4da21b4a6efa92d4c0bdfc40e803ecc1e9ab4eb5",
    Script.UPDATE_PROGRESS: "e992d1814b869c8def8e67ef117b3ed2cc95771f",
}
"""SHA-1 of each script of bullmq 3.4.4. Before changing one, read what changed in the script."""


@pytest.mark.parametrize("script", Script)
def test_the_script_is_the_one_that_was_read(script: Script) -> None:
    """Another text may want other keys or arguments."""
    assert script.sha1 == READ_AND_UNDERSTOOD[script]


@pytest.mark.parametrize("script", Script)
def test_the_count_of_keys_is_the_one_in_the_file_name(script: Script) -> None:
    """The scripts document each of their keys at the top."""
    last = f"KEYS[{script.key_count}]".encode()
    beyond = f"KEYS[{script.key_count + 1}]".encode()
    assert last in script.body
    assert beyond not in script.body


def test_a_script_is_called_by_its_digest() -> None:
    """The body travels only when the server does not know it."""
    command = evalsha(Script.ADD_LOG, ("job", "logs"), ("id", "line", ""))
    assert command == ("EVALSHA", Script.ADD_LOG.sha1, 2, "job", "logs", "id", "line", "")


def test_finding_the_scripts_does_not_import_bullmq() -> None:
    """Nor the Redis client that it brings: both cost memory and start-up time."""
    code = (
        "import sys; from preview_worker.queue.bullmq import BullQueue;"
        "from preview_worker.queue.scripts import Script; Script.ADD_LOG.sha1;"
        "print([name for name in ('bullmq', 'redis', 'msgpack.ext') if name in sys.modules][:2])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "bullmq" not in done.stdout
    assert "'redis'" not in done.stdout


def test_the_folder_holds_every_script() -> None:
    """The wheel has them as plain files."""
    assert {f"{script.value}.lua" for script in Script} <= {
        path.name for path in commands_folder().iterdir()
    }
