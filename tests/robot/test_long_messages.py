"""A message of 8,000 senseless signs stops nobody: what is read of it for its meaning is bounded, and read outside the event loop (SE-02)."""

import random
import sys
from collections.abc import Iterator
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.attacks import LONGEST, senseless
from bots.gist import gist
from bots.understanding.vectors import vectors
from okno.adapters.dialogue_engine import LocalDialogueEngine
from tests.robot.test_robot_talks import FEE, Talk, engine

__all__ = ["engine"]
CALLS = 100_000
"""Calls in the loop's thread: some 25 ms."""


@pytest.fixture
def calls() -> Iterator[list[int]]:
    count = [0]

    def counted(_: FrameType, event: str, __: object) -> None:
        count[0] += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        yield count
    finally:
        sys.setprofile(before)


async def test_the_loop_computes_little_for_a_long_message(engine: LocalDialogueEngine, calls: list[int]) -> None:
    # SE-02
    await Talk(engine).texts(FEE)
    for seed in range(5):
        before = calls[0]
        await Talk(engine).texts(senseless(random.Random(seed), LONGEST))
        assert calls[0] - before < CALLS


async def test_what_a_long_message_asks_at_its_end_is_answered(engine: LocalDialogueEngine) -> None:
    # CH-12
    story = "Мы переехали сюда весной, дети ходят в школу, работы пока нет, живём у родственников. " * 60
    assert "6 000 рублей" in (await Talk(engine).texts(f"{story}Подскажите, {FEE}?"))[0]


async def test_danger_is_heard_in_the_middle(engine: LocalDialogueEngine) -> None:
    # CH-11
    story = "Мы переехали сюда весной, дети ходят в школу, работы пока нет. " * 40
    ended = await Talk(engine).say(f"{story}Я не хочу жить. {story}")
    assert ended.gives_up is not None
    assert ended.gives_up.why == "emergency"


@given(st.text(st.sampled_from("абв г.\n")), st.integers(2, 40))
def test_the_gist_is_the_beginning_and_the_end(text: str, longest: int) -> None:
    # CH-12
    read = gist(text, longest)
    if len(text) <= longest:
        assert read == text
    else:
        first, _, last = read.partition("\n") if "\n" not in text else (text[:0], "", text[:0])
        assert len(read) <= longest + 1
        assert text.startswith(first)
        assert text.endswith(last)


def test_vectors_read_a_bounded_text() -> None:
    # SE-02
    if (known := vectors()) is None:
        pytest.skip("no vectors on this machine")
    long = "как получить загранпаспорт " * 300
    assert (known.of(long) == known.of(gist(long, 400))).all()
