"""The robot's dialogues: the published version, the draft of the next one, and their results."""

from typing import NamedTuple

from hub.robot.day_figures import RobotDays
from hub.robot.dialogue_draft import Drafts
from hub.robot.phrase_labels import PhraseLabelling
from hub.robot.training_job import TrainingJobs
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
    close_later(base.stack, training_jobs := TrainingJobs(drafts, version_registry, workshop, store, now))
    robot_days = RobotDays(store, dispatching.days, teaching.said)
    version_registry.on_publish.subscribe(talker.warm)
    return Robot(talker, version_registry, drafts, workshop, training_jobs, robot_days,
                 PhraseLabelling(store, robot_days, teaching, drafts, version_registry, workshop, now))
