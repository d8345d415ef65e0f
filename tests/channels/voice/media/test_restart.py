"""A real `okno run` is killed while its robot speaks or listens by the media process: the caller is there when it is back (CH-06, CH-14)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.channels.voice.test_faults import Place, placed
from tests.channels.voice.test_speech import LISTENING
from tests.peers.asterisk import Asterisk
from tests.peers.pjsua import calling, loud
from tests.rig import eventually

pytestmark = pytest.mark.peers

NUMBER = "79160000081"


@pytest.fixture
async def place(quiet: Asterisk, model: str, tmp_path: Path) -> AsyncIterator[Place]:
    async with placed(quiet, tmp_path, f'speech = {{{{ model = "{model}" }}}}\n{LISTENING}') as there:
        yield there


async def test_a_caller_outlives_the_hub_that_speaks_to_them(place: Place, tmp_path: Path) -> None:
    async with calling(place.exchange.sip, tmp_path / "telephone", NUMBER) as telephone:
        await telephone.becomes("CONFIRMED")

        async def greeted() -> bool:
            return "AudioSocket" in await asyncio.to_thread(place.exchange.cli, "core show channels concise") and bool(loud(telephone.heard).any())
        await eventually(greeted)
        await asyncio.to_thread(place.house.kill)
        await place.again()
        await place.presses_zero(NUMBER)
        await place.becomes(NUMBER, "queue")
        assert [entry["why"] for entry in await place.entries(NUMBER, "handed_over")] == ["opened", "asked"]
