"""A caller who may be a machine must press a key before a conversation is opened and anybody is called (SE-02)."""

import logging
from time import monotonic

from channels.voice.agi import FailedError, Session
from channels.voice.call_dialogue import SILENCES
from channels.voice.prompts import Prompts
from hub.conversations.address import Address
from hub.intake.ports import Intake
from hub.kernel.errors import UnavailableError

WAIT_S = 5.0
"""Wait for a key after the prompt."""
log = logging.getLogger(__name__)


class CallerChallenge:
    """The challenge at one exchange."""

    def __init__(self, intake: Intake, prompts: Prompts) -> None:
        self._intake, self._prompts = intake, prompts

    async def lets_in(self, session: Session, caller: Address, address: Address) -> bool:
        """Whether a call continues, in the conversation of an address; raises HungUpError."""
        asked = self._intake.challenge(caller)
        if asked is None:
            return True
        began_s = monotonic()
        pressed = await self._pressed(session, asked.words)
        self._intake.answered(caller, address, pressed=pressed)
        log.info("caller challenged to press a key", extra={"pressed": pressed, "took_s": round(monotonic() - began_s, 1)})
        if pressed or not asked.must:
            return True
        await session.go("hub-bye")
        return False

    async def _pressed(self, session: Session, words: str) -> bool:
        """Whether the caller presses any key, also during the prompt. If nothing can be played, the call is accepted."""
        try:
            sounds = await self._prompts.sounds(words)
            for _ in range(SILENCES):
                for sound in sounds:
                    if await session.stream_file(sound):
                        return True
                if await session.wait_for_digit(WAIT_S):
                    return True
        except (UnavailableError, FailedError) as error:
            log.warning("challenge of a caller failed: the call is accepted", extra={"why": str(error)})
            return True
        return False
