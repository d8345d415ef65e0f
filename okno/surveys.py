"""Builds surveys, and the shipped questionnaires."""

import tomllib
from collections.abc import Callable
from datetime import timedelta
from importlib.resources import files

import msgspec

from channels.web.survey_pages import SurveyPages
from hub.access.authorization import Authorization
from hub.citizens.consent_service import ConsentService
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.federation.ports import Link
from hub.notifications.notifier import NotificationSender
from hub.organisation.queue import Lines
from hub.quality.surveys.national import NationalSurveys
from hub.quality.surveys.responses import SurveyResponses
from hub.quality.surveys.sampling import SurveySampling
from hub.quality.surveys.service import Form, SurveyService
from hub.quality.surveys.survey import check
from okno.config import Config


class Shipped(Form, frozen=True, kw_only=True, forbid_unknown_fields=True):
    key: str


def shipped() -> list[tuple[str, Form]]:
    """The questionnaires that come with the package."""
    told = tomllib.loads((files("okno") / "demo" / "questionnaires.toml").read_text(encoding="utf8"))
    read = msgspec.convert(told["questionnaire"], list[Shipped])
    for each in read:
        check(each.questions)
    return [(each.key, Form(each.title, each.lead, each.questions, each.sources)) for each in read]


def surveys_of(config: Config, sequencer: ConversationSequencer, store: Store, notification_sender: NotificationSender,
               authorization: Authorization, consent_service: ConsentService,
               masked: Callable[[str], str], lines: Lines, link: Link | None) -> tuple[SurveyService, SurveyPages, NationalSurveys]:
    """Not started yet. `masked` removes personal data from texts."""
    drawing = SurveySampling(sequencer, store, notification_sender, authorization, lines, timedelta(days=config.surveys.pause_days))
    survey_service = SurveyService(sequencer, store, notification_sender, authorization, drawing, address=config.surveys.address,
                                   stop=config.notices.stop[0],
                          shipped=shipped())
    pages = SurveyPages(SurveyResponses(sequencer, store, survey_service, consent_service, masked), keeper=config.centre.name,
                        limited=config.limited,
                        secure=config.listen.https)
    return survey_service, pages, NationalSurveys(sequencer, store, survey_service, config.centre.code, link, config.link.reports_to)
