"""What every link to other centres does: each parcel arrives once, in the order of its sender, as soon as the line is there."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Protocol

import pytest

from hub.federation.envelope import Envelope
from hub.federation.ports import Link
from hub.kernel.errors import LinkError
from tests.channels.line import PATIENCE_S
from tests.link.data import Keeper, insist, parcel
from tests.rig import eventually

FEDERAL, REGIONAL, MUNICIPAL = CENTRES = "001", "077", "501"


class Lines(Protocol):
    """The lines between three centres, as a test has them in its hand."""

    def link(self, centre: str) -> Link: ...

    async def cut(self) -> None:
        """Between the federal and the regional centre."""

    async def mend(self) -> None: ...


class LinkContract:
    @pytest.fixture
    async def lines(self) -> AsyncGenerator[Lines, None]:
        raise NotImplementedError
        yield

    async def test_a_parcel_arrives_as_it_was_sent(self, lines: Lines) -> None:
        # RT-08, LV-05
        here, there = lines.link(FEDERAL), lines.link(REGIONAL)
        assert set(here.centres) == {REGIONAL, MUNICIPAL}
        sent = parcel(FEDERAL, REGIONAL)
        await insist(here, sent)
        async with asyncio.timeout(PATIENCE_S), aclosing(there.receive()) as parcels:
            assert await anext(parcels) == sent
        for link in (here, there):
            await link.close()

    async def test_each_level_reaches_each_other_in_order(self, lines: Lines) -> None:
        # LV-05
        links = {centre: lines.link(centre) for centre in CENTRES}
        keepers = {centre: Keeper(link) for centre, link in links.items()}
        await asyncio.gather(*(insist(links[a], parcel(a, b, n)) for n in range(60) for a in CENTRES for b in CENTRES if a != b))
        for to, keeper in keepers.items():
            await keeper.count(120)
            for source in set(CENTRES) - {to}:
                assert keeper.ids(source) == [parcel(source, to, n).id for n in range(60)]
        for centre in CENTRES:
            await keepers[centre].stop()
            await links[centre].close()

    async def test_the_same_one_twice_is_one(self, lines: Lines) -> None:
        # RT-08
        here, there = lines.link(MUNICIPAL), lines.link(REGIONAL)
        keeper = Keeper(there)
        for n in (1, 1, 2, 1):
            await insist(here, parcel(MUNICIPAL, REGIONAL, n))
        await keeper.count(2)
        await insist(here, parcel(MUNICIPAL, REGIONAL, 1))
        await insist(here, parcel(MUNICIPAL, REGIONAL, 3))
        await keeper.count(3)
        assert keeper.ids(MUNICIPAL) == [parcel(MUNICIPAL, REGIONAL, n).id for n in (1, 2, 3)]
        await keeper.stop()
        for link in (here, there):
            await link.close()

    async def test_being_asked_for_the_next_means_that_the_last_is_stored(self, lines: Lines) -> None:
        # RT-08
        here, there = lines.link(REGIONAL), lines.link(MUNICIPAL)
        for n in (1, 2, 3):
            await insist(here, parcel(REGIONAL, MUNICIPAL, n))
        async with asyncio.timeout(PATIENCE_S):
            async with aclosing(there.receive()) as parcels:
                assert (await anext(parcels)).id == parcel(REGIONAL, MUNICIPAL, 1).id
                assert (await anext(parcels)).id == parcel(REGIONAL, MUNICIPAL, 2).id
            await there.close()
            there = lines.link(MUNICIPAL)
            async with aclosing(there.receive()) as parcels:
                assert (await anext(parcels)).id == parcel(REGIONAL, MUNICIPAL, 2).id
                assert (await anext(parcels)).id == parcel(REGIONAL, MUNICIPAL, 3).id
        for link in (here, there):
            await link.close()

    async def test_a_line_is_cut_under_traffic_in_both_directions(self, lines: Lines) -> None:
        # RT-10, LV-05
        here, there = lines.link(FEDERAL), lines.link(REGIONAL)
        keepers = {FEDERAL: Keeper(here), REGIONAL: Keeper(there)}

        async def talk(link: Link, source: str, to: str) -> None:
            for n in range(240):
                await insist(link, parcel(source, to, n))

        async def harm() -> None:
            for enough in (5, 60):
                await keepers[REGIONAL].count(enough)
                await lines.cut()
                await insist(here, parcel(FEDERAL, REGIONAL, 1000 + enough))
                await lines.mend()

        await asyncio.gather(talk(here, FEDERAL, REGIONAL), talk(there, REGIONAL, FEDERAL), harm())
        for to, source in ((REGIONAL, FEDERAL), (FEDERAL, REGIONAL)):
            await keepers[to].count(242 if to == REGIONAL else 240)
            ids = keepers[to].ids(source)
            assert [each for each in ids if "-01" not in each] == [parcel(source, to, n).id for n in range(240)]
            assert len(set(ids)) == len(ids)
            await keepers[to].stop()
        for link in (here, there):
            await link.close()

    async def test_one_that_is_away_holds_up_no_other_and_has_all_when_it_is_back(self, lines: Lines) -> None:
        # LV-05
        here, there = lines.link(REGIONAL), lines.link(MUNICIPAL)
        keeper = Keeper(there)
        await lines.cut()
        for n in range(20):
            await insist(here, parcel(REGIONAL, FEDERAL, n))
            await insist(here, parcel(REGIONAL, MUNICIPAL, n))
        await keeper.count(20)
        await lines.mend()
        late = lines.link(FEDERAL)
        later = Keeper(late)
        await later.count(20)
        assert later.ids(REGIONAL) == [parcel(REGIONAL, FEDERAL, n).id for n in range(20)]
        for each in (keeper, later):
            await each.stop()
        for link in (here, there, late):
            await link.close()

    async def test_it_is_known_who_has_been_heard_of(self, lines: Lines) -> None:
        # RT-10
        here, there = lines.link(FEDERAL), lines.link(REGIONAL)
        assert not here.up(MUNICIPAL)
        await until(lambda: here.up(REGIONAL) and there.up(FEDERAL))
        await lines.cut()
        await until(lambda: not here.up(REGIONAL) and not there.up(FEDERAL))
        await lines.mend()
        await until(lambda: here.up(REGIONAL))
        await there.close()
        await until(lambda: not here.up(REGIONAL))
        await here.close()

    async def test_what_is_told_of_this_moment_comes_at_once_or_never(self, lines: Lines) -> None:
        # MC-01: nothing of it waits for a line that is down
        here, there = lines.link(FEDERAL), lines.link(REGIONAL)
        heard: list[Envelope] = []
        here.on_told.subscribe(heard.append)
        number = 0

        async def comes() -> bool:
            nonlocal number
            number += 1
            await there.tell(parcel(REGIONAL, FEDERAL, number))
            return bool(heard)
        await eventually(comes)
        assert heard[0] in {parcel(REGIONAL, FEDERAL, n) for n in range(number + 1)}
        await lines.cut()
        await until(lambda: not there.up(FEDERAL))
        lost = range(number + 1, number + 100)
        for n in lost:
            await there.tell(parcel(REGIONAL, FEDERAL, n))
        await lines.mend()
        heard.clear()
        number = lost.stop
        await eventually(comes)
        assert {each.id for each in heard}.isdisjoint({parcel(REGIONAL, FEDERAL, n).id for n in lost})
        with pytest.raises(LinkError):
            await here.tell(parcel(FEDERAL, "099"))
        for link in (here, there):
            await link.close()

    async def test_there_is_no_line_to_whom_nobody_has_named(self, lines: Lines) -> None:
        # RT-08
        here = lines.link(FEDERAL)
        with pytest.raises(LinkError):
            await here.send(parcel(FEDERAL, "099"))
        await here.close()
        with pytest.raises(LinkError):
            await here.send(parcel(FEDERAL, REGIONAL))


async def until(so: Callable[[], bool]) -> None:
    """Wait for what only time brings."""
    async with asyncio.timeout(PATIENCE_S):
        while not so():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)
