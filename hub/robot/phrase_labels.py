"""Labelling of uncertain phrases from conversations, masked, by designers.

A labelled phrase is an example in the draft. Dismissed phrases, and examples of the draft or the active version, are not listed
again.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache

from msgspec import Struct

from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.robot.day_figures import RobotDays
from hub.robot.dialogue_draft import Drafts
from hub.robot.dialogue_version import Draft
from hub.robot.phrase import Assigned, Doubt, Doubted, Guess, Meaning, Sought
from hub.robot.ports import DialogueWorkshop, PhraseTeaching
from hub.robot.version_registry import VersionError, VersionRegistry

SUGGESTED = 3
"""Intents proposed for a phrase."""
TRIES = 5
"""Attempts to read the draft after concurrent changes."""
Edit = Callable[[Mapping[str, str]], tuple[str, str]]
"""Returns the path and the text of the file that changes."""
_REMEMBERED = 20_000
"""Phrases whose masked form is cached."""


class Phrase(Struct, frozen=True):
    """A phrase for the designer. `key` is its normal form; other fields are of its last occurrence."""

    key: str
    text: str
    count: int
    at: datetime
    why: Doubt
    guesses: tuple[Guess, ...]
    conversation: int
    answer: str = ""
    """Masked: what the robot answered, where that did not help."""


class _Project(Struct, frozen=True):
    """Facts about a project, by its packed file or version."""

    file: str
    meanings: tuple[Meaning, ...]
    taught: frozenset[str]
    """Normal forms of all its examples."""


class PhraseLabelling:
    """Labelling in one centre. Changes are serialised, so that no example is lost."""

    def __init__(self, store: Store, days: RobotDays, teaching: PhraseTeaching, drafts: Drafts, version_registry: VersionRegistry,
                 workshop: DialogueWorkshop,
                 now: Callable[[], datetime]) -> None:
        self._store, self.days, self._teaching, self._now = store, days, teaching, now
        self._drafts, self._version_registry, self._workshop = drafts, version_registry, workshop
        self.masked = lru_cache(_REMEMBERED)(teaching.masked)
        self._known = _Project("", (), frozenset())
        self._assigning = asyncio.Lock()

    async def phrases(self, first: date, last: date) -> list[Phrase]:
        """Uncertain phrases of a period without a label, newest first."""
        doubted: list[Doubted] = []
        for number in range((last - first).days + 1):
            doubted += (await self.days.day(first + timedelta(days=number))).doubted
        project, sought = await self._project(), await self._sought(first, last)
        done = {each.phrase for each in await self._store.all(Assigned) if self._is_done(each, project)}
        return await asyncio.to_thread(self._grouped, doubted, done, project, sought)

    async def meanings(self) -> tuple[Meaning, ...]:
        """Possible labels: the intents of the draft, or of the active version without a draft."""
        return (await self._project()).meanings

    async def assigned(self) -> list[Assigned]:
        """Labelled and dismissed phrases, newest first."""
        return sorted(await self._store.all(Assigned), key=lambda each: each.at, reverse=True)

    async def assign(self, by: str, phrase: str, intent: str, text: str) -> Assigned:
        """Add a text, the phrase or its corrected form, as an example to the draft, which is created if necessary.

        Raises RefusedError: "already_assigned", "no_words", "personal", "no_such_intent", "example_exists", "bad_example",
        "foreign_file".
        """
        example = self._teaching.example(text)
        async with self._assigning:
            project = await self._waiting(phrase)
            if intent not in {each.intent for each in project.meanings}:
                raise RefusedError("no_such_intent", f"Намерения «{intent}» в черновике нет.")
            await self.change(by, lambda files: self._teaching.with_example(files, intent, example))
            return await self._put(Assigned(phrase, self._now(), by, intent, example), "phrase_assigned")

    async def assign_all(self, by: str, phrases: Mapping[str, str], intent: str) -> list[Assigned]:
        """Add phrases of one meaning, texts by key, as examples to the draft: one change. Those without words that may be kept stay listed.

        Raises RefusedError as `assign`, and "no_words" where none is left.
        """
        examples = {phrase: example for phrase, text in phrases.items() if (example := self._example(text))}
        if not examples:
            raise RefusedError("no_words", "Ни в одной из этих фраз не осталось слов без личных данных.")
        async with self._assigning:
            project, left = await self._left(examples)
            if intent not in {each.intent for each in project.meanings}:
                raise RefusedError("no_such_intent", f"Намерения «{intent}» в черновике нет.")
            await self.change(by, lambda files: self._teaching.with_examples(files, intent, [examples[phrase] for phrase in left]))
            return await self._put_all(by, [Assigned(phrase, self._now(), by, intent, examples[phrase]) for phrase in left],
                                       "phrase_assigned", intent)

    async def dismiss_all(self, by: str, phrases: Iterable[str]) -> list[Assigned]:
        """Dismiss phrases of one meaning. Raises RefusedError("already_assigned") where none is left."""
        async with self._assigning:
            _, left = await self._left(phrases)
            return await self._put_all(by, [Assigned(phrase, self._now(), by) for phrase in left], "phrase_dismissed", "")

    async def answer_all(self, by: str, phrases: Mapping[str, str], article: str) -> list[Assigned]:
        """An article answers these phrases now. The values are the questions that it was taught by them, "" for none."""
        async with self._assigning:
            _, left = await self._left(phrases)
            return await self._put_all(by, [Assigned(phrase, self._now(), by, "", phrases[phrase], article) for phrase in left],
                                       "gap_closed", article)

    async def undo_all(self, by: str, phrases: Iterable[str]) -> list[Assigned]:
        """List phrases again, and remove their examples from the draft; returns their labels. Raises RefusedError("not_assigned")."""
        async with self._assigning:
            known = [found for phrase in dict.fromkeys(phrases) if (found := await self._store.get(Assigned, phrase)) is not None]
            if not known:
                raise RefusedError("not_assigned", "Эта фраза не разобрана." if len(list(phrases)) == 1 else "Эти фразы не разобраны.")
            taught = [(each.intent, each.example) for each in known if each.intent]
            if taught and await self._drafts.draft() is not None:
                await self.change(by, lambda files: self._teaching.without_examples(files, taught))
            await self._store.exchange((), known, AuditEntry(self._now(), by, "phrase_returned", known[0].intent, _number(known)))
            return known

    def _example(self, text: str) -> str:
        """"" where no words are left, or some look like personal data."""
        try:
            return self._teaching.example(text)
        except RefusedError:
            return ""

    async def _left(self, phrases: Iterable[str]) -> tuple[_Project, list[str]]:
        """The project, and phrases without a label yet. Raises RefusedError("already_assigned") where there is none."""
        project = await self._project()
        known = {each.phrase for each in await self._store.all(Assigned) if self._is_done(each, project)}
        left = [phrase for phrase in dict.fromkeys(phrases) if phrase not in known]
        if not left:
            raise RefusedError("already_assigned", "Эти фразы уже разобрали.")
        return project, left

    async def _put_all(self, by: str, assigned: list[Assigned], audit_entry: str, about: str) -> list[Assigned]:
        await self._store.exchange(assigned, (), AuditEntry(self._now(), by, audit_entry, about, _number(assigned)))
        return assigned

    async def seek(self, by: str, text: str) -> None:
        """An operator found no answer to this. Raises RefusedError("no_words") where it contains only personal data."""
        masked = self.masked(text)
        key = self._teaching.normal(masked)
        if not key:
            raise RefusedError("no_words", "В вопросе нет слов, по которым его можно понять.")
        async with self._assigning:
            known = await self._store.get(Sought, key)
            await self._store.put(Sought(key, masked, known.count + 1 if known else 1, self._now()), AuditEntry(self._now(), by, "gap"))

    async def _sought(self, first: date, last: date) -> list[Sought]:
        begins, ends = self.days.days.span(first)[0], self.days.days.span(last)[1]
        return [each for each in await self._store.all(Sought) if begins <= each.at < ends]

    def _grouped(self, doubted: Iterable[Doubted], done: set[str], project: _Project, sought: Iterable[Sought]) -> list[Phrase]:
        """Phrases that are examples already are left out: the next version will know them."""
        found: dict[str, Phrase] = {each.phrase: Phrase(each.phrase, each.text, each.count, each.at, Doubt.SOUGHT, (), 0)
                                    for each in sorted(sought, key=lambda each: each.at) if each.phrase not in done}
        meanings = {each.intent for each in project.meanings}
        for one in doubted:  # oldest first, so that the newest stays
            text = self.masked(one.said.text)
            key = self._teaching.normal(text)
            wrong = one.why is Doubt.UNHELPED  # what the project knows may be answered wrongly all the same
            if key and key not in done and (wrong or key not in project.taught):
                before = found.pop(key, None)
                guesses = tuple(guess for guess in one.said.guesses if guess.intent in meanings)[:SUGGESTED]
                found[key] = Phrase(key, text, before.count + 1 if before else 1, one.at, one.why, guesses, one.conversation,
                                    self.masked(one.answer) if one.answer else "")
        newest = list(found.values())[::-1]  # phrases of the same moment stay in the order said
        return sorted(newest, key=lambda each: each.at, reverse=True)

    def _is_done(self, assigned: Assigned, project: _Project) -> bool:
        """An example lost with a deleted draft or a version that was rolled back is listed again."""
        return not assigned.intent or self._teaching.normal(assigned.example) in project.taught

    async def _project(self) -> _Project:
        draft = await self._drafts.draft()
        file = draft.project if draft else self._version_registry.current
        if self._known.file != file:
            files = await self._texts(draft)
            self._known = _Project(file, tuple(self._teaching.meanings(files)), self._teaching.taught(files))
        return self._known

    async def _texts(self, draft: Draft | None) -> Mapping[str, str]:
        if draft is not None:
            return await self._drafts.texts(draft)
        if not self._version_registry.current:
            return {}
        try:
            packed = await self._version_registry.packed(self._version_registry.current)
        except VersionError as error:
            raise RefusedError("no_such_version", "Файлов действующей версии нет: опубликуйте другую.") from error
        return await asyncio.to_thread(self._workshop.unpack, packed.project)

    async def change(self, by: str, edit: Edit) -> None:
        """Change one file of the draft, which is created if necessary.

        After a concurrent change the draft is read again: examples and stories are only added or removed.
        """
        for last in (False,) * TRIES + (True,):
            draft = await self._drafts.draft()
            path, text = edit(await self._texts(draft))
            try:
                if draft is None:
                    draft = await self._drafts.begin(by, "", self._version_registry.current)
                await self._drafts.put(by, draft.project, path, text)
            except RefusedError as error:
                if last or error.code != "other_draft":
                    raise
            else:
                return

    async def _waiting(self, phrase: str) -> _Project:
        """The project, where a phrase has no label yet."""
        project, known = await self._project(), await self._store.get(Assigned, phrase)
        if known is not None and self._is_done(known, project):
            raise RefusedError("already_assigned", "Эту фразу уже разобрали.")
        return project

    async def _put(self, assigned: Assigned, audit_entry: str) -> Assigned:
        await self._store.put(assigned, AuditEntry(assigned.at, assigned.by, audit_entry, assigned.intent or assigned.article))
        return assigned


def _number(assigned: list[Assigned]) -> str:
    """Of a group."""
    return str(len(assigned)) if len(assigned) > 1 else ""
