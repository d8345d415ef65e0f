"""«Сделать тестом»: a conversation with the robot becomes a test story of the draft, without personal data (KB-02).

The story is played before each publication: a draft that does not pass it is not published.
"""

from collections.abc import Mapping, Sequence

from hub.conversations.journal import Thought
from hub.conversations.ports import Store
from hub.kernel.errors import RefusedError
from hub.robot.phrase_labels import PhraseLabelling
from hub.robot.ports import PhraseTeaching, StoryTurn

PAGE = 200
MOST = 30
"""Most messages of a citizen in one story."""


class TalkTests:
    """Test stories of one centre's robot."""

    def __init__(self, store: Store, teaching: PhraseTeaching, phrase_labelling: PhraseLabelling) -> None:
        self._store, self._teaching, self._phrase_labelling = store, teaching, phrase_labelling

    async def turns(self, conversation: int) -> list[StoryTurn]:
        """The last talk as a story could tell it, masked. Raises RefusedError("no_robot_talk")."""
        return self._turns(await self._thoughts(conversation))

    async def make(self, by: str, conversation: int, name: str, turns: Sequence[StoryTurn]) -> str:
        """Write the story into the draft, which is created if necessary; returns the path of its file.

        `turns` are those of the talk, with the expected intents and actions; one with an empty text is left out. Raises RefusedError:
        "no_robot_talk", "other_talk", "empty", "personal", "no_words", "no_such_intent", "story_exists", "foreign_file".
        """
        title, thoughts = " ".join(name.split()), await self._thoughts(conversation)
        if not title or not any(turn.text for turn in turns):
            raise RefusedError("empty", "У теста должны быть название и хотя бы одна реплика.")
        if len(turns) != len(self._turns(thoughts)):
            raise RefusedError("other_talk", "Разговор тем временем продолжился: откройте его снова и повторите.")
        known = {meaning.intent for meaning in await self._phrase_labelling.meanings()}
        known |= {intent.split("/", 1)[0] for intent in known}
        if unknown := [turn.intent for turn in turns if turn.text and turn.intent not in known]:
            raise RefusedError("no_such_intent", f"Намерения «{unknown[0]}» в черновике нет: выберите другое.")
        path = ""

        def edit(files: Mapping[str, str]) -> tuple[str, str]:
            nonlocal path
            path, text = self._teaching.with_test(files, title, thoughts, turns)
            return path, text
        await self._phrase_labelling.change(by, edit)
        return path

    def _turns(self, thoughts: Sequence[Thought]) -> list[StoryTurn]:
        turns = self._teaching.turns(thoughts)[:MOST]
        if not turns:
            raise RefusedError("no_robot_talk", "В этом разговоре робот ничего не разбирал.")
        return turns

    async def _thoughts(self, conversation: int) -> list[Thought]:
        """Of the last dialogue with the robot, oldest first."""
        found: list[Thought] = []
        before = 0
        while page := await self._store.records(conversation, before=before, limit=PAGE):
            for record in reversed(page):
                if isinstance(record.entry, Thought):
                    found.append(record.entry)
                    if record.entry.first:
                        return found[::-1]
            before = page[0].id
            if len(page) < PAGE:
                break
        return found[::-1]
