"""Files of 5 MB both ways over real servers, beside talk that does not wait for them (0091)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bots.russian import Russian
from hub.link.nats import NatsLink
from storage.files import FileStore
from tests.federation.test_file_receiver import answers, content, is_known, nothing_comes, sends
from tests.federation.test_handover_sender import Two, says
from tests.peers.nats import Federation, federation
from tests.rig import Clock, Rig, eventually

pytestmark = pytest.mark.peers


@pytest.fixture(scope="module")
def servers() -> Iterator[Federation]:
    with federation() as running:
        yield running


@pytest.mark.smoke
async def test_both_ways_with_talk_in_between(servers: Federation, clock: Clock, russian: Russian, tmp_path: Path) -> None:
    # RT-08, CH-08, LV-05
    two = Two(clock, russian)
    links = [NatsLink(code, servers.settings(code)) for code in ("001", "077")]
    two.here, two.there = [Rig(store, clock, link=link, code=code, files=FileStore(tmp_path / code), again_s=5.0)
                           for store, link, code in zip(two.stores, links, ("001", "077"), strict=True)]
    await two.start()
    await eventually(lambda: _up(links))
    conversation = await two.away()
    number = await two.held_there()
    scan, paper = content(5 << 20), content(5 << 20, 2)
    file = await sends(two.here, scan)
    answer = await answers(two.there, number, paper)
    await two.here.say("А это вопрос", "while")
    await says(two.there, number, "А это вопрос")
    await asyncio.gather(is_known(two.there, number, file), is_known(two.here, conversation, answer))
    assert await two.there.files.get(file) == scan
    assert await two.here.files.get(answer) == paper
    for rig, folder in ((two.here, "001"), (two.there, "077")):
        await nothing_comes(rig)
        assert len([path for path in (tmp_path / folder).rglob("*") if path.is_file()]) == 2
    await two.stop()
    for link in links:
        await link.close()


async def _up(links: list[NatsLink]) -> bool:
    return links[0].up("077") and links[1].up("001")
