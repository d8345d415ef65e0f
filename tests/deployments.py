"""A region and a city, each with a hub, a store and people of its own, in one process, and the line between them."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.resources import files
from pathlib import Path

import msgspec

from hub.link.loopback import Loopback
from okno.app import running
from okno.config import load
from tests.house import House, People, people
from tests.peers.nats import Federation

CONFIG = """
registry = "centres.toml"
centre = {{ code = "{code}", level = "{level}" }}
store = {{ kind = "memory" }}
queues = [{{ id = "line", title = "{title}" }}]
topics = [{{ id = "booking", title = "Запись", kind = "personalised" }}, {{ id = "complaints", title = "Жалоба", kind = "personalised" }}, {{ id = "other", title = "Другое" }}]
routing = {{ queue = "line" }}
"""
COUNTRY, REGION, CITY = ("000", "federal", "Страна"), ("001", "regional", "Область"), ("077", "municipal", "Город")
WHOLE, PROVINCE = ("001", "federal", "Страна"), ("077", "regional", "Область")
"""With the codes of docker/nats/, where 001 is the federal centre."""
CODES = {"000": "001", "001": "077", "077": "501"}


def registry_of(above: tuple[str, str, str]) -> str:
    """The demo's; with the codes of docker/nats/ below its federal centre."""
    demo = (files("okno.demo") / "registry.toml").read_text(encoding="utf8")
    return re.sub(r'(?<=^id = ")\d{3}(?="$)', lambda found: CODES.get(found[0], found[0]), demo, flags=re.MULTILINE) if above == WHOLE else demo


class Centres:
    """Both, as people see them: the higher one first."""

    def __init__(self, lines: Loopback, houses: list[House], region: People, city: People) -> None:
        self.lines, self.houses, self.region, self.city = lines, houses, region, city


def in_toml(settings: dict[str, object]) -> str:
    return ", ".join(f"{name} = {json.dumps(value)}" for name, value in settings.items())


@asynccontextmanager
async def two(folder: Path, servers: Federation | None = None, above: tuple[str, str, str] = REGION, below: tuple[str, str, str] = CITY, *,
              more: Mapping[str, str] = {}) -> AsyncIterator[Centres]:
    """Linked in memory, or over real servers, by what each configuration says; `more` stands in those of centres by their codes."""
    lines = Loopback((above[0], below[0]))
    async with AsyncExitStack() as stack:
        houses, present = [], []
        for code, level, title in (above, below):
            place = folder / code
            place.mkdir()
            (place / "centres.toml").write_text(registry_of(above), encoding="utf8")
            link = f'link = {{ kind = "nats", settings = {{ {in_toml(msgspec.to_builtins(servers.settings(code)))} }} }}' if servers else ""
            (place / "okno.toml").write_text(CONFIG.format(code=code, level=level, title=title) + link + more.get(code, ""), encoding="utf8")
            config = load(place / "okno.toml", {"OKNO_LISTEN": "127.0.0.1:0", "OKNO_DATA": str(place / "data"), "OKNO_LIMITS": "off"})
            hub = await stack.enter_async_context(running(config, link=None if servers else lines.link(code)))
            house = House(place)
            house.base, house.password = hub.address, hub.password
            houses.append(house)
            present.append(await stack.enter_async_context(people(house)))
        yield Centres(lines, houses, *present)
