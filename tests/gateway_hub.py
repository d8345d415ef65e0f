"""A hub with a carrier: the driver of docs/channel-howto.md, whose far end exchanges files. `python -m tests.gateway_hub` is `okno` with it."""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from channels.sms import TRAITS as SMS
from okno.commands.cli import main
from tests.house import House
from tests.rig import eventually

DRIVER = "sms.folder"
ROOT = Path(__file__).parent.parent


class GatewayHub(House):
    """One hub whose SMS go through two folders."""

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", __name__, *super().command(*words)[1:]]

    def carried(self) -> list[tuple[str, str]]:
        """Numbers and texts that the gateway was given, in their order."""
        told = [json.loads(path.read_text(encoding="utf8")) for path in sorted((self.folder / "out").glob("*.json"))]
        return [(sms["number"], sms["text"]) for sms in told]

    async def receives(self, number: str, text: str) -> None:
        """Wait until a citizen's telephone shows a text."""
        async def shown() -> bool:
            return any(to == number and text in said for to, said in self.carried())
        await eventually(shown)

    def writes(self, key: str, number: str, text: str) -> None:
        """A citizen sends an SMS."""
        draft = self.folder / "in" / f"{key}.part"
        draft.write_text(json.dumps({"id": key, "number": number, "text": text}), encoding="utf8")
        draft.rename(draft.with_suffix(".json"))


def quiet_in_moscow() -> str:
    """Quiet hours that hold in Moscow for an hour more, and not in Vladivostok, which is seven ahead."""
    now = datetime.now(ZoneInfo("Europe/Moscow"))
    begins, ends = now - timedelta(hours=1), now + timedelta(hours=1)
    return f'quiet_from = "{begins:%H:%M}"\nquiet_until = "{ends:%H:%M}"'


@contextmanager
def gateway_hub(folder: Path, notices: str) -> Iterator[GatewayHub]:
    """It runs, with such settings of its notices, and is gone afterwards. Nobody is asked for a grade: what goes out is counted."""
    for name in ("in", "out"):
        (folder / name).mkdir()
    builtin = (ROOT / "okno/demo/okno.toml").read_text(encoding="utf8")
    settings = f'settings = {{ inbox = "{folder / "in"}", outbox = "{folder / "out"}", pause_s = 0.02 }}'
    channel = f'driver = "web.chat"\n\n[[channels]]\ndriver = "{DRIVER}"\n{settings}\n\n[quality]\ncsat_channels = []\n\n[notices]\n{notices}'
    config = folder / "okno.toml"
    config.write_text(builtin.replace('driver = "web.chat"', channel), encoding="utf8")
    house = GatewayHub(folder, config)
    try:
        yield house.start()
    finally:
        house.kill()


def learn_driver() -> None:
    """The example of the documentation, as if it were a file of channels/sms/ and carried SMS."""
    example = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs/channel-howto.md").read_text(encoding="utf8"), re.MULTILINE | re.DOTALL)[0]
    module: Any = ModuleType(f"channels.{DRIVER}")
    sys.modules[module.__name__] = module
    exec(compile(example.replace('"kiosk.folder"', f'"{DRIVER}"'), "channel-howto.md", "exec"), module.__dict__)
    module.TRAITS = SMS


if __name__ == "__main__":
    learn_driver()
    sys.exit(main())
