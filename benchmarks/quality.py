"""What a picture is worth in bytes: ours against x264 `medium`, on the same painted stills.

Ours holds a constant quantiser, `medium` aims at a crf, so the numbers of the two cannot be set
equal. Two comparisons are fair: our size against that of the largest crf whose pictures are at
least as like the painted ones as ours, and our size and likeness beside those of crf 18 and 23.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from benchmarks.album import Album
from benchmarks.likeness import Luma, likeness, painted_luma
from preview_worker.render.encode.colour import Converter
from preview_worker.render.model import Still

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

USUAL_CRFS = (18, 23)
SHORT_FRAMES = 48
"""How long a still is held while the equal crf is sought: longer than x264 looks ahead (40)."""
BEST_CRF, WORST_CRF = 12, 36
"""Between which the equal crf is sought."""
MEANING = (
    "SSIM of decoded luma against painted luma, the middle frame of every still; mean and least. "
    "x264_at_our_ssim is preset medium at the largest crf whose mean is at least ours (sought on "
    f"stills held for {SHORT_FRAMES} frames; then encoded in full). Bytes are those of the video "
    "packets. Ours has a constant quantiser and x264 a rate factor, so 'the same crf' means this "
    "equal likeness; size_ratio is our bytes through theirs. unencoded is the painted picture as "
    "eight-bit YCbCr that no codec has touched: where every encoder begins."
)

Figures = dict[str, Any]


def compare_quality(album: Album, ours: Path, folder: Path) -> Figures:
    """Compare our finished preview of ``album`` with encodings of it by x264 `medium`."""
    told = _judge(album.stills, album, ours)
    crf = _equal_crf(album, told["ssim_mean"], folder)
    encodings = {
        f"crf_{usual}": _encoded(album.stills, album, folder, usual) for usual in USUAL_CRFS
    }
    if crf is not None:
        encodings["at_our_ssim"] = _encoded(album.stills, album, folder, crf)
    for figures in encodings.values():
        figures["size_ratio"] = round(told["video_bytes"] / figures["video_bytes"], 3)
    converter = Converter(album.profile)
    converted = (_luma(converter.convert(still.rgba)) for still in album.stills)
    return {
        "meaning": MEANING,
        "unencoded": _alike(album.stills, album, converted),
        "ours": told,
        "x264_medium": encodings,
    }


def _equal_crf(album: Album, wanted: float, folder: Path) -> int | None:
    """Return the largest crf that is as good as ``wanted``; None when even the best is not."""
    short, start = [], 0
    for still in album.stills:
        short.append(replace(still, start_frame=start, frames=SHORT_FRAMES))
        start += SHORT_FRAMES
    good, bad = BEST_CRF - 1, WORST_CRF
    while bad - good > 1:
        middle = (good + bad) // 2
        if _encoded(short, album, folder, middle)["ssim_mean"] >= wanted:
            good = middle
        else:
            bad = middle
    return good if good >= BEST_CRF else None


def _encoded(stills: Sequence[Still], album: Album, folder: Path, crf: int) -> Figures:
    video = folder / f"crf-{crf}.mp4"
    profile = album.profile
    converter = Converter(profile)
    options = {"preset": "medium", "crf": str(crf)}
    with av.open(str(video), "w", options={"movflags": "+faststart"}) as file:
        stream = file.add_stream("libx264", rate=profile.fps, options=options)
        stream.width, stream.height = profile.width_px, profile.height_px
        stream.pix_fmt = "yuv420p"
        for still in stills:
            frame = converter.convert(still.rgba)
            frame.time_base = 1 / profile.fps
            for number in range(still.start_frame, still.end_frame):
                frame.pts = number
                file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return {"crf": crf, **_judge(stills, album, video)}


def _judge(stills: Sequence[Still], album: Album, video: Path) -> Figures:
    return {**_alike(stills, album, _middles(video, stills)), "video_bytes": _video_bytes(video)}


def _alike(stills: Sequence[Still], album: Album, shown: Iterable[Luma]) -> Figures:
    painted = (painted_luma(still.rgba, album.profile.width_px) for still in stills)
    found = [likeness(one, other) for one, other in zip(painted, shown, strict=True)]
    return {"ssim_mean": round(statistics.mean(found), 6), "ssim_least": round(min(found), 6)}


def _video_bytes(video: Path) -> int:
    with av.open(str(video)) as file:
        return sum(packet.size for packet in file.demux(video=0))


def _middles(video: Path, stills: Sequence[Still]) -> Iterator[Luma]:
    """Decode ``video`` and yield the luma of each still's middle frame."""
    wanted = {(still.start_frame + still.end_frame) // 2 for still in stills}
    with av.open(str(video)) as file:
        for number, frame in enumerate(file.decode(video=0)):
            if number in wanted:
                yield _luma(frame)


def _luma(frame: VideoFrame) -> Luma:
    luma: Luma = frame.to_ndarray()[: frame.height].astype(np.float64)
    return luma
