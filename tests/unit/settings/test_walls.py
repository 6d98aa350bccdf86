"""Memory is shared out so that all renders together fit into what the container has."""

from __future__ import annotations

from pathlib import Path

import pytest

from preview_worker.settings import load_settings, walls
from preview_worker.settings.allotment import usable_memory_bytes

MIB = 1 << 20


def _laid_out(folder: Path, groups: str, limits: dict[str, str], total_kib: int = 8 << 20) -> int:
    """Return what is usable on a machine with these control groups, in MiB."""
    proc, cgroup = folder / "proc", folder / "cgroup"
    (proc / "self").mkdir(parents=True)
    (proc / "self" / "cgroup").write_text(groups)
    (proc / "meminfo").write_text(f"MemTotal:       {total_kib} kB\nMemFree: 1 kB\n")
    for name, limit in limits.items():
        path = cgroup / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(limit)
    usable = usable_memory_bytes(cgroup, proc)
    assert usable is not None
    return usable // MIB


@pytest.mark.parametrize(
    ("groups", "limits", "usable_mib"),
    [
        ("0::/\n", {"memory.max": f"{512 * MIB}\n"}, 512),
        ("0::/\n", {"memory.max": "max\n"}, 8192),
        ("0::/a/b\n", {"a/memory.max": f"{700 * MIB}", "a/b/memory.max": "max"}, 700),
        ("4:memory:/x\n0::/\n", {"memory/x/memory.limit_in_bytes": f"{300 * MIB}"}, 300),
        ("4:cpu,memory:/x\n", {"memory/memory.limit_in_bytes": f"{400 * MIB}"}, 400),
        ("4:memory:/\n", {"memory/memory.limit_in_bytes": "9223372036854771712"}, 8192),
        ("nonsense\n", {}, 8192),
    ],
)
def test_the_least_of_all_limits_counts(
    tmp_path: Path, groups: str, limits: dict[str, str], usable_mib: int
) -> None:
    """Of control groups of both versions, wherever we are among them, and of the machine."""
    assert _laid_out(tmp_path, groups, limits) == usable_mib


def test_nobody_knows_where_nothing_is_told(tmp_path: Path) -> None:
    """As on systems without control groups and /proc."""
    assert usable_memory_bytes(tmp_path, tmp_path) is None


def test_renders_and_their_crews_fit_beside_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """P9: two renders of three processes each share what is left of 2 GiB."""
    monkeypatch.setattr(walls, "usable_memory_bytes", lambda: 2048 * MIB)
    settings = load_settings(preview_worker_concurrency=2, preview_render_processes=2)

    assert settings.worker.memory_max_bytes * 6 <= (2048 - 512) * MIB
    assert settings.worker.memory_max_bytes > 200 * MIB


def test_on_a_large_machine_the_setting_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than it says is never given."""
    monkeypatch.setattr(walls, "usable_memory_bytes", lambda: 1 << 40)
    settings = load_settings(preview_render_memory_max_bytes=300 * MIB)

    assert settings.worker.memory_max_bytes == 300 * MIB
