"""Training: courses, groups, certificates, and the page that proves one."""

from typing import NamedTuple

from channels.web.certificate_pages import CertificatePages
from hub.training.certificate_registry import CertificateRegistry
from hub.training.coaching_service import CoachingService
from hub.training.course_service import CourseService
from hub.training.group_service import TrainingGroupService
from hub.training.lms_import import LmsImport
from okno.rooms.base import Base, Organisation
from okno.rooms.dispatch import Dispatching
from okno.rooms.knowledge import Knowledge
from okno.rooms.quality import Judging
from okno.training import last_change, shipped_coaching, shipped_courses


class Training(NamedTuple):
    course_service: CourseService
    training_group_service: TrainingGroupService
    certificates: CertificateRegistry
    certificate_pages: CertificatePages
    lms_import: LmsImport
    coaching_service: CoachingService


async def set_up_training(base: Base, organisation: Organisation, knowledge: Knowledge, dispatching: Dispatching,
                          judging: Judging) -> Training:
    """Raises StoreError."""
    authorization, certificates, dispatch = organisation.centres.authorization, organisation.certificates, dispatching.dispatch
    course_service = CourseService(base.store, authorization, base.now, last_change(knowledge.editorial))
    await course_service.courses.start((each.course(base.now()) for each in shipped_courses()), "courses_filled", base.now)
    groups = TrainingGroupService(base.store, authorization, base.now, course_service, certificates)

    def qualified(login: str) -> None:
        if (operator := dispatch.operator(login)) is not None:
            dispatch.renew(operator)
    certificates.on_change.subscribe(qualified)
    return Training(course_service, groups, certificates,
                    CertificatePages(certificates, base.now, base.zone, limited=base.config.limited),
                    LmsImport(base.store, authorization, base.now, course_service, dispatch, base.zone),
                    CoachingService(base.store, authorization, base.now, course_service, judging.quality.book, dispatch,
                                    knowledge.teaching.masked, shipped_coaching()))
