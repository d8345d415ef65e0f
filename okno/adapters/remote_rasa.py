"""Dialogues of a real Rasa server: with a timeout, and a pause after failures."""

import logging
import time
from collections.abc import Callable

from msgspec import Struct

from bots.dialogue.answer import from_rasa, pressed, said_last
from bots.dialogue.events import Event
from bots.dialogue.rasa import RasaAwayError, RasaServer
from bots.knowledge.faq import FaqBot
from hub.robot.ports import DialogueAnswer, DialogueTurn

log = logging.getLogger(__name__)

FAILURES, PAUSE_S = 3, 30.0
"""After so many consecutive failures the server is not called for this time; then a single request tests it."""
_MOST_CHARACTERS = 4_000


class Breaker:
    """Circuit breaker."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s, self._failures, self._until_s = now_s, 0, 0.0

    def allows(self) -> bool:
        """Whether a request is permitted; its caller must report the result, and meanwhile no other test request is."""
        if self._failures < FAILURES:
            return True
        if (now_s := self._now_s()) < self._until_s:
            return False
        self._until_s = now_s + PAUSE_S
        return True

    def tell(self, *, well: bool) -> None:
        self._failures = 0 if well else self._failures + 1
        self._until_s = self._now_s() + PAUSE_S


class Remembered(Struct, frozen=True):
    """The hub's memory of a dialogue: its name on the server, and the last messages."""

    sender: str
    said: tuple[Event, ...] = ()


class RemoteRasa:
    """Delegates the turns of a dialogue to a Rasa server."""

    def __init__(self, server: RasaServer, knowledge: FaqBot, breaker: Breaker | None = None) -> None:
        self._server, self._knowledge, self._breaker = server, knowledge, breaker or Breaker()

    async def turn(self, asked: DialogueTurn, *, begun: bool) -> DialogueAnswer | None:
        """The answer, or None where the hub must answer itself."""
        if not self._breaker.allows():
            return None
        memory = asked.memory if begun else None
        if not isinstance(memory, Remembered):
            past = await asked.past() if begun else ()
            memory = Remembered(f"{asked.head.id}-{past[0].record if past else asked.record}", said_last(past))
        try:
            said = await self._server.said_to(memory.sender, pressed(memory.said, asked.words)[:_MOST_CHARACTERS])
        except RasaAwayError as error:
            self._breaker.tell(well=False)
            log.warning("Rasa server failed: the conversation is answered without it",
                        extra={"conversation": asked.head.id, "why": str(error)})
            return None
        self._breaker.tell(well=True)
        return from_rasa(said, asked, self._knowledge.always, Remembered(memory.sender, said))
