"""«Стенд»: chosen people talk to a draft before it is published, by a link with a secret and an expiry.

A trial keeps the draft as it was when the link was made. It is no conversation: it is in no journal and in no figure, nobody is at its
other end, and nothing is sent out. What is said is in memory alone, for an hour of silence at most.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from msgspec import Struct

from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.ports import Files
from hub.robot.dialogue_draft import NO_DRAFT, Drafts
from hub.robot.dialogue_version import Packed, Trial, Version
from hub.robot.ports import DialogueWorkshop

MOST = 20
"""Links of a centre at a time."""
LONGEST = timedelta(days=30)
QUIET = timedelta(hours=1)
_TALKS, _TURNS = 200, 200
"""Talks in memory, and messages of one that are shown."""
NO_TRIAL = RefusedError("no_such_trial", "Такой ссылки нет, или её срок истёк.")
_HANDS_OVER = "Здесь робот передал бы разговор человеку. На стенде людей нет: напишите что-нибудь ещё или начните заново."


class Line(Struct, frozen=True):
    """A message of a trial; `notice` is the trial's own word."""

    text: str
    mine: bool = False
    notice: bool = False
    choices: tuple[str, ...] = ()


@dataclass(slots=True)
class _Talk:
    last: datetime
    state: str = ""
    lines: list[Line] = field(default_factory=list)


class Trials:
    """The links, and what is said by them."""

    def __init__(self, store: Store, files: Files, drafts: Drafts, workshop: DialogueWorkshop, now: Callable[[], datetime]) -> None:
        self._store, self._files, self._drafts, self._workshop, self._now = store, files, drafts, workshop, now
        self._talks: OrderedDict[tuple[str, str], _Talk] = OrderedDict()

    async def all(self) -> list[Trial]:
        """Those that are not over, newest first; those that are over are deleted."""
        found = await self._store.all(Trial)
        for each in found:
            if each.until <= self._now():
                await self._drop(each, None)
        return sorted((each for each in found if each.until > self._now()), key=lambda each: each.at, reverse=True)

    async def begin(self, by: str, seen: str, until: datetime, note: str) -> tuple[Trial, str]:
        """A link to the trained draft, with its secret, which is told only now.

        Raises RefusedError: "no_draft", "other_draft", "not_taught", "bad_term", "too_many".
        """
        now, draft = self._now(), await self._drafts.draft()
        if draft is None:
            raise NO_DRAFT
        if draft.project != seen:
            raise RefusedError("other_draft", "Черновик тем временем изменили: обновите страницу и повторите.")
        if not now < until <= now + LONGEST:
            raise RefusedError("bad_term", f"Ссылка действует не дольше {LONGEST.days} дней.")
        if len(await self.all()) >= MOST:
            raise RefusedError("too_many", f"Ссылок уже {MOST}: закройте ненужные.")
        if (packed := self._workshop.taught(await self._drafts.project(draft))) is None:
            raise RefusedError("not_taught", "Черновик ещё не обучен: сначала обучите его.")
        secret = secrets.token_urlsafe(24)
        trial = Trial(_key(secret), now, by, until, draft.project, await self._files.put(packed.model), note)
        await self._store.put(trial, AuditEntry(now, by, "trial_begun", trial.secret[:16], f"{until:%Y-%m-%d %H:%M}"))
        return trial, secret

    async def end(self, by: str, key: str) -> None:
        """Close a link. Raises RefusedError("no_such_trial")."""
        trial = await self._store.get(Trial, key)
        if trial is None:
            raise NO_TRIAL
        await self._drop(trial, AuditEntry(self._now(), by, "trial_ended", key[:16]))

    async def open(self, secret: str) -> Trial:
        """The trial of a link. Raises RefusedError("no_such_trial")."""
        trial = await self._store.get(Trial, _key(secret))
        if trial is None or trial.until <= self._now():
            raise NO_TRIAL
        return trial

    def said(self, trial: Trial, visitor: str) -> list[Line]:
        """What was said by a visitor, oldest first."""
        talk = self._talks.get((trial.secret, visitor))
        return list(talk.lines) if talk is not None and self._now() - talk.last <= QUIET else []

    def forget(self, trial: Trial, visitor: str) -> None:
        """Begin again."""
        self._talks.pop((trial.secret, visitor), None)

    async def say(self, trial: Trial, visitor: str, words: str) -> None:
        """A turn of a visitor. Raises RefusedError, "no_such_trial" where the files are gone."""
        project, model = await self._files.get(trial.project), await self._files.get(trial.model)
        if project is None or model is None:
            raise NO_TRIAL
        if not self.said(trial, visitor):
            self.forget(trial, visitor)
        talk = self._talks.setdefault((trial.secret, visitor), _Talk(self._now()))
        self._talks.move_to_end((trial.secret, visitor))
        while len(self._talks) > _TALKS:
            self._talks.popitem(last=False)
        talk.last = self._now()
        talk.lines.append(Line(words, mine=True))
        answered = await self._workshop.rehearse(Packed(project, model), words, talk.state, self._now())
        talk.state, talk.last = answered.state, self._now()
        talk.lines += [Line(each.text, choices=each.choices) for each in answered.lines]
        if answered.hands_over:
            talk.lines.append(Line(_HANDS_OVER, notice=True))
        del talk.lines[:-_TURNS]

    async def _drop(self, trial: Trial, entry: AuditEntry | None) -> None:
        await self._store.exchange((), (trial,), entry)
        for key in [key for key in self._talks if key[0] == trial.secret]:
            del self._talks[key]
        await self._drafts.forget(trial.project)
        versions, others = await self._store.all(Version), await self._store.all(Trial)
        if trial.model not in {each.model for each in versions} | {each.model for each in others}:
            await self._files.drop(trial.model)


def _key(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
