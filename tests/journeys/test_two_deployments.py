"""A region and a city, each with a hub, a store and people of its own: a conversation goes there and comes back over the line between them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.resources import files
from pathlib import Path

from hub.link.loopback import Loopback
from okno.app import running
from okno.config import load
from tests.house import Citizen, Clerk, House, People, people
from tests.hub.rig import eventually

CONFIG = """
registry = "centres.toml"
centre = {{ code = "{code}", level = "{level}" }}
store = {{ kind = "memory" }}
queues = [{{ id = "line", title = "{title}" }}]
topics = [{{ id = "booking", title = "Запись", kind = "personalised" }}, {{ id = "other", title = "Другое" }}]
routing = {{ queue = "line" }}
"""
REGION, CITY = ("001", "regional", "Область"), ("077", "municipal", "Город")


class Centres:
    """Both, as people see them."""

    def __init__(self, lines: Loopback, region: People, city: People) -> None:
        self.lines, self.region, self.city = lines, region, city


@asynccontextmanager
async def two(folder: Path) -> AsyncIterator[Centres]:
    lines = Loopback(("001", "077"))
    async with AsyncExitStack() as stack:
        present = []
        for code, level, title in (REGION, CITY):
            place = folder / code
            place.mkdir()
            (place / "centres.toml").write_text((files("okno.demo") / "registry.toml").read_text(encoding="utf8"), encoding="utf8")
            (place / "okno.toml").write_text(CONFIG.format(code=code, level=level, title=title), encoding="utf8")
            config = load(place / "okno.toml", {"OKNO_LISTEN": "127.0.0.1:0", "OKNO_DATA": str(place / "data"), "OKNO_LIMITS": "off"})
            hub = await stack.enter_async_context(running(config, link=lines.link(code)))
            house = House(place)
            house.base, house.password = hub.address, hub.password
            present.append(await stack.enter_async_context(people(house)))
        yield Centres(lines, *present)


async def at_city(centres: Centres, admin: Clerk) -> tuple[Citizen, Clerk]:
    """A citizen of the region who needs the staff of the city's МФЦ, and the operator who passes him on."""
    clerk = await centres.region.clerk(admin, queues=("line",))
    citizen = await centres.region.citizen()
    await citizen.tell("позовите оператора")
    await citizen.line.hear("state", holder="queue")
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    await clerk.does("PUT", f"/api/conversations/{citizen.conversation}/place", {"mfc": "large"})
    way = await clerk.does("GET", f"/api/conversations/{citizen.conversation}/way?errand=mfc_staff")
    assert (way["possible"], way["centre"], way["reason"]) == (True, "Центр телефонного обслуживания города", "mfc_consultation")
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/pass", {"errand": "mfc_staff", "note": "Нужен приём в МФЦ"})
    return citizen, clerk


async def holder(clerk: Clerk, conversation: str) -> str:
    row = (await clerk.does("GET", f"/api/conversations/{conversation}"))["conversation"]
    return str(row["holder"]["kind"])


async def test_from_the_region_to_the_city_and_answered_there(tmp_path: Path) -> None:
    # RT-05, RT-08, LV-05, CH-09
    async with two(tmp_path) as centres:
        admin, boss = await centres.region.admin(), await centres.city.admin()
        citizen, clerk = await at_city(centres, admin)
        there = await centres.city.clerk(boss, queues=("line",))
        rows: list[dict[str, str]] = []

        async def came() -> bool:
            rows[:] = (await there.does("GET", "/api/inbox?view=waiting"))["conversations"]
            return bool(rows)
        await eventually(came)
        away = (await clerk.does("GET", "/api/inbox?view=away"))["conversations"]
        assert [(row["id"], row["holder"]["operator_name"]) for row in away] == [(citizen.conversation, "Центр телефонного обслуживания города")]
        assert (rows[0]["channel"], rows[0]["address"]) == ("centre.001", away[0]["number"])
        guest = rows[0]["id"]
        await there.does("POST", f"/api/conversations/{guest}/take")
        assert "Нужен приём в МФЦ" in str(await there.timeline(guest))
        await there.act(guest, "reply", {"key": "one", "text": "Приходите завтра к десяти"})
        await citizen.line.hear("message", text="Приходите завтра к десяти")
        await citizen.tell("Спасибо, приду")

        async def read() -> bool:
            return "Спасибо, приду" in str(await there.timeline(guest))
        await eventually(read)
        assert (await there.act(guest, "close", {"topic": "booking"}))[0] == 200
        await citizen.line.hear("state", holder="closed")
        assert (await clerk.does("GET", "/api/inbox?view=away"))["conversations"] == []


async def test_given_back_it_waits_with_its_clock(tmp_path: Path) -> None:
    # RT-08, RT-09
    async with two(tmp_path) as centres:
        admin, boss = await centres.region.admin(), await centres.city.admin()
        citizen, clerk = await at_city(centres, admin)
        there = await centres.city.clerk(boss, queues=("line",))

        async def came() -> bool:
            return bool((await there.does("GET", "/api/inbox?view=waiting"))["conversations"])
        await eventually(came)
        guest = (await there.does("GET", "/api/inbox?view=waiting"))["conversations"][0]
        await there.act(guest["id"], "take")
        assert (await there.act(guest["id"], "give_back", {"note": "Это не к нам"}))[0] == 200

        async def back() -> bool:
            return await holder(admin, citizen.conversation) == "queue"
        await eventually(back)
        row = (await admin.does("GET", f"/api/conversations/{citizen.conversation}"))["conversation"]
        assert row["waiting_since"] == guest["waiting_since"]
        assert (await clerk.act(citizen.conversation, "give_back", {}))[1]["error"] in {"not_yours", "no_way"}


async def test_a_line_that_is_cut_makes_a_promise_and_the_other_side_lets_go(tmp_path: Path) -> None:
    # RT-08, RT-10, SL-05, LV-04
    async with two(tmp_path) as centres:
        admin, boss = await centres.region.admin(), await centres.city.admin()
        await centres.lines.cut("001", "077")
        citizen, clerk = await at_city(centres, admin)
        await citizen.line.hear("state", holder="promised")
        assert await holder(clerk, citizen.conversation) == "promised"
        await centres.lines.mend("001", "077")

        async def let_go() -> bool:
            rows = (await boss.does("GET", "/api/inbox?view=recent"))["conversations"]
            return [row["holder"]["kind"] for row in rows] == ["closed"]
        await eventually(let_go)
        assert await holder(clerk, citizen.conversation) == "promised"
