"""Rules over a rig: their versions, the rules at work, dry runs, and tags, as okno/rooms/automation.py wires them."""

from typing import Any, NamedTuple

from bots.russian import Russian
from hub.access.operator import Operator, Role
from hub.actions.canned_replies import CannedReplies
from hub.actions.canned_reply import CannedWords
from hub.actions.mention_service import MentionService
from hub.actions.tags import ConversationTags
from hub.automation.rule import Rule, RuleEvent, RuleIf, RuleThen
from hub.automation.rule_runner import Citizens, RuleRunner
from hub.automation.rule_trials import RuleTrials
from hub.automation.rule_versions import RuleVersions
from hub.automation.situation import Matcher
from hub.conversations.journal import RuleActed
from tests.authorization_rules import authorization_of
from tests.rig import QUEUES, TOPICS, Rig

ADMIN = Operator("admin", "Алла", Role.ADMIN, ("general", "passports"))
REPLY = CannedWords("Приняли", "Здравствуйте, {имя}! Номер {номер}, {центр}.", queues=("general",))


class Automation(NamedTuple):
    versions: RuleVersions
    runner: RuleRunner
    trials: RuleTrials
    tags: ConversationTags
    mentions: MentionService
    rig: Rig

    async def set(self, *rules: Rule) -> None:
        await self.versions.write(ADMIN, self.versions.current.version, rules)

    async def acts(self, conversation: int) -> list[tuple[str, str]]:
        """What rules did there: their titles, and what they say."""
        records = await self.rig.store.records(conversation, limit=200)
        return [(each.entry.title, each.entry.text) for each in records if isinstance(each.entry, RuleActed)]


async def automation_of(rig: Rig, *, shut: bool = False) -> Automation:
    authorization = authorization_of(QUEUES)
    await rig.store.put(ADMIN)
    canned = CannedReplies(rig.store, rig.clock, authorization, rig.lines, TOPICS)
    await canned.start()
    if canned.shared("hello") is None:
        await canned.write(ADMIN, "hello", 0, REPLY)
    mentions = MentionService(rig.sequencer, rig.store, rig.actions)
    await mentions.start()
    versions = RuleVersions(rig.store, rig.clock, authorization, rig.lines, TOPICS, rig.sequencer.traits)
    matcher = Matcher(Russian(), lambda _queue, _at: shut)
    runner = RuleRunner(rig.sequencer, rig.store, versions, matcher, mentions, rig.lines, TOPICS, Citizens(canned, "Центр"))
    trials = RuleTrials(rig.sequencer, rig.store, versions, matcher, rig.actions)
    await versions.start()
    return Automation(versions, runner, trials, ConversationTags(rig.sequencer, rig.actions), mentions, rig)


def rule(when: RuleEvent, then: RuleThen, *, title: str = "Правило", minutes: int = 0, on: bool = True, **given: Any) -> Rule:
    return Rule(f"id-{title}", title, when, then, RuleIf(**given), minutes, on)
