"""Lets rules act: after the commit that they answer to, in a step of their own, in their order.

Where no rule is on, nothing listens to commits. What a rule has done begins with a `RuleActed`, and such a commit starts no rule. What a
rule cannot do is said in the conversation; a rule that fails is logged and shown to administrators, and the next one acts.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from hub.access.operator import Role
from hub.actions.canned_replies import CannedReplies
from hub.actions.canned_reply import filled
from hub.actions.mention_service import MentionService
from hub.automation.rule import Rule, RuleEvent, index
from hub.automation.rule_plan import Prepared, planned
from hub.automation.rule_versions import RuleVersions
from hub.automation.silence_watch import SilenceWatch
from hub.automation.situation import Matcher, Trigger, trigger_of
from hub.conversations.conversation import Conversation, IllegalHandOverError
from hub.conversations.journal import RuleActed
from hub.conversations.ports import Commit, Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError
from hub.organisation.queue import Lines, Topic

log = logging.getLogger(__name__)

SENIORS = frozenset({Role.SENIOR, Role.SUPERVISOR})
ONE_REPLY = timedelta(hours=12)
"""A rule writes to a citizen at most once in this time: two programs that answer each other would not end."""


class RuleFailure(NamedTuple):
    """The last failure of a rule since the start."""

    at: datetime
    why: str


class Citizens(NamedTuple):
    """What a rule needs to write to citizens."""

    canned_replies: CannedReplies
    centre: str
    """Name of the centre, for texts."""


class RuleRunner:
    """The rules of one hub at work."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, versions: RuleVersions, matcher: Matcher,
                 mention_service: MentionService, lines: Lines, topics: Mapping[str, Topic], citizens: Citizens) -> None:
        self._sequencer, self._store, self._versions, self._matcher = sequencer, store, versions, matcher
        self._mention_service, self._lines, self._topics, self._citizens = mention_service, lines, topics, citizens
        self._rules: dict[RuleEvent, tuple[Rule, ...]] = {}
        self._waiting: dict[int, list[Trigger]] = {}
        """Conversations in which rules are acting, with what has happened there since."""
        self._tasks = BackgroundTasks()
        self._silence = SilenceWatch(sequencer, store, self.happened)
        self.failures: dict[str, RuleFailure] = {}
        versions.on_change.subscribe(self.renew)

    async def close(self) -> None:
        await self._silence.close()
        await self._tasks.cancel()

    def renew(self) -> None:
        """The rules have changed: listen to commits only where one is on."""
        before, self._rules = self._rules, index(self._versions.current.rules)
        react = self._sequencer.on_commit.react
        if self._rules and not before:
            react.subscribe(self.committed)
        elif before and not self._rules:
            react.unsubscribe(self.committed)
        self.failures = {key: each for key, each in self.failures.items() if key in {rule.id for rule in self._versions.current.rules}}
        self._silence.renew(frozenset(rule.minutes for rule in self._rules.get(RuleEvent.UNANSWERED, ())))

    def look(self) -> None:
        """Ask about silences that are due now."""
        self._silence.look()

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer."""
        head = change.head or live.head
        self._silence.committed(head, change)
        if isinstance(change.records[0].entry, RuleActed):
            return
        for record in change.records:
            trigger = trigger_of(record.entry, head)
            if trigger is not None and trigger.event in self._rules:
                self.happened(trigger)

    def happened(self, trigger: Trigger) -> None:
        """Let the rules act, after those that are acting in the conversation."""
        number = trigger.head.id
        if number in self._waiting:
            self._waiting[number].append(trigger)
        else:
            self._waiting[number] = [trigger]
            self._tasks.spawn(self._work(number))

    async def _work(self, number: int) -> None:
        try:
            while self._waiting[number]:
                trigger = self._waiting[number].pop(0)
                for rule in self._rules.get(trigger.event, ()):
                    await self._ask(rule, trigger)
        finally:
            del self._waiting[number]

    async def _ask(self, rule: Rule, trigger: Trigger) -> None:
        number = trigger.head.id
        try:
            live = await self._sequencer.load(number)
            if self._matcher.fits(rule, trigger, live.head) and not await self._did_already(rule, trigger):
                await self._act(rule, live)
        except (OknoError, IllegalHandOverError, KeyError) as error:
            log.warning("a rule has failed: the next ones act", extra={"rule": rule.id, "conversation": number, "why": str(error)})
            self.failures[rule.id] = RuleFailure(self._sequencer.now(), str(error))

    async def _did_already(self, rule: Rule, trigger: Trigger) -> bool:
        """Whether it has acted for this silence: the hub may have started again since."""
        return trigger.since is not None and await self._acted(rule, trigger.head.id, trigger.since)

    async def _acted(self, rule: Rule, number: int, since: datetime, *, replied: bool = False) -> bool:
        return any(isinstance(each.entry, RuleActed) and each.entry.rule == rule.id and each.entry.at >= since
                   and (each.entry.replied or not replied) for each in await self._store.moves_of([number]))

    async def _act(self, rule: Rule, live: LiveConversation) -> None:
        number, then = live.head.id, rule.acts
        prepared = await self._reply(rule, live.head) if then.reply else Prepared()
        if then.alerts:
            told = await self._mention_service.alert(number, then.people, SENIORS if then.seniors else frozenset())
            prepared = prepared._replace(alerted=sorted(each.name for each in told))
        live = await self._sequencer.load(number)
        # From here on nothing is awaited until the step is taken: the head must not change in between.
        entries, head = planned(rule, live.head, prepared, self._lines, self._topics, self._sequencer.now())
        await self._sequencer.committed_step(live, entries, head=head if head != live.head else None)

    async def _reply(self, rule: Rule, head: Conversation) -> Prepared:
        """The text for the citizen, or why there is none."""
        words = self._citizens.canned_replies.shared(rule.acts.reply)
        if words is None or not words.text:
            return Prepared(unsaid="заготовки больше нет")
        if self._sequencer.traits.of(head.address).spoken:
            return Prepared(unsaid="это звонок")
        if await self._acted(rule, head.id, self._sequencer.now() - ONE_REPLY, replied=True):
            return Prepared(unsaid="это правило недавно уже отвечало")
        known = {"имя": head.citizen.name, "номер": head.number, "оператор": "", "центр": self._citizens.centre}
        return Prepared(reply=filled(words.text, known), reply_title=words.title)
