"""What designers learn from conversations: doubted phrases, masked, until somebody says what each of them means.

What was assigned is an example in the draft. What was dismissed, and what the draft or the version that speaks has as an example, is
not listed again.
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
"""Intents that are offered for a phrase."""
TRIES = 5
"""So often the draft is read again when it was changed meanwhile."""
Edit = Callable[[Mapping[str, str]], tuple[str, str]]
"""Makes of a project's files the path and the text of one that changes."""
_REMEMBERED = 20_000
"""Phrases whose masked form is kept."""


class Phrase(Struct, frozen=True):
    """A phrase as a designer sees it. `key` is its normal form; all else is of when it was said last."""

    key: str
    text: str
    count: int
    at: datetime
    why: Doubt
    guesses: tuple[Guess, ...]
    conversation: int


class _Project(Struct, frozen=True):
    """What is to be known of the project whose packed file, or version, this is."""

    file: str
    meanings: tuple[Meaning, ...]
    taught: frozenset[str]
    """The normal forms of all its examples."""


class PhraseLabelling:
    """Of one centre. Phrases are looked through one after another, so that nobody's example is written over."""

    def __init__(self, store: Store, days: RobotDays, teaching: PhraseTeaching, drafts: Drafts, version_registry: VersionRegistry,
                 workshop: DialogueWorkshop,
                 now: Callable[[], datetime]) -> None:
        self._store, self.days, self._teaching, self._now = store, days, teaching, now
        self._drafts, self._version_registry, self._workshop = drafts, version_registry, workshop
        self.masked = lru_cache(_REMEMBERED)(teaching.masked)
        self._known = _Project("", (), frozenset())
        self._assigning = asyncio.Lock()

    async def phrases(self, first: date, last: date) -> list[Phrase]:
        """What was doubted from day to day and waits to be assigned, newest first."""
        doubted: list[Doubted] = []
        for number in range((last - first).days + 1):
            doubted += (await self.days.day(first + timedelta(days=number))).doubted
        project, sought = await self._project(), await self._sought(first, last)
        done = {each.phrase for each in await self._store.all(Assigned) if self._is_done(each, project)}
        return await asyncio.to_thread(self._grouped, doubted, done, project, sought)

    async def meanings(self) -> tuple[Meaning, ...]:
        """What phrases may be examples of: the draft's intents, or those of the version that speaks where there is no draft."""
        return (await self._project()).meanings

    async def assigned(self) -> list[Assigned]:
        """What was assigned or dismissed, newest first."""
        return sorted(await self._store.all(Assigned), key=lambda each: each.at, reverse=True)

    async def assign(self, by: str, phrase: str, intent: str, text: str) -> Assigned:
        """Make a text, the phrase as it is or as it was mended, an example in the draft; one is begun where there is none.

        Raises RefusedError: "already_assigned", "no_words", "personal", "no_such_intent", "example_exists", "bad_example", "foreign_file".
        """
        example = self._teaching.example(text)
        async with self._assigning:
            project = await self._waiting(phrase)
            if intent not in {each.intent for each in project.meanings}:
                raise RefusedError("no_such_intent", f"Намерения «{intent}» в черновике нет.")
            await self._change(by, lambda files: self._teaching.with_example(files, intent, example))
            return await self._put(Assigned(phrase, self._now(), by, intent, example), "phrase_assigned")

    async def dismiss(self, by: str, phrase: str) -> Assigned:
        """Nobody's: it is not listed again. Raises RefusedError("already_assigned")."""
        async with self._assigning:
            await self._waiting(phrase)
            return await self._put(Assigned(phrase, self._now(), by), "phrase_dismissed")

    async def undo(self, by: str, phrase: str) -> None:
        """It is listed again, and its example leaves the draft, unless that was published. Raises RefusedError("not_assigned")."""
        async with self._assigning:
            known = await self._store.get(Assigned, phrase)
            if known is None:
                raise RefusedError("not_assigned", "Эта фраза не разобрана.")
            if known.intent and await self._drafts.draft() is not None:
                await self._change(by, lambda files: self._teaching.without_example(files, known.intent, known.example))
            await self._store.drop(Assigned, phrase, AuditEntry(self._now(), by, "phrase_returned", known.intent))

    async def seek(self, by: str, text: str) -> None:
        """An operator has found no answer to this. Raises RefusedError("no_words") where nothing but what is personal is in it."""
        masked = self.masked(text)
        key = self._teaching.normal(masked)
        if not key:
            raise RefusedError("no_words", "В вопросе нет слов, по которым его можно понять.")
        async with self._assigning:
            known = await self._store.get(Sought, key)
            await self._store.put(Sought(key, masked, known.count + 1 if known else 1, self._now()), AuditEntry(self._now(), by, "gap"))

    async def answered(self, by: str, phrase: str, article: str) -> Assigned:
        """An article answers it now. Raises RefusedError("already_assigned")."""
        async with self._assigning:
            await self._waiting(phrase)
            return await self._put(Assigned(phrase, self._now(), by, article=article), "gap_closed")

    async def _sought(self, first: date, last: date) -> list[Sought]:
        begins, ends = self.days.days.span(first)[0], self.days.days.span(last)[1]
        return [each for each in await self._store.all(Sought) if begins <= each.at < ends]

    def _grouped(self, doubted: Iterable[Doubted], done: set[str], project: _Project, sought: Iterable[Sought]) -> list[Phrase]:
        """What is an example already is not asked again: the next version will know it."""
        found: dict[str, Phrase] = {each.phrase: Phrase(each.phrase, each.text, each.count, each.at, Doubt.SOUGHT, (), 0)
                                    for each in sorted(sought, key=lambda each: each.at) if each.phrase not in done}
        meanings = {each.intent for each in project.meanings}
        for one in doubted:  # oldest first, so that the newest stays
            text = self.masked(one.said.text)
            key = self._teaching.normal(text)
            if key and key not in done and key not in project.taught:
                before = found.pop(key, None)
                guesses = tuple(guess for guess in one.said.guesses if guess.intent in meanings)[:SUGGESTED]
                found[key] = Phrase(key, text, before.count + 1 if before else 1, one.at, one.why, guesses, one.conversation)
        newest = list(found.values())[::-1]  # of the same moment whatever was said later stays before
        return sorted(newest, key=lambda each: each.at, reverse=True)

    def _is_done(self, assigned: Assigned, project: _Project) -> bool:
        """An example that is gone with a draft which was thrown away, or with a version that was rolled back, is wanted again."""
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

    async def _change(self, by: str, edit: Edit) -> None:
        """Somebody else may change the draft at the same moment: then it is read again, since examples are only added or taken away."""
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
        """The project, where a phrase is not done with."""
        project, known = await self._project(), await self._store.get(Assigned, phrase)
        if known is not None and self._is_done(known, project):
            raise RefusedError("already_assigned", "Эту фразу уже разобрали.")
        return project

    async def _put(self, assigned: Assigned, audit_entry: str) -> Assigned:
        await self._store.put(assigned, AuditEntry(assigned.at, assigned.by, audit_entry, assigned.intent or assigned.article))
        return assigned
