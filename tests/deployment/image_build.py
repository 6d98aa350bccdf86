"""The image, built from the Dockerfile by Buildah, and run by Linux' own tools.

No registry has to be within reach: in place of the base that the Dockerfile names, which is Debian
with Python, stand a few packages of Debian, unpacked. They are far less than the real base, so what
works on them needs nothing else of it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.architecture.tree import ROOT
from tests.deployment.cell import refusal_to_mount

_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_SOURCES = Path("/etc/apt/sources.list.d/debian.sources")
_CONTAINER = Path(__file__).with_name("container.sh")
_BASE, _IMAGE = "localhost/base", "localhost/preview-worker"
_PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
"""As the official base has it."""
_SIZE = 2 << 30
"""How many bytes all that is built takes, generously."""
_PACKAGES = (
    *("apt", "base-files", "base-passwd", "bash", "coreutils", "dash", "debian-archive-keyring"),
    *("dpkg", "findutils", "grep", "gzip", "libc-bin", "login", "mawk", "passwd", "python3"),
    *("sed", "tar", "usr-is-merged", "util-linux"),
)
_APART = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
_TOOLS = ("buildah", "mmdebstrap", "unshare", "setpriv", "ip")


def hindrance() -> str | None:
    """Say why the image cannot be built on this machine; None when it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "only root on Linux can build it"
    if os.environ.get("PREVIEW_SKIP_IMAGE"):
        return "a trial showed that it cannot be built (PREVIEW_SKIP_IMAGE)"
    if missing := [tool for tool in _TOOLS if shutil.which(tool) is None]:
        return f"there is no {', '.join(missing)}: apt-get install buildah mmdebstrap iproute2"
    if not _SOURCES.exists():
        return f"this is no Debian: there is no {_SOURCES}"
    return refusal_to_mount(*_APART)


@dataclass(frozen=True, slots=True)
class Image:
    """A built image: its file system, and what it says about how it is to be run."""

    root: Path
    config: Mapping[str, Any] = field(repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that the image sets."""
        return dict(variable.split("=", 1) for variable in self.config["Env"])

    def command(self, data: Path, *arguments: str, network: bool = False) -> list[str]:
        """Return what runs its entry point with these arguments; ``data`` becomes its /data."""
        return self.bare_command(data, *self.config["Entrypoint"], *arguments, network=network)

    def bare_command(self, data: Path, *words: str, network: bool = False) -> list[str]:
        """Return what runs these words in it, as its user on a root that is read-only."""
        user, group = self.config["User"].split(":")
        payloads = ROOT / "examples" / "payloads"
        where = [str(self.root), str(data), str(payloads), user, group]
        return [*_APART, *([] if network else ["--net"]), str(_CONTAINER), *where, *words]

    def run(self, data: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """Run words in it to their end, without a network."""
        return subprocess.run(
            self.bare_command(data, *words),
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@contextmanager
def a_built_image(folder: Path) -> Iterator[Image]:
    """Build it in ``folder``, give it with its file system mounted, and take all of it away."""
    buildah = ["buildah", "--root", str(folder / "storage"), "--runroot", str(folder / "run")]
    in_memory = _spare_memory() > 2 * _SIZE
    if in_memory:  # what is thrown away again need not wait for a disk
        _said(["mount"], "-t", "tmpfs", "image", str(folder))
    try:
        _build_base(buildah)
        _bud(buildah, ROOT, "--format=docker", f"--build-arg=BASE={_BASE}", f"--tag={_IMAGE}")
        container = _said(buildah, "from", "--pull-never", _IMAGE)
        root = Path(_said(buildah, "mount", container))
        told = json.loads(_said(buildah, "inspect", "--type=image", _IMAGE))
        yield Image(root, told["Docker"]["config"])
    finally:
        _said(buildah, "rm", "--all")
        _said(buildah, "rmi", "--all", "--force")
        if in_memory:
            _said(["umount", "--recursive"], str(folder))


def _spare_memory() -> int:
    """Return how many bytes may be taken before others suffer."""
    (line,) = re.findall(
        r"^MemAvailable: +(\d+) kB$", Path("/proc/meminfo").read_text("utf-8"), re.MULTILINE
    )
    return int(line) * 1024


def _build_base(buildah: list[str]) -> None:
    """Make the image that stands in for the official one: Debian's apt, Python and pip, no more."""
    container = _said(buildah, "from", "scratch")
    _unpack_debian(Path(_said(buildah, "mount", container)))
    _said(buildah, "config", f"--env=PATH={_PATH}", container)
    _said(buildah, "commit", "--rm", container, _BASE)


def _unpack_debian(root: Path) -> None:
    """Unpack Debian's apt, shell tools and Python from this machine's sources.

    Nothing is set up, which takes longest, but what the Dockerfile relies on: accounts, and a pip.
    """
    release = dict(
        line.split("=", 1)
        for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
        if "=" in line
    )
    subprocess.run(
        [
            *("mmdebstrap", "--quiet", "--mode=root", "--variant=extract", "--skip=cleanup/apt"),
            f"--include={','.join(_PACKAGES)}",
            "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
            '--aptopt=Acquire::Languages "none"',  # as the official base has it
            *(release["VERSION_CODENAME"], str(root), str(_SOURCES)),
        ],
        check=True,
        capture_output=True,
    )
    for kind in ("passwd", "group"):
        shutil.copy(root / f"usr/share/base-passwd/{kind}.master", root / f"etc/{kind}")
    (root / "usr/bin/python").symlink_to("python3")
    own_pip = Path(sysconfig.get_path("purelib"), "pip")
    shutil.copytree(own_pip, root / "usr/lib/python3/dist-packages/pip")
    (root / "etc/pip.conf").write_text(_pip_settings(), encoding="utf-8")
    trust = root / _CERTIFICATES.relative_to("/")
    trust.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(_CERTIFICATES, trust)


def _pip_settings() -> str:
    """Return what pip has to be told in the base: whom it trusts, and this machine's index."""
    index = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    trusted = f"[global]\ncert = {_CERTIFICATES}\n"
    return trusted + (f"index-url = {index}\n" if index else "")


def _bud(buildah: list[str], context: Path, *options: str) -> None:
    plain = ("bud", "--quiet", "--isolation=chroot", "--network=host", "--pull-never")
    subprocess.run([*buildah, *plain, *options, str(context)], check=True)


def _said(program: list[str], *words: str) -> str:
    done = subprocess.run([*program, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()
