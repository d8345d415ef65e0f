"""Builds registration and processing of cases."""

from collections.abc import Callable
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from channels.web.case_pages import CasePages
from hub.actions.conversation_actions import Actions
from hub.appointments.by_message import Visits
from hub.appointments.maintenance import newest_number as newest_appointment
from hub.cases.actions import CaseActions
from hub.cases.case import given_order
from hub.cases.deadline_alarms import CaseClocks
from hub.cases.law import Law, LawError, Rule, read_rules
from hub.cases.notifications import CaseNotifications
from hub.cases.registration import CaseRegistration
from hub.cases.registration import newest_number as newest_case
from hub.cases.remote_service import RemoteCases
from hub.cases.status_by_message import Statuses
from hub.cases.topic_tree import TopicTree
from hub.cases.tracking import CaseTracking
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.desk.cases.parts import Cases
from hub.federation.ports import Link
from hub.kernel.ids import CASE_WIDTH, TicketNumbers
from hub.kernel.indexes import NEVER
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.organisation.legal_terms import last_day
from hub.organisation.level import Level
from hub.organisation.production_calendar import is_worked
from okno.config import Config
from okno.faults.config_error import ConfigError
from okno.lines import Centres


def rules(config: Config) -> tuple[Rule, ...]:
    """The table of law, built-in or the centre's own; raises ConfigError."""
    try:
        source = Path(config.law) if config.law else files("hub") / "data" / "law.toml"
        return read_rules(source.read_text(encoding="utf8"))
    except OSError as error:
        message = f"law: {config.law}: {error.strerror}"
        raise ConfigError(message) from error
    except (LawError, UnicodeDecodeError) as error:
        message = f"law: {config.law or 'law.toml'}: {error}"
        raise ConfigError(message) from error


def whither(centres: Centres, handbook: Callable[[], KnowledgeSnapshot]) -> Callable[[str], str]:
    """Target of a case in words: the name of a body, the title of a line, the name of a centre; anything else unchanged."""
    def named(key: str) -> str:
        body = handbook().authorities.get(key)
        return body.name if body else centres.titled(key)
    return named


def statuses_of(config: Config, following: CaseTracking, centres: Centres, visits: Visits,
                named: Callable[[str], str]) -> tuple[Statuses, CasePages]:
    """Tracking of cases by citizens: by message, and on a page; `named` as from whither()."""
    zone, authorization = ZoneInfo(config.centre.timezone), centres.authorization

    def day(moment: datetime) -> str:
        return last_day(moment, zone)

    def federal(queue: str) -> bool:
        return authorization.line(queue).level is Level.FEDERAL

    pages = CasePages(following, day=day, named=named, federal=federal(""), limited=config.limited)
    return Statuses(following, day, named, federal, visits.stands), pages


async def numbers_of(config: Config, store: Store) -> TicketNumbers:
    """Shared numbers of cases and appointments: a code proves access to exactly one."""
    newest = max(await newest_case(store, config.centre.code), await newest_appointment(store, config.centre.code),
                 key=lambda number: given_order(number) if number else NEVER)
    return TicketNumbers(config.centre.code, newest, ZoneInfo(config.centre.timezone), width=CASE_WIDTH)


async def cases_of(config: Config, sequencer: ConversationSequencer, store: Store, actions: Actions, topic_tree: TopicTree,
                   following: CaseTracking,
                   numbers: TicketNumbers, centres: Centres, link: Link | None,
                   named: Callable[[str], str], by: Callable[[str], str]) -> Cases:
    """All parts of cases, continuing the last run. Raises ConfigError.

    `named` as from whither(), `by` the name of an operator.
    """
    zone = ZoneInfo(config.centre.timezone)
    law = Law(rules(config), zone, is_worked)
    line = actions.authorization.line
    case_notifications = CaseNotifications(sequencer, store, following, zone, named=named,
                      federal=lambda queue: line(queue).level is Level.FEDERAL)
    work = CaseActions(sequencer, store, actions, law, topic_tree, case_notifications, following, centres.lines)
    entrusting = RemoteCases(sequencer, store, work, topic_tree, numbers, config.centre.code, link, door=centres.door, level=centres.level,
                            named=by)
    return Cases(CaseRegistration(sequencer, store, actions, law, topic_tree, case_notifications, numbers), work, topic_tree, following,
                 CaseClocks(store, sequencer.now), case_notifications, entrusting)
