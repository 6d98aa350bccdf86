"""PyAV as most people use it: every frame goes through libx264.

    python pyav_frames.py ALBUM OUT PRESET

Prints the seconds from the first still to the finished file as JSON; imports are not counted.
"""

from __future__ import annotations

import json
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer

RATE = 48_000
CHUNK = 1024


def write_video(album: dict[str, Any], folder: Path, out: Path, preset: str) -> None:
    """Encode each still of ``album`` as often as it is shown, and a silent track."""
    size = (album["height_px"], album["width_px"], 4)
    with av.open(str(out), "w", options={"movflags": "+faststart"}) as file:
        video = file.add_stream("libx264", rate=album["fps"], options={"preset": preset})
        video.width, video.height, video.pix_fmt = album["width_px"], album["height_px"], "yuv420p"
        audio = file.add_stream("aac", rate=RATE, layout="stereo")
        number = 0
        for still in album["stills"]:
            pixels = np.fromfile(folder / still["rgba"], np.uint8).reshape(size)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgba").reformat(format="yuv420p")
            for _ in range(still["frames"]):
                frame.pts, frame.time_base = number, Fraction(1, album["fps"])
                file.mux(video.encode(frame))
                number += 1
        file.mux(video.encode(None))
        _write_silence(file, audio, round(number * RATE / album["fps"]))


def _write_silence(file: OutputContainer, audio: AudioStream, samples: int) -> None:
    silence = av.AudioFrame.from_ndarray(
        np.zeros((2, CHUNK), np.float32), format="fltp", layout="stereo"
    )
    silence.sample_rate = RATE
    for start in range(0, samples, CHUNK):
        silence.pts, silence.time_base = start, Fraction(1, RATE)
        file.mux(audio.encode(silence))
    file.mux(audio.encode(None))


def main() -> None:
    """Write the video and tell how long that took."""
    album, out, preset = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    told = json.loads(album.read_text())
    begin_s = time.perf_counter()
    write_video(told, album.parent, out, preset)
    print(json.dumps({"work_s": time.perf_counter() - begin_s}))


if __name__ == "__main__":
    main()
