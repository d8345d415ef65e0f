"""Quality: reviews of conversations, CSAT, surveys, scripts for operators."""

from typing import NamedTuple

from channels.web.survey_pages import SurveyPages
from hub.actions.script_runs import ScriptRunner
from hub.desk.quality.parts import Quality
from hub.knowledge.scripts.replication import ScriptReplication
from hub.quality.surveys.national import NationalSurveys
from hub.quality.surveys.service import SurveyService
from okno.quality import quality_of
from okno.rooms.base import Base, Organisation, close_later
from okno.rooms.conversations import Conversations
from okno.rooms.dispatch import Acting
from okno.rooms.knowledge import Knowledge
from okno.rooms.privacy import Privacy
from okno.scripts import scripts_of
from okno.surveys import surveys_of


class Judging(NamedTuple):
    quality: Quality
    survey_service: SurveyService
    survey_pages: SurveyPages
    national_surveys: NationalSurveys
    script_runner: ScriptRunner
    script_replication: ScriptReplication


async def set_up_quality(base: Base, organisation: Organisation, knowledge: Knowledge, conversations: Conversations, acting: Acting,
                         privacy: Privacy) -> Judging:
    """Raises ConfigError, StoreError."""
    config, store, sequencer, masked = base.config, base.store, base.sequencer, knowledge.teaching.masked
    quality = quality_of(config, sequencer, store, conversations.opt_outs, organisation.centres, base.zone, masked)
    survey_service, survey_pages, national_surveys = surveys_of(
        config, sequencer, store, acting.notification_sender, organisation.centres.authorization, privacy.rights.consent_service, masked,
        organisation.lines, base.link)
    close_later(base.stack, survey_service, national_surveys, quality.book, quality.sampling, quality.csat_service)
    sequencer.on_commit.react.subscribe(quality.book.committed, quality.csat_service.committed)
    acting.actions.readings.reviewed.answer_by(quality.book.ground, quality.calibrating.ground)
    script_runner = await scripts_of(config, sequencer, store, acting.actions, knowledge.topic_tree)
    centres, library = organisation.centres, script_runner.scripting
    replication = ScriptReplication(library, config.centre.code, base.link, base.now, over=centres.over, level=centres.level)
    library.on_publish.subscribe(replication.published)
    close_later(base.stack, replication)
    return Judging(quality, survey_service, survey_pages, national_surveys, script_runner, replication)
