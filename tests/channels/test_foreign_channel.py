"""A channel is one file: the documentation's example, of a family that nothing of Okno names, works everywhere by its traits alone."""

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import channels
from okno.drivers import channel_traits
from okno.faults.config_error import ConfigError
from tests.house import House, People, people
from tests.paper import near
from tests.rig import eventually
from tests.test_docs import blocks

DRIVER, TERMINAL = "kiosk.folder", "Терминал 12"
CENTRE = """centre = {{ code = "077", name = "Центр", level = "regional" }}
queues = [{{ id = "general", title = "Общие" }}]
topics = [{{ id = "other", title = "Другое" }}]
channels = [{{ driver = "web.chat" }}, {{ driver = "kiosk.folder", settings = {{ inbox = "{folder}/in", outbox = "{folder}/out", pause_s = 0.01 }} }}]
"""


class Kiosk:
    """The far end: a gateway that exchanges files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("in", "out"):
            (folder / name).mkdir()

    def says(self, key: str, text: str) -> None:
        draft = self.folder / f"{key}.part"
        draft.write_text(json.dumps({"id": key, "number": TERMINAL, "text": text}), encoding="utf8")
        draft.rename(self.folder / "in" / f"{key}.json")

    async def shown(self, text: str) -> bool:
        return any(text in path.read_text(encoding="utf8") for path in (self.folder / "out").glob("*.json"))


@pytest.fixture
def learnt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one file, where drivers are looked for."""
    place = tmp_path / "channels" / "kiosk"
    place.mkdir(parents=True)
    (place / "folder.py").write_text(blocks("channel-howto.md", "python")[0], encoding="utf8")
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(place.parent)])
    for name in ("channels.kiosk", f"channels.{DRIVER}"):
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.fixture
def kiosk(tmp_path: Path) -> Kiosk:
    (folder := tmp_path / "gateway").mkdir()
    return Kiosk(folder)


@pytest.fixture
async def house(learnt: None, kiosk: Kiosk, tmp_path: Path) -> AsyncIterator[House]:
    async with near(tmp_path, CENTRE.format(folder=kiosk.folder)) as (running, _):
        yield running


@pytest.fixture
async def at(house: House) -> AsyncIterator[People]:
    async with people(house) as present:
        yield present


@pytest.mark.usefixtures("learnt")
def test_its_traits_are_found_by_its_name() -> None:
    # CH-06
    traits = channel_traits({"sms.smpp": {}, DRIVER: {}})
    assert [traits.named(each).title for each in (DRIVER, "kiosk", "sms.smpp", "web.form")] == ["Терминал в МФЦ", "Терминал в МФЦ", "SMS", "Форма на сайте"]
    assert "kiosk" in traits.families()
    assert "kiosk" not in channel_traits().families()


def test_a_family_that_is_configured_no_more_is_still_known() -> None:
    # CH-06: what stands in old conversations is shown, and nothing is loaded for that
    traits = channel_traits({"web.chat": {}})
    assert [(each.title, each.foreign) for each in map(traits.named, ("messenger.telegram", "pigeon.post"))] == [("Telegram", True), ("pigeon", False)]


@pytest.mark.parametrize(("driver", "why"), [("kiosk.nowhere", "there is no driver 'kiosk.nowhere'"), ("web.frames", "declares no TRAITS")])
def test_what_is_no_channel_is_named(driver: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        channel_traits({driver: {}})


async def test_it_is_offered_answered_and_counted(kiosk: Kiosk, at: People) -> None:
    # CH-05, CH-06
    admin = await at.admin()
    me = await admin.does("GET", "/api/me")
    assert {"channel": DRIVER, "title": "Терминал в МФЦ", "icon": "web", "spoken": False, "by_hand": False} in me["channels"]
    line = await admin.live()
    kiosk.says("1", "Позовите оператора")
    await eventually(lambda: kiosk.shown("Номер обращения"))
    await admin.does("PUT", "/api/presence", {"presence": "ready"})
    offered = (await line.hear("offer"))["conversation"]
    assert (offered["channel"], offered["address"], offered["files"]) == (DRIVER, TERMINAL, "none")
    await admin.does("POST", f"/api/conversations/{offered['id']}/take")
    await admin.does("POST", f"/api/conversations/{offered['id']}/reply", {"key": "1", "text": "Приходите в окно 3"})
    await eventually(lambda: kiosk.shown("Приходите в окно 3"))
    told = {each["channel"]: each for each in await admin.does("GET", "/api/channels")}[DRIVER]
    assert (told["up"], bool(told["last_in"]), bool(told["last_out"])) == (True, True, True)
    await admin.does("POST", "/api/blocks", {"family": "kiosk", "pattern": TERMINAL, "effect": "refuse", "reason": "шутники", "days": 1})
