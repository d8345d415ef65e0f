"""Legal rules for a case by its day of registration: a table of dated rules, read strictly (CM-02, CM-08, D12). Pure.

A law is enabled or disabled by a dated row. The first matching rule applies.
"""

import tomllib
from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from hub.cases.case import CaseKind, Label, LegalTerms, Subject
from hub.conversations.callback_promise import DAY
from hub.kernel.errors import OknoError
from hub.organisation.legal_terms import LegalTerm, Works, end_of_term, midnight_after


class LawError(OknoError):
    """The table is invalid; the text names the rule."""


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """A row of the table; omitted conditions always match."""

    id: str
    label: Label
    source: str
    """The article of law."""
    register: LegalTerm
    answer: LegalTerm
    valid_from: date = date.min
    valid_until: date = date.max
    """The last day of validity."""
    kinds: tuple[CaseKind, ...] = ()
    channels: tuple[str, ...] = ()
    """Families of channels: voice, sms, email, web, messenger, fax."""
    identified: bool | None = None
    """Whether the citizen was identified."""
    about_service: bool | None = None
    """Whether it is about the provision of a public service."""
    refusal: bool | None = None
    extend_days: Annotated[int, Meta(ge=0, le=366)] = 0
    """Calendar days by which the term may be extended, once and with notice; 0 for none."""
    suspendable: bool = False
    forward: LegalTerm | None = None
    """Term for forwarding to the responsible body, with notice; None without such a term."""
    offer: str = ""
    """Text for a citizen whose message is no обращение by law: how to submit one."""

    def fits(self, kind: CaseKind, channel: str, matter: Subject, day: date, *, identified: bool) -> bool:
        return (
            self.valid_from <= day <= self.valid_until
            and (not self.kinds or kind in self.kinds)
            and (not self.channels or channel in self.channels)
            and self.identified in {None, identified}
            and self.about_service in {None, bool(matter.service)}
            and self.refusal in {None, matter.refusal})


def hurried(matter: Subject, since: datetime, due: datetime) -> datetime:
    """The deadline of a case: a day for a violation that goes on, if the law leaves more (CM-10)."""
    return min(due, since + DAY) if matter.ongoing else due


class Law:
    """The whole table, with the centre's zone and calendar."""

    def __init__(self, rules: Iterable[Rule], zone: tzinfo, works: Works) -> None:
        self._rules = tuple(rules)
        self._zone, self._works = zone, works

    def of(self, kind: CaseKind, channel: str, matter: Subject, received: datetime, *, identified: bool) -> Rule:
        """Raises LawError where no rule matches, which `read_rules` has excluded."""
        day = received.astimezone(self._zone).date()
        for rule in self._rules:
            if rule.fits(kind, channel, matter, day, identified=identified):
                return rule
        message = f"no rule for {kind} by {channel} on {day}"
        raise LawError(message)

    def ruling(self, rule: Rule, received: datetime, registered: datetime) -> tuple[LegalTerms, datetime]:
        """The legal terms of a case, including the deadline of its answer: 59-ФЗ ст. 12 counts from registration."""
        forward = self.until(rule.forward, registered) if rule.forward else None
        ruling = LegalTerms(rule.id, rule.label, rule.source, self.until(rule.register, received), rule.answer, forward,
                        rule.extend_days, rule.suspendable, rule.offer)
        return ruling, self.until(rule.answer, registered)

    def extended(self, days: int, due: datetime) -> datetime:
        """The deadline after an extension by calendar days."""
        return midnight_after(due.astimezone(self._zone).date() + timedelta(days=days - 1), self._zone)

    def until(self, term: LegalTerm, start: datetime) -> datetime:
        """The end of the last day of a term that begins on the day after `start`; hours are exact."""
        if term.hours:
            return start + timedelta(hours=term.hours)
        return midnight_after(end_of_term(start.astimezone(self._zone).date(), term, self._works), self._zone)


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
    rule: Annotated[tuple[Rule, ...], Meta(min_length=1)]


def read_rules(text: str) -> tuple[Rule, ...]:
    """Read the table from TOML; raises LawError, which names the rule. Its last rule must match everything."""
    try:
        rules = msgspec.convert(tomllib.loads(text), _Table, str_keys=True).rule
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        message = f"law: {error}"
        raise LawError(message) from error
    for number, rule in enumerate(rules, 1):
        if rule.id in {each.id for each in rules[:number - 1]}:
            message = f"law: rule {number}: id: {rule.id!r} is taken twice"
            raise LawError(message)
        if rule.valid_from > rule.valid_until:
            message = f"law: {rule.id}: valid_until is before valid_from"
            raise LawError(message)
    last = rules[-1]
    if last != Rule(last.id, last.label, last.source, last.register, last.answer, offer=last.offer):
        message = f"law: {last.id}: the last rule must fit everything"
        raise LawError(message)
    return rules
