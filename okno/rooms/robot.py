"""The robot's dialogues: which version speaks, the draft of the next one, what it came to."""

from typing import NamedTuple

from hub.robot.day_figures import RobotDays
from hub.robot.dialogue_draft import Drafts
from hub.robot.learning import PhraseLabelling
from hub.robot.publishing import Publishing
from hub.robot.training_job import TrainingJobs
from okno.adapters.dialogue_engine import LocalDialogueEngine
from okno.adapters.workshop import Workshop
from okno.robot import bring_along, house_of, talking
from okno.rooms.base import Base, Organisation, close_later
from okno.rooms.cases import CaseWork, self_booking_of
from okno.rooms.citizens import Citizens
from okno.rooms.dispatch import Dispatching
from okno.rooms.knowledge import Knowledge


class Robot(NamedTuple):
    talker: LocalDialogueEngine
    publishing: Publishing
    drafts: Drafts
    workshop: Workshop
    training_jobs: TrainingJobs
    robot_days: RobotDays
    phrase_labelling: PhraseLabelling


async def set_up_robot(base: Base, organisation: Organisation, knowledge: Knowledge, dispatching: Dispatching, citizens: Citizens,
                       case_work: CaseWork) -> Robot:
    """The version that speaks is ready, or will be. Raises ConfigError, StoreError."""
    store, files, now, teaching = base.store, base.files, base.now, knowledge.teaching
    publishing = Publishing(store, files, now)
    await publishing.start()
    await bring_along(base.config.robot, publishing)
    house = house_of(knowledge.russian, knowledge.bot, organisation.centres.mfcs, lambda: now().astimezone(base.zone).date(),
                     self_booking_of(base, organisation, case_work.booking), knowledge.offices, citizens.status_asking)
    talker = await base.stack.enter_async_context(talking(base.config.robot, knowledge.russian, knowledge.bot, publishing, house))
    workshop = Workshop(knowledge.russian, house, knowledge.bot.steers)
    drafts = Drafts(store, files, publishing, workshop, now)
    close_later(base.stack, training_jobs := TrainingJobs(drafts, publishing, workshop, store, now))
    robot_days = RobotDays(store, dispatching.days, teaching.said)
    publishing.on_publish.subscribe(talker.warm)
    return Robot(talker, publishing, drafts, workshop, training_jobs, robot_days,
                 PhraseLabelling(store, robot_days, teaching, drafts, publishing, workshop, now))
