"""The dry run: what rules would have done in the conversations of the last week. Nothing is changed.

One trial an administrator at a time, in the background; the next one replaces it.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from hub.access.operator import Operator
from hub.actions.conversation_actions import Actions
from hub.automation.replay import replayed
from hub.automation.rule import Rule
from hub.automation.rule_versions import RuleVersions
from hub.automation.situation import Matcher
from hub.conversations.conversation import Conversation
from hub.conversations.journal import StoredEvent
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import StoreError
from hub.kernel.ids import first_id
from hub.kernel.signal import Signal

log = logging.getLogger(__name__)

WEEK = timedelta(days=7)
STEP = timedelta(hours=12)
"""The journal is read in pieces of this length."""
AT_ONCE, PAGE, MOST_PAGES = 50, 200, 20
SHOWN = 100
"""Conversations that are listed of each rule; all are counted."""


class TrialHit(Struct, frozen=True):
    """A conversation in which a rule would have acted, for the first time at `at`."""

    conversation: str
    number: str
    at: datetime
    times: int


class RuleTried(Struct):
    """What a rule would have done: how often, in how many conversations, and the first of them."""

    rule: str
    times: int = 0
    conversations: int = 0
    hits: list[TrialHit] = []


class RuleTrial(Struct):
    """A dry run: `done` of `total` conversations; `problem` is why it has stopped."""

    since: datetime
    until: datetime
    rules: list[RuleTried]
    done: int = 0
    total: int = 0
    finished: bool = False
    problem: str = ""


class RuleTrials:
    def __init__(self, sequencer: ConversationSequencer, store: Store, versions: RuleVersions, matcher: Matcher, actions: Actions) -> None:
        self._sequencer, self._store, self._versions, self._matcher, self._actions = sequencer, store, versions, matcher, actions
        self._known: dict[str, RuleTrial] = {}
        self._tasks = BackgroundTasks()
        self.on_change = Signal[[str]]()
        """There is news for the login that tries."""

    async def close(self) -> None:
        await self._tasks.cancel()

    def of(self, who: Operator) -> RuleTrial | None:
        """The last trial of an administrator since the start."""
        return self._known.get(who.login)

    async def begin(self, who: Operator, rules: Sequence[Rule]) -> RuleTrial:
        """Try rules, whether they are saved or not. Raises RefusedError for rules that could not act."""
        made = await self._versions.checked(rules)
        now = self._sequencer.now()
        await self._store.note(AuditEntry(now, who.login, "rules_tried", detail=", ".join(each.title for each in made)[:2000]))
        trial = self._known[who.login] = RuleTrial(now - WEEK, now, [RuleTried(each.id) for each in made if each.on])
        self._tasks.spawn(self._run(who, made, trial))
        return trial

    async def _run(self, who: Operator, rules: Sequence[Rule], trial: RuleTrial) -> None:
        try:
            numbers = await self._numbers(trial)
            trial.total = len(numbers)
            for begin in range(0, len(numbers), AT_ONCE):
                if self._known.get(who.login) is not trial:
                    return
                for head in await self._store.conversations(numbers[begin:begin + AT_ONCE]):
                    if self._actions.sees(who, head):
                        await self._try(rules, head, trial)
                    trial.done += 1
                    await asyncio.sleep(0)  # citizens go first
                self.on_change(who.login)
        except StoreError as error:
            log.warning("a dry run of rules has stopped", extra={"why": str(error)})
            trial.problem = "Хранилище не отвечает: повторите пробу позже."
        trial.finished, trial.done = True, trial.total
        self.on_change(who.login)

    async def _numbers(self, trial: RuleTrial) -> list[int]:
        """Conversations with something happening in the week, the newest first."""
        found, begin = set[int](), trial.since
        while begin < trial.until:
            end = min(begin + STEP, trial.until)
            found |= {each.conversation for each in await self._store.moves(first_id(begin), first_id(end) + (end == trial.until))}
            begin = end
        return sorted(found, reverse=True)

    async def _try(self, rules: Sequence[Rule], head: Conversation, trial: RuleTrial) -> None:
        spoken = self._sequencer.traits.of(head.address).spoken
        at: dict[str, list[datetime]] = {}
        for hit in replayed(rules, head, await self._records(head, trial.since), trial.since, trial.until, self._matcher, spoken=spoken):
            at.setdefault(hit.rule, []).append(hit.at)
        for tried in trial.rules:
            if moments := at.get(tried.rule):
                tried.times += len(moments)
                tried.conversations += 1
                if len(tried.hits) < SHOWN:
                    tried.hits.append(TrialHit(str(head.id), head.number, moments[0], len(moments)))

    async def _records(self, head: Conversation, since: datetime) -> list[StoredEvent]:
        """The entries of the week, and the page before them."""
        found: list[StoredEvent] = []
        before = 0
        for _ in range(MOST_PAGES):
            page = await self._store.records(head.id, before=before, limit=PAGE)
            found = [*page, *found]
            if len(page) < PAGE or page[0].entry.at < since:
                break
            before = page[0].id
        return found
