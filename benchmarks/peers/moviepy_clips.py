"""MoviePy as its documentation has it: image clips in a row, a silent track, one written file.

    python moviepy_clips.py ALBUM OUT PRESET

Runs in an environment of its own. Prints the seconds from the first still to the finished file as
JSON; imports are not counted.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from moviepy import AudioClip, ImageClip, concatenate_videoclips

RATE = 48_000


def write_video(album: dict[str, Any], folder: Path, out: Path, preset: str) -> None:
    """Show each still of ``album`` for its time, and be silent."""
    clips = [
        ImageClip(str(folder / still["png"])).with_duration(still["frames"] / album["fps"])
        for still in album["stills"]
    ]
    film = concatenate_videoclips(clips)
    silence = AudioClip(
        lambda moments: np.zeros((*np.shape(moments), 2)), duration=film.duration, fps=RATE
    )
    film.with_audio(silence).write_videofile(
        str(out),
        fps=album["fps"],
        codec="libx264",
        preset=preset,
        audio_codec="aac",
        temp_audiofile_path=str(out.parent),
        ffmpeg_params=["-movflags", "+faststart", "-pix_fmt", "yuv420p"],
        logger=None,
    )


def main() -> None:
    """Write the video and tell how long that took."""
    album, out, preset = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    told = json.loads(album.read_text())
    begin_s = time.perf_counter()
    write_video(told, album.parent, out, preset)
    print(json.dumps({"work_s": time.perf_counter() - begin_s}))


if __name__ == "__main__":
    main()
