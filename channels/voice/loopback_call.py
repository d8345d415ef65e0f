"""The hub's side of Asterisk's test call to itself (checkup.py), also answered by a running hub."""

from pathlib import Path

from channels.voice.agi import FailedError, Session
from channels.voice.prompts import Prompts
from hub.kernel.errors import UnavailableError

TEXT = "Проверка связи. Раз, два, три."
KEY = "5"
CALL_S = 20.0
"""Time limit of the whole call."""


class LoopbackCall:
    """The hub's side of Asterisk's test call to itself."""

    def __init__(self, prompts: Prompts, recordings: Path) -> None:
        self._prompts, self._recordings = prompts, recordings

    async def says(self, session: Session) -> None:
        await session.answer()
        await session.go("hub-bye")
        try:
            await session.stream_file(await self._prompts.sound(TEXT), "")
            await session.set_variable("HUB_SAID", "yes")
        except (FailedError, UnavailableError):
            pass  # the missing variable reports it
        await session.exec("SendDTMF", KEY)

    async def hears(self, session: Session) -> None:
        check = await session.get_variable("HUB_CHECK") or ""
        if check.isalnum():
            await session.command("RECORD FILE", str(self._recordings / file_of(check)), "wav", "", round(CALL_S * 1000))
        # If nothing was written, the other end has not reported its result yet.
        await session.hung_up()


def file_of(check: str) -> str:
    return f"check-{check}"
