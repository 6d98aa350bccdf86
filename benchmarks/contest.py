"""Peers that make the same video from the same stills: MoviePy, PyAV frame by frame, FFmpeg."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import av

from benchmarks.album import Album
from benchmarks.errand import run_errand
from benchmarks.figures import Run

PRESET = "ultrafast"
ROOT = Path(__file__).resolve().parent.parent
MOVIEPY_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
RATE = 48_000


@dataclass(frozen=True, slots=True)
class Peer:
    """A command that writes ``video`` of ``frames`` frames."""

    name: str
    command: Sequence[str]
    video: Path
    frames: int

    def render(self, *, watched: bool = False) -> Run:
        """Run the command to its end. Scripts tell their own time, so that imports do not count."""
        self.video.unlink(missing_ok=True)
        run, told = run_errand(self.command, self.video.parent, watched=watched)
        self._check()
        wall_s = json.loads(told)["work_s"] if told else run.wall_s
        return replace(run, wall_s=wall_s, video_bytes=self.video.stat().st_size)

    def _check(self) -> None:
        """See to it that the peer did the work: all frames, and a sound track beside them."""
        with av.open(str(self.video)) as file:
            frames = sum(1 for packet in file.demux(video=0) if packet.pts is not None)
            assert abs(frames - self.frames) <= 1, f"{self.name} wrote {frames} frames"
            assert file.streams.audio, f"{self.name} wrote no sound"


def gather_peers(album: Album) -> tuple[list[Peer], dict[str, str]]:
    """Return the peers that this machine has, and why the others are missing."""
    peers, missing = [_scripted("pyav", Path(sys.executable), "pyav_frames", album)], {}
    if MOVIEPY_PYTHON.exists():
        peers.append(_scripted("moviepy", MOVIEPY_PYTHON, "moviepy_clips", album))
    else:
        missing["moviepy"] = "there is no .venv-bench: make bench BENCH=render sets it up"
    if ffmpeg := shutil.which("ffmpeg"):
        peers.append(_ffmpeg(ffmpeg, album))
    else:
        missing["ffmpeg"] = "there is no ffmpeg on the PATH"
    return peers, missing


def _scripted(name: str, python: Path, script: str, album: Album) -> Peer:
    video = album.path.with_name(f"{name}.mp4")
    file = ROOT / "benchmarks" / "peers" / f"{script}.py"
    command = (str(python), str(file), str(album.path), str(video), PRESET)
    return Peer(name, command, video, album.frames)


def _ffmpeg(program: str, album: Album) -> Peer:
    fps = int(album.profile.fps)
    listed = album.path.with_name("stills.ffconcat")
    entries = [
        f"file still-{number}.png\nduration {still.frames / fps:.6f}\n"
        for number, still in enumerate(album.stills)
    ]
    # The last entry's duration counts only if something follows it.
    listed.write_text("".join(["ffconcat version 1.0\n", *entries, entries[-1]]))
    video = album.path.with_name("ffmpeg.mp4")
    command = [program, "-v", "error", "-nostdin", "-f", "concat", "-i", str(listed)]
    command += ["-f", "lavfi", "-i", f"anullsrc=r={RATE}:cl=stereo"]
    command += ["-vf", f"fps={fps},format=yuv420p", "-c:v", "libx264", "-preset", PRESET]
    command += ["-frames:v", str(album.frames), "-c:a", "aac", "-t", f"{album.frames / fps:.6f}"]
    command += ["-movflags", "+faststart", str(video)]
    return Peer("ffmpeg", command, video, album.frames)


def versions() -> dict[str, str | None]:
    """Return the versions of the peers that are there."""
    ffmpeg = shutil.which("ffmpeg")
    asked = "import importlib.metadata as m; print(m.version('moviepy'))"
    return {
        "av": av.__version__,
        "moviepy": _told([str(MOVIEPY_PYTHON), "-c", asked]) if MOVIEPY_PYTHON.exists() else None,
        "ffmpeg": _told([ffmpeg, "-version"]) if ffmpeg else None,
    }


def _told(command: Sequence[str]) -> str:
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    return (
        shown.stdout.partition("\n")[0].partition(" Copyright")[0].removeprefix("ffmpeg version ")
    )
