"""Automation rules: reading, writing all of them as the next version, bringing one back, and a dry run over the last week."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.automation.rule import MOST, Rule, RuleSet, differences
from hub.automation.rule_runner import RuleRunner
from hub.automation.rule_trials import RuleTrial, RuleTrials
from hub.automation.rule_versions import RuleVersions
from hub.desk.http.endpoint import Call, endpoint
from hub.dispatch.dispatcher import Dispatch


class RuleVersionOut(Struct, frozen=True):
    """One version: author, time, and what it changed."""

    version: int
    at: datetime
    by: str
    by_name: str
    why: str
    changes: list[str]


class RuleFailureOut(Struct, frozen=True):
    """The last failure of a rule since the hub started."""

    rule: str
    at: datetime
    why: str


class NameOut(Struct, frozen=True):
    id: str
    title: str


class RulesOut(Struct, frozen=True):
    """The rules in force, their versions, newest first, and what rules may name; `version` is 0 before the first."""

    version: int
    rules: list[Rule]
    versions: list[RuleVersionOut]
    failures: list[RuleFailureOut]
    channels: list[NameOut]
    queues: list[NameOut]
    topics: list[NameOut]
    replies: list[NameOut]
    people: list[NameOut]


class RulesIn(Struct, frozen=True):
    """All rules in their order; `version` is the newest that was seen."""

    version: Annotated[int, Meta(ge=0)]
    rules: Annotated[list[Rule], Meta(max_length=MOST)]
    why: Annotated[str, Meta(max_length=500)] = ""


class RulesBackIn(Struct, frozen=True):
    """`to` is an earlier version, 0 for no rules."""

    version: Annotated[int, Meta(ge=0)]
    to: Annotated[int, Meta(ge=0)]


class RulesTryIn(Struct, frozen=True):
    rules: Annotated[list[Rule], Meta(min_length=1, max_length=MOST)]


class RuleTrialOut(Struct, frozen=True):
    """null before the first dry run since the start."""

    trial: RuleTrial | None


async def _out(rule_versions: RuleVersions, rule_runner: RuleRunner, dispatch: Dispatch, who: Operator) -> RulesOut:
    names, known, current = await rule_versions.names(who), rule_versions.known, rule_versions.current
    versions = [_version_out(known.get(each - 1), known[each], dispatch) for each in sorted(known, reverse=True)]
    lists = ([NameOut(key, title) for key, title in each.items()]
             for each in (names.channels, names.queues, names.topics, names.replies, names.people))
    return RulesOut(current.version, list(current.rules), versions,
                    [RuleFailureOut(key, each.at, each.why) for key, each in rule_runner.failures.items()], *lists)


def _version_out(before: RuleSet | None, made: RuleSet, dispatch: Dispatch) -> RuleVersionOut:
    return RuleVersionOut(made.version, made.at, made.by, dispatch.name(made.by), made.why,
                          differences(before.rules if before else (), made.rules))


@endpoint("GET", "/api/rules", Permission.SETTLE)
async def rules(rule_versions: RuleVersions, rule_runner: RuleRunner, dispatch: Dispatch, call: Call) -> RulesOut:
    """The automation rules in force, their versions, and what rules may name."""
    return await _out(rule_versions, rule_runner, dispatch, call.who)


@endpoint("PUT", "/api/rules", Permission.SETTLE)
async def put_rules(rule_versions: RuleVersions, rule_runner: RuleRunner, dispatch: Dispatch, call: Call, body: RulesIn) -> RulesOut:
    """Write all rules as the next version, in force at once; audited."""
    await rule_versions.write(call.who, body.version, body.rules, body.why)
    return await _out(rule_versions, rule_runner, dispatch, call.who)


@endpoint("POST", "/api/rules/revert", Permission.SETTLE)
async def revert_rules(rule_versions: RuleVersions, rule_runner: RuleRunner, dispatch: Dispatch, call: Call,
                       body: RulesBackIn) -> RulesOut:
    """Bring an earlier version back, as a new one."""
    await rule_versions.revert(call.who, body.version, body.to)
    return await _out(rule_versions, rule_runner, dispatch, call.who)


@endpoint("GET", "/api/rules/trial", Permission.SETTLE)
async def rule_trial(rule_trials: RuleTrials, call: Call) -> RuleTrialOut:
    """One's last dry run, with its progress."""
    return RuleTrialOut(rule_trials.of(call.who))


@endpoint("POST", "/api/rules/trial", Permission.SETTLE)
async def try_rules(rule_trials: RuleTrials, call: Call, body: RulesTryIn) -> RuleTrialOut:
    """Begin a dry run of rules, saved or not, over the conversations of the last seven days; it replaces one's former one."""
    return RuleTrialOut(await rule_trials.begin(call.who, body.rules))


ENDPOINTS = (rules, put_rules, revert_rules, rule_trial, try_rules)
