"""AudioSocket byte by byte, in the pieces that TCP makes of it."""

from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.voice.media.audiosocket import CALL, HANG_UP, KEY, SOUND, Frame, Frames, call_of, frame

RECORDED = bytes.fromhex("010010" "2d4057bcbd4a4752bdcfc166996a0b60" "100004" "01000200" "030001" "35" "000000")
"""As Asterisk 22 has sent it, with a shorter frame of sound."""
CALLED = UUID("2d4057bc-bd4a-4752-bdcf-c166996a0b60")


@given(st.lists(st.integers(0, len(RECORDED)), max_size=5))
def test_frames_are_the_same_in_any_pieces(cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(RECORDED)]
    frames = Frames()
    found = [each for start, end in pairwise(ends) for each in frames.take(RECORDED[start:end])]
    assert found == [Frame(CALL, CALLED.bytes), Frame(SOUND, b"\1\0\2\0"), Frame(KEY, b"5"), Frame(HANG_UP)]
    assert b"".join(frame(each.kind, each.content) for each in found) == RECORDED


def test_the_first_frame_names_the_call() -> None:
    assert call_of(Frame(CALL, CALLED.bytes)) == str(CALLED)
    for wrong in (Frame(SOUND, CALLED.bytes), Frame(CALL, b"short")):
        with pytest.raises(ValueError, match=r"."):
            call_of(wrong)
