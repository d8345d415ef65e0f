"""Automation rules: their versions, the rules at work, and dry runs."""

from typing import NamedTuple

from hub.actions.tags import ConversationTags
from hub.automation.rule_runner import Citizens, RuleRunner
from hub.automation.rule_trials import RuleTrials
from hub.automation.rule_versions import RuleVersions
from hub.automation.situation import Matcher
from okno.rooms.base import Base, Organisation, close_later
from okno.rooms.dispatch import Acting
from okno.rooms.knowledge import Knowledge


class Automation(NamedTuple):
    rule_versions: RuleVersions
    rule_runner: RuleRunner
    rule_trials: RuleTrials
    tags: ConversationTags


def set_up_automation(base: Base, organisation: Organisation, knowledge: Knowledge, acting: Acting) -> Automation:
    """Not started yet."""
    sequencer, store, lines, topics = base.sequencer, base.store, organisation.lines, knowledge.topic_tree
    versions = RuleVersions(store, base.now, organisation.centres.authorization, lines, topics, sequencer.traits)
    matcher = Matcher(knowledge.russian, lambda queue, at: organisation.opening.shut(queue, at) is not None)
    runner = RuleRunner(sequencer, store, versions, matcher, acting.days_work.mention_service, lines, topics,
                        Citizens(acting.canned_replies, base.config.centre.name))
    trials = RuleTrials(sequencer, store, versions, matcher, acting.actions)
    close_later(base.stack, runner, trials)
    return Automation(versions, runner, trials, ConversationTags(sequencer, acting.actions))
