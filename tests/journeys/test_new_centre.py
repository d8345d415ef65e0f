"""A town opens a centre with a hub of its own: its bookings come over a real line that is cut, to a hub that is killed, each once (BK-05)."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.appointment_centre import RECEPTIONS, draft, free, receiving
from tests.deployments import in_toml
from tests.house import Citizen, Clerk, House, people, talking
from tests.journeys.country import HERE, LEVELS, MUNICIPAL, REGIONAL
from tests.peers.cable import Cable
from tests.peers.nats import Federation, federation
from tests.rig import eventually

BOOKED = 30


def settle(folder: Path, code: str, servers: Federation, opens: date) -> Path:
    """The configuration file of a centre, by a registry in which the town's opens on a day."""
    folder.mkdir(exist_ok=True)
    demo = files("okno.demo").joinpath("registry.toml").read_text("utf8").replace("valid_from = 2025-03-01", f"valid_from = {opens}")
    (folder / "centres.toml").write_text(re.sub(r'(?m)^id = "(000|001|077)"$', lambda found: f'id = "{HERE[found[1]]}"', demo), "utf8")
    line = in_toml(msgspec.to_builtins(servers.settings(code)))
    config = receiving(folder, f'[link]\nkind = "nats"\nsettings = {{ {line} }}\n', RECEPTIONS.replace("notice_min = 0", "notice_min = 0\nper_person = 20"))
    told = config.read_text("utf8")
    for there, own in (('registry = "demo"', 'registry = "centres.toml"'), ('code = "001"', f'code = "{code}"'),
                       ('level = "regional"', f'level = "{LEVELS[code]}"'), ('project = "centre"', 'project = ""')):
        assert told.count(there) == 1, there
        told = told.replace(there, own)
    config.write_text(told, "utf8")
    return config


@contextmanager
def hub(house: House) -> Iterator[House]:
    try:
        yield house
    finally:
        house.kill()
        print(house.log.read_text("utf8")[-4000:])  # shown with the test that fails


async def heard(citizen: Citizen, words: str) -> str:
    while words not in (text := str((await citizen.line.hear("message", author="system"))["text"])):
        pass
    return text


async def book(clerk: Clerk, citizens: list[Citizen]) -> dict[str, str]:
    """When each number is."""
    found = {}
    for n, slot in enumerate((await free(clerk, citizens[0].conversation, 5, "town"))[:BOOKED]):
        path = f"/api/conversations/{citizens[n % len(citizens)].conversation}/appointments"
        made = (await clerk.does("POST", path, draft(slot["at"], office="town")))["appointment"]
        found[made["number"]] = made["at"]
    assert len(found) == BOOKED
    return found


async def listed(clerk: Clerk) -> list[dict[str, Any]]:
    today = datetime.now(UTC).date()
    return [each for n in range(8) for each in await clerk.does("GET", "/api/appointments", params={"office": "town", "day": f"{today + timedelta(days=n)}"})]


@pytest.mark.timeout(240)
async def test_a_new_hub_gets_every_booking_once(tmp_path: Path) -> None:
    # BK-05, RG-05, MU-02, LV-04
    today = datetime.now(UTC).date()
    with federation(MUNICIPAL) as servers:
        opened = {code: settle(tmp_path / code, code, servers, today + timedelta(days=30)) for code in (REGIONAL, MUNICIPAL)}
        cable = Cable(servers.leaves[REGIONAL], lines=False)
        cable.port = servers.cables[MUNICIPAL]
        with hub(House(tmp_path / REGIONAL, opened[REGIONAL])) as region, hub(House(tmp_path / MUNICIPAL, opened[MUNICIPAL])) as town:
            region.start()
            async with people(region) as at:
                anna = await at.clerk(await at.admin())
                citizens = [await talking(at, anna, name="Пётр") for _ in range(2)]
                made = await book(anna, citizens)
                code = re.findall(r"\d\d \d\d \d\d \d\d", await heard(citizens[0], "Код записи"))[0]
            region.stop()
            for each in (REGIONAL, MUNICIPAL):
                settle(tmp_path / each, each, servers, today - timedelta(days=1))
            region.start()  # the line is not there yet
            town.start()
            async with people(region) as at, people(town) as there:
                anna, olga = await at.clerk(await at.admin()), await there.clerk(await there.admin())
                await handed_over(anna, made)
                citizen = await talking(there, olga)
                path = f"/api/conversations/{citizen.conversation}/appointments"
                assert (await olga.call("POST", path, draft(min(made.values()), office="town")))[1]["error"] == "no_answer"
                await cable.lay()
                try:
                    await arrived(olga, 1)
                    town.kill()
                    cable.cut()
                    town.start()
                    async with people(town) as again:
                        olga = await again.clerk(await again.admin())
                        await all_there(olga, anna, made)
                        citizen = await talking(again, olga)
                        path = f"/api/conversations/{citizen.conversation}/appointments"

                        async def booked() -> bool:
                            """The town books as soon as the region says that nothing is left there."""
                            told = (await olga.call("POST", path, draft(min(made.values()), office="town")))[1]
                            assert told["error"] in {"no_answer", "taken"}
                            return bool(told["error"] == "taken")
                        await eventually(booked)
                        stranger = await again.citizen()
                        await stranger.tell(f"отмена {next(iter(made))} {code}")
                        assert "(отменена)" in await heard(stranger, "Запись №")
                finally:
                    await cable.put_away()
                stranger = await at.citizen()
                await stranger.tell(f"отмена {next(iter(made))} {code}")
                assert "теперь ведёт другой центр: Центр телефонного обслуживания города" in await heard(stranger, "Запись №")


async def handed_over(clerk: Clerk, numbers: Iterable[str]) -> None:
    """The region changes none of them any more."""
    async def so() -> bool:
        return {(await clerk.does("GET", f"/api/appointments/{each}"))["state"] for each in numbers} == {"handed_over"}
    await eventually(so)
    for each in numbers:
        assert (await clerk.call("POST", f"/api/appointments/{each}/steps", {"act": "cancel"}))[1]["error"] == "other_keeper"


async def arrived(clerk: Clerk, least: int) -> None:
    async def so() -> bool:
        return len(await listed(clerk)) >= least
    await eventually(so)


async def all_there(clerk: Clerk, region: Clerk, made: dict[str, str]) -> None:
    """Each once, at its time; and the town books beside them."""
    await arrived(clerk, BOOKED)
    there = await listed(clerk)
    assert sorted((each["number"], each["at"], each["state"]) for each in there) == sorted((number, at, "booked") for number, at in made.items())
    assert (await region.call("GET", "/api/appointments", params={"office": "town", "day": "2026-12-01"}))[1]["error"] == "other_keeper"
