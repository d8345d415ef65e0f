"""The robot's dialogues: the published version, the draft of the next one, and their results."""

from typing import NamedTuple

from bots.knowledge.phrase_clusters import PhraseClusters
from channels.web.trial_pages import TrialPages
from hub.robot.day_figures import RobotDays
from hub.robot.dialogue_draft import Drafts
from hub.robot.phrase_answers import PhraseAnswers
from hub.robot.phrase_groups import PhraseGroupService
from hub.robot.phrase_labels import PhraseLabelling
from hub.robot.talk_test import TalkTests
from hub.robot.training_job import TrainingJobs
from hub.robot.trial import Trials
from hub.robot.version_registry import VersionRegistry
from okno.adapters.dialogue_engine import LocalDialogueEngine
from okno.adapters.workshop import Workshop
from okno.robot import bring_along, centre_actions_of, talking
from okno.rooms.base import Base, Organisation, close_later
from okno.rooms.cases import CaseWork, self_booking_of
from okno.rooms.citizens import Citizens
from okno.rooms.dispatch import Dispatching
from okno.rooms.knowledge import Knowledge


class Robot(NamedTuple):
    talker: LocalDialogueEngine
    version_registry: VersionRegistry
    drafts: Drafts
    workshop: Workshop
    training_jobs: TrainingJobs
    robot_days: RobotDays
    phrase_labelling: PhraseLabelling
    talk_tests: TalkTests
    phrase_group_service: PhraseGroupService
    phrase_answers: PhraseAnswers
    trials: Trials
    trial_pages: TrialPages


async def set_up_robot(base: Base, organisation: Organisation, knowledge: Knowledge, dispatching: Dispatching, citizens: Citizens,
                       case_work: CaseWork) -> Robot:
    """The published version is ready, or will be. Raises ConfigError, StoreError."""
    store, files, now, teaching = base.store, base.files, base.now, knowledge.teaching
    version_registry = VersionRegistry(store, files, now)
    await version_registry.start()
    await bring_along(base.config.robot, version_registry)
    centre_actions = centre_actions_of(knowledge.russian, knowledge.bot, organisation.centres.mfcs,
                                       lambda: now().astimezone(base.zone).date(),
                                       self_booking_of(base, organisation, case_work.booking), knowledge.offices, citizens.status_asking)
    talker = await base.stack.enter_async_context(talking(base.config.robot, knowledge.russian, knowledge.bot, version_registry,
                                                          centre_actions))
    workshop = Workshop(knowledge.russian, centre_actions, knowledge.bot.steers, centre_actions.listener)
    drafts = Drafts(store, files, version_registry, workshop, now)
    close_later(base.stack, training_jobs := TrainingJobs(
        drafts, version_registry, workshop, store, now, second_person=base.config.robot.second_person))
    robot_days = RobotDays(store, dispatching.days, teaching.said)
    version_registry.on_publish.subscribe(talker.warm)
    phrase_labelling = PhraseLabelling(store, robot_days, teaching, drafts, version_registry, workshop, now)
    close_later(base.stack, phrase_group_service := PhraseGroupService(phrase_labelling, PhraseClusters()))
    trials = Trials(store, files, drafts, workshop, now)
    return Robot(talker, version_registry, drafts, workshop, training_jobs, robot_days, phrase_labelling,
                 TalkTests(store, teaching, phrase_labelling), phrase_group_service,
                 PhraseAnswers(knowledge.editorial, phrase_labelling, teaching), trials,
                 TrialPages(trials, base.zone, limited=base.config.limited, secure=base.config.listen.https))
