"""Builds subjects' rights, and the shipped consents."""

import tomllib
from functools import partial
from importlib.resources import files as package_files
from zoneinfo import ZoneInfo

from hub.actions.conversation_actions import Actions
from hub.appointments.by_message import Visits
from hub.citizens.address_linking import AddressLinking
from hub.citizens.consent import Phrasing
from hub.citizens.consent_service import ConsentService, Shipped
from hub.conversations.delivery import Deliveries
from hub.conversations.ports import Store
from hub.conversations.quarantine import Quarantine
from hub.conversations.sequencer import ConversationSequencer
from hub.desk.privacy.parts import Rights
from hub.integrations.application_status_service import ApplicationStatusService
from hub.kernel.ports import Files
from hub.notifications.opt_outs import OptOuts
from hub.organisation.form_fields import field_title
from hub.organisation.production_calendar import is_worked
from hub.privacy.corrections import Rectification
from hub.privacy.data_export import DataExport, Titles
from hub.privacy.deletions import DeletionRequests
from hub.privacy.eraser import Eraser
from hub.privacy.register import TABLE, WORK
from hub.privacy.self_service import DataSelfService
from hub.privacy.subject_request import due
from hub.privacy.subject_request_answers import SubjectRequestAnswers
from hub.privacy.subject_requests import SubjectRequests
from hub.quality.surveys.retention import detach_withdrawn
from okno.config import Config
from okno.rooms.base import Organisation


def shipped() -> Shipped:
    """The consents that come with the package, by purpose."""
    told = tomllib.loads((package_files("hub") / "data" / "consents.toml").read_text(encoding="utf8"))
    return {purpose: (Phrasing(**texts["ru"]), Phrasing(**texts["en"])) for purpose, texts in told.items()}


def rights_of(config: Config, organisation: Organisation, sequencer: ConversationSequencer, store: Store, files: Files, actions: Actions,
              linking: AddressLinking,
              opt_outs: OptOuts, eraser: Eraser, deliveries: Deliveries,
              quarantine: Quarantine, visits: Visits, application_status: ApplicationStatusService) -> Rights:
    """Not started yet."""
    zone, centres = ZoneInfo(config.centre.timezone), organisation.centres
    topics = {topic.id: topic.title for topic in config.topics}
    named = Titles(config.centre.name, zone, centres.places.title, lambda topic: topics.get(topic, ""), centres.called,
                   config.subject_requests.reader_names, visits.words, sequencer.traits,
                   lambda key: field_title(organisation.settings_versions.current.settings.citizen_fields, key))
    consent_service = ConsentService(sequencer, store, shipped(), partial(detach_withdrawn, store))
    demands = SubjectRequests(sequencer, store, lambda taken, days: due(taken, days, zone, is_worked),
                      lambda moment: f"{moment.astimezone(zone):%d.%m.%Y}")
    gathering = DataExport(store, files, actions.authorization, consent_service, opt_outs, named, quarantine.quarantined,
                          [(each.what, each.purpose, each.ground, each.term) for each in TABLE if each.ground != WORK],
                          application_status.code_word_service.subjects)
    answering = SubjectRequestAnswers(actions, store, files, linking, demands, gathering, sequencer.now)
    return Rights(consent_service, demands,
                  DataSelfService(sequencer, demands, consent_service, centres.federal_policy, application_status), answering,
                  Rectification(sequencer, store, answering, demands, consent_service),
                  DeletionRequests(sequencer, answering, demands, gathering, eraser, config.retention.cases(zone), deliveries.quiet))
