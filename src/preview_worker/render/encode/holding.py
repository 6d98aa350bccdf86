"""Held pictures that need no encoder: packets that repeat what was shown before, exactly.

H.264: a P picture in which every macroblock is skipped is one slice of about ten bytes. VP9 can
show a stored picture again with a frame of one byte. Decoders show both without a warning, frame
for frame, so the video keeps its constant frame rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from preview_worker.render.encode.bits import (
    BitReader,
    BitWriter,
    framed,
    split_units,
    unframed,
)

UNIT_TYPE = 0x1F
SPS, PPS = 7, 8
_KEY_SLICE = 5
_SLICE_HEADER = 0x61
"""nal_ref_idc 3, type 1: a slice of a picture that later ones may refer to."""
_P_ONLY = 5
"""slice_type: this slice, and all others of the picture, are P."""
_BASELINE = 66
_POC_IN_ORDER = 2
_VP9_SHOW_FIRST = b"\x88"
"""frame_marker 2, profile 0, show_existing_frame 1, slot 0, which a key frame has filled."""


class Holder(Protocol):
    """Somebody who can repeat the picture that was shown last."""

    def hold(self, distance: int) -> bytes:
        """Return the packet that is ``distance`` (1 or more) pictures after the key frame."""

    def told_apart(self, key: bytes, before: bytes) -> bytes:
        """Return the key frame ``key`` as it may stand right behind the key frame ``before``."""


class ShownAgain:
    """Holds VP9 pictures: every picture goes into the first slot as it is shown."""

    def hold(self, distance: int) -> bytes:
        """Return the same byte at every distance."""
        del distance
        return _VP9_SHOW_FIRST

    def told_apart(self, key: bytes, before: bytes) -> bytes:
        """Return ``key`` itself: VP9 has no number for key frames."""
        del before
        return key


@dataclass(frozen=True, slots=True)
class SkippedPictures:
    """Holds H.264 pictures, in the words of one stream's own parameter sets."""

    frame_num_bits: int
    macroblocks: int
    deblocking_told: bool

    @classmethod
    def of(cls, headers: bytes) -> SkippedPictures:
        """Read the parameter sets; raise ``ValueError`` if the stream cannot be held this way."""
        units = {unit[0] & UNIT_TYPE: unit for unit in split_units(headers)}
        frame_num_bits, macroblocks = _read_sequence(BitReader(units[SPS]))
        return cls(frame_num_bits, macroblocks, _read_picture(BitReader(units[PPS])))

    def hold(self, distance: int) -> bytes:
        """Return one access unit: a slice header of 7.3.3, and a run over all macroblocks."""
        writer = BitWriter()
        writer.exp_golomb(0)  # first_mb_in_slice
        writer.exp_golomb(_P_ONLY)
        writer.exp_golomb(0)  # pic_parameter_set_id
        writer.bits(distance % (1 << self.frame_num_bits), self.frame_num_bits)
        writer.bits(0, 1)  # num_ref_idx_active_override_flag
        writer.bits(0, 1)  # ref_pic_list_modification_flag_l0
        writer.bits(0, 1)  # adaptive_ref_pic_marking_mode_flag
        writer.exp_golomb(0)  # slice_qp_delta: se(v) writes 0 as ue(v) does
        if self.deblocking_told:
            writer.exp_golomb(1)  # disable_deblocking_filter_idc
        writer.exp_golomb(self.macroblocks)  # mb_skip_run
        return framed([writer.unit(_SLICE_HEADER)])

    def told_apart(self, key: bytes, before: bytes) -> bytes:
        """Return ``key`` with another idr_pic_id than ``before``: in a row they differ (7.4.3)."""
        if self._numbers(key).isdisjoint(self._numbers(before)):
            return key
        return framed([self._renumbered(u) if _is_key(u) else u for u in unframed(key)])

    def _numbers(self, key: bytes) -> set[int]:
        """Return the idr_pic_id of every slice of a key frame, which all should be one."""
        return {self._number(BitReader(unit)) for unit in unframed(key) if _is_key(unit)}

    def _number(self, reader: BitReader) -> int:
        for _ in range(3):  # first_mb_in_slice, slice_type, pic_parameter_set_id
            reader.exp_golomb()
        reader.bits(self.frame_num_bits)
        return reader.exp_golomb()

    def _renumbered(self, unit: bytes) -> bytes:
        reader, writer = BitReader(unit), BitWriter()
        for _ in range(3):  # first_mb_in_slice, slice_type, pic_parameter_set_id
            writer.exp_golomb(reader.exp_golomb())
        writer.bits(reader.bits(self.frame_num_bits), self.frame_num_bits)
        writer.exp_golomb(reader.exp_golomb() ^ 1)
        writer.copy(reader.rest())
        return writer.unit(unit[0])


def _is_key(unit: bytes) -> bool:
    return unit[0] & UNIT_TYPE == _KEY_SLICE


def _read_sequence(reader: BitReader) -> tuple[int, int]:
    """Return the bits of frame_num and the macroblocks of a picture (7.3.2.1.1)."""
    profile = reader.bits(8)
    reader.bits(16)
    reader.exp_golomb()  # seq_parameter_set_id
    frame_num_bits = reader.exp_golomb() + 4
    order_type = reader.exp_golomb()
    if profile != _BASELINE or order_type != _POC_IN_ORDER:
        message = f"profile {profile} with picture order {order_type} cannot be held"
        raise ValueError(message)
    reader.exp_golomb()  # max_num_ref_frames
    reader.bits(1)
    width, height = reader.exp_golomb() + 1, reader.exp_golomb() + 1
    if not reader.bits(1):  # frame_mbs_only_flag
        message = "an interlaced stream cannot be held"
        raise ValueError(message)
    return frame_num_bits, width * height


def _read_picture(reader: BitReader) -> bool:
    """Return deblocking_filter_control_present_flag (7.3.2.2)."""
    reader.exp_golomb()
    reader.exp_golomb()
    if reader.bits(1):  # entropy_coding_mode_flag
        message = "a CABAC stream cannot be held"
        raise ValueError(message)
    reader.bits(1)
    if reader.exp_golomb():  # num_slice_groups_minus1
        message = "a stream with slice groups cannot be held"
        raise ValueError(message)
    reader.exp_golomb()  # num_ref_idx_l0_default_active_minus1
    reader.exp_golomb()
    if reader.bits(1):  # weighted_pred_flag
        message = "a stream with weighted prediction cannot be held"
        raise ValueError(message)
    reader.bits(2)
    for _ in range(3):  # initial QPs and the chroma offset: their signs do not matter here
        reader.exp_golomb()
    return bool(reader.bits(1))
