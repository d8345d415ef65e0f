"""The registry over the API of a running hub: written, approved, restored after a kill, and told to the commands (LV-07, LV-08)."""

from datetime import date
from pathlib import Path

from hub.organisation.registry_file import read_records
from tests.house import Clerk, House, house_in, people, plain


def record(told: dict[str, object], code: str) -> dict[str, object]:
    found: dict[str, object] = next(each for each in told["centres"] if each["id"] == code)  # type: ignore[attr-defined]
    return found


async def seen(who: Clerk) -> str:
    found: str = (await who.does("GET", "/api/registry"))["seen"]
    return found


async def test_a_version_is_approved_by_another_and_outlives_the_hub(tmp_path: Path) -> None:
    # LV-07, LV-08, RG-08
    with house_in(tmp_path, plain(tmp_path)) as house:
        async with people(house) as at:
            admin = await at.admin()
            other, boss, anna = await at.clerk(admin, "admin"), await at.clerk(admin, "supervisor"), await at.clerk(admin)
            told = await admin.does("GET", "/api/registry")
            assert (told["version"], told["draft"], told["below"]) == (0, None, ["001", "077"])
            today = told["today"]
            town = record(told, "077") | {"valid_from": today, "numbers": [{"number": "+78001000099"}], "contracts": [
                {"contractor": "ООО «Голос»", "function": "information", "service_level": "", "valid_from": today,
                 "targets": {"answered_percent": 90}}]}
            told = await other.does("PUT", "/api/registry/centres/077", {"seen": told["seen"], "record": town})
            assert told["draft"]["own"]
            assert "+78001000099" in " ".join(told["draft"]["changes"])
            assert (await other.call("POST", "/api/registry/approve", {"seen": told["seen"]}))[1]["error"] == "own_registry"
            assert (await anna.call("GET", "/api/registry"))[0] == 403
            assert (await boss.call("PUT", "/api/registry/centres/077", {"seen": told["seen"], "record": town}))[0] == 403
            region = record(told, "016") | {"owner": "Другой"}
            assert (await admin.call("PUT", "/api/registry/centres/016", {"seen": told["seen"], "record": region}))[1]["error"] == "forbidden"
            told = await boss.does("POST", "/api/registry/approve", {"seen": told["seen"]})
            assert (told["version"], told["draft"]) == (1, None)
            contracts = await admin.does("GET", f"/api/workforce/contracts?month={date.fromisoformat(today).replace(day=1)}")
            assert [each["contract"]["contractor"] for each in contracts if each["centre"] == "077"] == []  # no lines of 077 here
            status, text = await admin.call("GET", "/api/registry/file?version=1")
            assert status == 200
            assert "+78001000099" in str(text)
        house.kill()
        assert "+78001000099" in house.run("directory").stdout  # commands tell what is in force
        house.start()
        async with people(house) as at:
            admin = await at.admin()
            told = await admin.does("GET", "/api/registry")
            assert (told["version"], len(told["file"])) == (1, 2)
            back = await admin.does("POST", "/api/registry/restore", {"seen": told["seen"], "version": 0})
            assert back["draft"]["version"] == 2
            versions = await admin.does("GET", "/api/registry/versions")
            assert [each["version"] for each in versions] == [2, 1, 0]
            assert (await admin.does("GET", "/api/registry/compare?before=2&after=0")) == []


async def test_a_file_is_previewed_taken_in_and_written(house: House) -> None:
    # LV-08: import and export as the file that the configuration names
    async with people(house) as at:
        admin = await at.admin()
        status, content = await admin.call("GET", "/api/registry/file?version=0")
        assert status == 200
        text = content.decode()
        records = read_records(text)
        changed = text.replace(records.centres[1].owner, "Новый орган")
        look = {"seen": await seen(admin), "text": changed}
        told = await admin.does("POST", "/api/registry/file", look)
        assert (told["fault"], told["applied"]) == ("", False)
        assert "Новый орган" in told["changes"][0]
        assert (await admin.does("POST", "/api/registry/file", look | {"text": "[[centre]]\nid = 1"}))["fault"]
        assert (await admin.does("POST", "/api/registry/file", look | {"apply": True}))["applied"]
        assert (await admin.does("GET", "/api/registry"))["draft"]["changes"] == told["changes"]
        await admin.does("POST", "/api/registry/discard", {"seen": await seen(admin)})
        assert (await admin.does("GET", "/api/registry"))["draft"] is None
