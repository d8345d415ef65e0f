"""Levels know of each other over the line: an article goes down and is told there, and how a floor stands goes up (KB-06, MC-01)."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from tests.channels.line import Line
from tests.deployments import two
from tests.house import Clerk
from tests.peers.nats import Federation, federation
from tests.rig import eventually

PASS = {"title": "Пропуск на въезд", "text": "Пропуск выдают за пять дней.", "questions": ["как получить пропуск на въезд"], "topic": "booking",
        "body": "Закон области", "valid_from": "2026-01-01"}


async def known(clerk: Clerk, id_: str) -> dict[str, Any] | None:
    return next((each for each in await clerk.does("GET", "/api/articles") if each["id"] == id_), None)


@pytest.mark.parametrize("over", ["memory", "nats"])
async def test_an_article_of_the_region_is_told_in_the_city(tmp_path: Path, over: str) -> None:
    # KB-06, LV-05
    with federation() if over == "nats" else nullcontext() as servers:
        await told_and_withdrawn(tmp_path, servers)


async def told_and_withdrawn(folder: Path, servers: Federation | None) -> None:
    async with two(folder, servers) as centres:
        region, city = await centres.region.admin(), await centres.city.admin()
        line = await city.live()
        await region.does("PUT", "/api/articles/ours", PASS | {"title": "Только наше", "own": True})
        await region.does("PUT", "/api/articles/pass", PASS)

        async def there() -> bool:
            return await known(city, "001.pass") is not None
        await eventually(there)
        await line.hear("lists", names=["audit", "handbook"])
        assert await known(city, "001.ours") is None
        article = await known(city, "001.pass")
        assert article is not None
        assert (article["text"], article["centre"], article["told"], article["outdated"]) == (
            PASS["text"], "Центр телефонного обслуживания области", True, [])
        citizen = await centres.city.citizen()
        await citizen.tell("как получить пропуск на въезд")
        await citizen.line.hear("message", text=PASS["text"])
        await refused(city)
        await region.does("DELETE", "/api/articles/pass")

        async def gone() -> bool:
            return await known(city, "001.pass") is None
        await eventually(gone)


async def refused(city: Clerk) -> None:
    """Nobody changes it there; one's own stands before it."""
    for method, body in (("PUT", PASS), ("DELETE", None)):
        assert (await city.call(method, "/api/articles/001.pass", body))[1]["error"] == "from_above"
    card = await city.does("GET", "/api/handbook/article/001.pass")
    assert (card["stage"], card["editions"][0]["written_by"]) == ("in_force", "")
    await city.does("PUT", "/api/articles/pass", PASS | {"text": "В городе пропуск выдаёт МФЦ."})
    article = await known(city, "001.pass")
    assert article is not None
    assert not article["told"]
    await city.does("DELETE", "/api/articles/pass")


@pytest.mark.parametrize("over", ["memory", "nats"])
async def test_the_region_sees_who_is_free_in_the_city(tmp_path: Path, over: str) -> None:
    # MC-01, LV-05
    with federation() if over == "nats" else nullcontext() as servers:
        async with two(tmp_path, servers) as centres:
            boss = await centres.region.admin()
            colleague = await centres.city.clerk(await centres.city.admin(), queues=("line",))
            wall = await (await centres.region.clerk(boss, "wall", ("line",))).live()
            await wall.socket.send_json({"type": "floor", "on": True})
            first = await wall.hear("floor", whole=True)
            assert [(each["centre"], each["title"]) for each in first["linked"]] == [("077", "Центр телефонного обслуживания города")]
            await colleague.does("PUT", "/api/presence", {"presence": "ready"})
            row = await linked(wall, free=1)
            assert (row["present"], row["waiting"], row["old"]) == (1, 0, False)
            city = await (await centres.city.admin()).live()
            await city.socket.send_json({"type": "floor", "on": True})
            assert (await city.hear("floor", whole=True))["linked"] == []  # those below are told nothing of those above


async def linked(line: Line, **wanted: object) -> dict[str, Any]:
    """The next that is told of the other centre, and is so."""
    while True:
        frame = await line.hear("floor")
        for row in frame["linked"] or ():
            if wanted.items() <= row.items():
                return dict(row)
