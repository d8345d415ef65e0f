"""What callers say to the robot: files in which Asterisk records it, of which none stays, and what the telephone itself has asked."""

import asyncio
from pathlib import Path

from channels.voice.call_events import Chosen, Continued, Silence
from channels.voice.call_runner import CallRunner
from channels.voice.call_state import Robot, Waiting
from channels.voice.conversation_events import short_answer
from channels.voice.shared_files import forget
from channels.voice.spoken_text.short_answers import wants_call
from channels.voice.spoken_text.whole_sentence import whole_sentence
from hub.dispatch.overflow import ANSWER_LATER
from hub.intake.ports import Intake


class CallerSpeech:
    def __init__(self, folder: Path, system: str, intake: Intake) -> None:
        self._folder, self._system, self._intake = folder, system, intake

    def recording(self, line: CallRunner) -> Path:
        """The path of the next recording, without its extension."""
        return self._folder / f"{line.key}-{line.said + 1}"

    async def forget_all(self) -> None:
        """Remains of speech at the hub's crash: no longer needed."""
        for recording in await asyncio.to_thread(lambda: [*self._folder.glob(f"{self._system}-*.wav")]):
            await forget(recording)

    async def complete(self, content: bytes) -> bool:
        """Whether the content of a WAV file is a whole sentence."""
        words = await self._intake.overheard(content)
        return words is not None and await asyncio.to_thread(whole_sentence, words)

    async def answer(self, line: CallRunner, content: bytes) -> Continued | Chosen | Silence | None:
        """The answer to a question of the telephone itself; None for what is said to the robot. Who waits says nothing to it."""
        where = line.call.where
        if isinstance(where, Waiting):
            return Chosen(ANSWER_LATER) if wants_call(await self._intake.overheard(content) or "") else Silence()
        if not (isinstance(where, Robot) and where.asks):
            return None
        answer = short_answer(where, await self._intake.overheard(content) or "")
        if answer != Continued(None):
            return answer
        line.happened(answer)
        return None
