"""An SMS gateway of files for a real hub: the driver is the example of docs/channel-howto.md under the family of SMS; the far end is a folder."""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from tests.channels.line import PATIENCE_S
from tests.house import House, house_in

HOWTO = Path(__file__).parents[1] / "docs/channel-howto.md"
CHANNEL = "sms.folder"
FOUND_BESIDE = """
import channels
channels.__path__.append({folder!r})
import channels.sms
if {sms!r} not in channels.sms.__path__:
    channels.sms.__path__.append({sms!r})
"""


class Gateway:
    """The telephones behind it."""

    def __init__(self, folder: Path) -> None:
        self._inbox, self._outbox = folder / "in", folder / "out"
        for each in (self._inbox, self._outbox):
            each.mkdir()
        self._sent = 0

    def config(self) -> str:
        settings = f'{{ inbox = "{self._inbox}", outbox = "{self._outbox}", pause_s = 0.02 }}'
        return f'channels = [{{ driver = "web.chat" }}, {{ driver = "{CHANNEL}", settings = {settings} }}]\n'

    def send(self, number: str, text: str) -> None:
        """Somebody sends an SMS."""
        self._sent += 1
        draft = self._inbox / f"{self._sent}.part"
        draft.write_text(json.dumps({"id": str(self._sent), "number": number, "text": text}), encoding="utf8")
        draft.rename(draft.with_suffix(".json"))

    def received(self, number: str) -> list[str]:
        """What a telephone has got, oldest first."""
        all_of_them = [json.loads(path.read_bytes()) for path in self._outbox.glob("*.json")]
        return [sms["text"] for sms in sorted(all_of_them, key=lambda sms: int(sms["id"])) if sms["number"] == number]

    async def answered(self, number: str) -> str:
        """All that a telephone has got, as soon as it is anything."""
        return await self.seen(number, r"(?s).+")

    async def code(self, number: str) -> str:
        """The newest code that came to a telephone."""
        return await self.seen(number, r"\b[0-9]{6}\b")

    async def seen(self, number: str, what: str) -> str:
        """The newest of what a pattern finds in all that a telephone has got, as soon as there is any."""
        end = monotonic() + PATIENCE_S
        while not (found := re.findall(what, "\n".join(self.received(number)))):
            assert monotonic() < end, f"{number} got nothing like {what}"
            await asyncio.sleep(0.02)  # a folder tells nobody
        return str(found[-1])


@contextmanager
def house_with_gateway(folder: Path, config: str) -> Iterator[tuple[House, Gateway]]:
    """A hub that has the example's driver beside its own."""
    driver = re.findall(r"^```python\n(.*?)^```", HOWTO.read_text(encoding="utf8"), re.MULTILINE | re.DOTALL)[0]
    for declared, here in (('NAME = ".*"', f'NAME = "{CHANNEL}"'), (r"TRAITS = .*", "from channels.sms import TRAITS")):
        driver, found = re.subn(f"^{declared}$", here, driver, flags=re.MULTILINE)
        assert found == 1
    beside = folder / "beside"
    (beside / "sms").mkdir(parents=True)
    (beside / "sms" / "__init__.py").touch()
    (beside / "sms" / "folder.py").write_text(driver, encoding="utf8")
    (beside / "sitecustomize.py").write_text(FOUND_BESIDE.format(folder=str(beside), sms=str(beside / "sms")), encoding="utf8")
    gateway = Gateway(folder)
    path = folder / "okno.toml"
    path.write_text(gateway.config() + config, encoding="utf8")
    with house_in(folder, path, {"PYTHONPATH": str(beside)}) as house:
        yield house, gateway
