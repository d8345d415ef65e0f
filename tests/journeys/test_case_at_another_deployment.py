"""A region and a city on hubs of their own: a case goes there over the line between them, and its answer comes back to the citizen (0090)."""

import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from tests.deployments import COUNTRY, Centres, two
from tests.house import Citizen, Clerk, talking
from tests.peers.nats import Federation, federation
from tests.rig import eventually

CITY = "Центр телефонного обслуживания города"
WHY, ANSWER = "Справку выдаёт МФЦ города", "Справка готова, приходите с паспортом"


class Desk:
    """Whoever works on the case at one end."""

    def __init__(self, clerk: Clerk) -> None:
        self.clerk, self.number = clerk, ""

    async def steps(self, act: str, **more: str) -> Any:
        return await self.clerk.does("POST", f"/api/cases/{self.number}/steps", {"act": act} | more)

    async def case(self) -> Any:
        return await self.clerk.does("GET", f"/api/cases/{self.number}")

    async def becomes(self, **away: str) -> Any:
        """What is known here of how it stands there."""
        async def so() -> bool:
            known = (await self.case())["case"]["away"] or {}
            return {name: known.get(name) for name in away} == away
        await eventually(so)
        return await self.case()

    async def has_come(self) -> None:
        async def so() -> bool:
            found = (await self.clerk.does("GET", "/api/cases?view=line"))["cases"]
            self.number = found[0]["number"] if found else ""
            return bool(found)
        await eventually(so)


async def registered(centres: Centres) -> tuple[Citizen, Desk, Desk, str]:
    """A citizen, his operator in the region and one in the city; and his code."""
    admin, boss = await centres.region.admin(), await centres.city.admin()
    here, there = Desk(await centres.region.clerk(admin, queues=("line",))), Desk(await centres.city.clerk(boss, queues=("line",)))
    citizen = await talking(centres.region, here.clerk, name="Пётр")
    draft = {"key": "k", "kind": "request", "topic": "other", "text": "Не выдают справку"}
    here.number = (await here.clerk.does("POST", f"/api/conversations/{citizen.conversation}/cases", draft))["case"]["number"]
    while not (told := re.search(r"Код для просмотра: ([\d ]+)\.", str((await citizen.line.hear("message"))["text"]))):
        pass
    await here.steps("take")
    return citizen, here, there, told[1]


async def heard(citizen: Citizen, words: str) -> str:
    while words not in (text := str((await citizen.line.hear("message"))["text"])):
        pass
    return text


@pytest.mark.parametrize("over", ["memory", "nats"])
async def test_from_the_region_to_the_city_and_answered_there(tmp_path: Path, over: str) -> None:
    # RQ-01, RQ-04, GV-16, RT-10
    with federation() if over == "nats" else nullcontext() as servers:
        await there_and_answered(tmp_path, servers)


async def there_and_answered(folder: Path, servers: Federation | None) -> None:
    async with two(folder, servers) as centres:
        citizen, here, there, code = await registered(centres)
        known = await here.case()
        assert [(each["id"], each["title"]) for each in known["centres"]] == [("077", CITY)]
        live = await here.clerk.live()
        await live.hear("hello")
        assert (await here.steps("entrust", to="077", why=WHY))["case"]["away"]["centre"] == CITY
        await heard(citizen, f"№ {here.number} передано: {CITY}")
        await there.has_come()
        whole = await there.case()
        assert (whole["text"], whole["case"]["due"]) == ("Не выдают справку", known["case"]["due"])
        assert (whole["origin"]["number"], whole["origin"]["why"], whole["origin"]["name"]) == (here.number, WHY, "Пётр")
        await there.steps("take")
        while not (pushed := (await live.hear("case"))["case"])["away"] or pushed["away"]["state"] != "in_work":
            pass  # without a refresh
        assert (pushed["state"], pushed["away"]["number"], pushed["due"]) == ("entrusted", there.number, known["case"]["due"])
        assert (await here.clerk.does("GET", "/api/cases/terms"))["day"] == 1  # owed here all the while
        await citizen.tell(f"статус {here.number} {code.replace(' ', '')}")
        assert f"в другом центре: {CITY}, № {there.number}, в работе" in await heard(citizen, "в другом центре")
        async with centres.region.http.post(f"{here.clerk.house.base}/case", data={"number": here.number, "code": code}) as page:
            text = await page.text()
        assert CITY in text
        assert there.number in text
        await there.steps("answer", why=ANSWER)
        await heard(citizen, ANSWER)
        await there.steps("close")
        assert (await here.becomes(state="closed"))["case"]["state"] == "closed"
        assert (await here.clerk.does("GET", "/api/cases/terms"))["day"] == 0


async def test_a_line_that_is_cut_holds_it_back_and_it_is_recalled(tmp_path: Path) -> None:
    # RT-10, GV-16: it waits with its clock; what was recalled meanwhile is registered nowhere, or let go
    async with two(tmp_path) as centres:
        _, here, there, _ = await registered(centres)
        await centres.lines.cut("001", "077")
        sent = await here.steps("entrust", to="077", why=WHY)
        assert (sent["case"]["away"]["number"], sent["case"]["state"], "recall" in sent["acts"]) == ("", "entrusted", True)
        assert (await here.steps("recall"))["case"]["state"] == "in_work"
        await here.steps("entrust", to="077", why="Всё-таки туда")
        await centres.lines.mend("001", "077")
        await there.has_come()
        assert (await there.case())["origin"]["why"] == "Всё-таки туда"
        everything = (await there.clerk.does("GET", "/api/cases?view=all"))["cases"]
        assert sorted(each["state"] for each in everything) in (["registered"], ["forwarded", "registered"])
        await there.steps("take")
        await there.steps("give_back", why="Это не к нам")

        async def back() -> bool:
            return bool((await here.case())["case"]["state"] == "in_work")
        await eventually(back)
        last = (await here.case())["steps"][-1]
        assert (last["act"], last["why"], last["by"]) == ("return", "Это не к нам", "")


async def test_the_federal_centre_sends_it_on_and_sees_nothing_of_what_becomes_of_it(tmp_path: Path) -> None:
    # D19, FD-04, CM-09
    async with two(tmp_path, above=COUNTRY) as centres:
        clerk = await centres.region.clerk(await centres.region.admin(), queues=("line",))
        there = Desk(await centres.city.clerk(await centres.city.admin(), queues=("line",)))
        citizen = await talking(centres.region, clerk, name="Пётр")
        here = f"/api/conversations/{citizen.conversation}"
        draft = {"key": "k", "kind": "request", "topic": "other", "text": "Не выдают справку"}
        number = (await clerk.does("POST", f"{here}/cases", draft))["case"]["number"]
        passed = await clerk.does("POST", f"{here}/cases/{number}/pass", {"to": "077", "why": WHY})
        only_where = {"centre": CITY, "number": "", "state": "", "taken": None, "waits": False}
        assert (passed["state"], passed["away"]) == (None, only_where)
        await there.has_come()
        origin = (await there.case())["origin"]
        assert (origin["number"], origin["why"], origin["name"]) == (number, WHY, "")  # the federal centre keeps no name
        taken = await there.steps("take")
        assert (taken["centres"], "entrust" in taken["acts"]) == ([], False)  # nor is the federal centre sent one
        await there.steps("answer", why=ANSWER)
        await heard(citizen, ANSWER)
        assert ANSWER not in str(await clerk.timeline(citizen.conversation))
        assert [each["away"] for each in await clerk.does("GET", f"{here}/cases")] == [only_where]
