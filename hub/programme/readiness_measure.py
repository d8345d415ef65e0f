"""Measures a centre of this hub: open hours, operators, offices, handbook, certificates (GV-01)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.appointments.booking import Booking
from hub.dispatch.dispatcher import Dispatch
from hub.knowledge.editorial import Editorial
from hub.organisation.coverage import gaps
from hub.organisation.settings_versions import SettingsVersions
from hub.programme.daily_report import key_of
from hub.programme.readiness import WEEK_MIN, Readiness
from hub.training.group_service import TrainingGroupService

MINUTE = timedelta(minutes=1)


class ReadinessMeasure:
    def __init__(self, settings_versions: SettingsVersions, authorization: Authorization, dispatch: Dispatch, booking: Booking,
                 editorial: Editorial, groups: TrainingGroupService, now: Callable[[], datetime],
                 telephones: Callable[[], int]) -> None:
        """`telephones` is how many telephone channels work now."""
        self._settings, self._authorization, self._dispatch = settings_versions, authorization, dispatch
        self._booking, self._editorial, self._groups, self._now, self._telephones = booking, editorial, groups, now, telephones

    def __call__(self, centre: str, day: date) -> Readiness:
        """As of now; the version is for the caller."""
        handbook = self._editorial.handbook()
        services = list(handbook.services.values())
        trained, staff = self._trained(centre)
        return Readiness(
            key_of(centre, day), centre, day, 0, self._telephones(), self._uncovered_min(centre), self._operators(centre),
            sum(self._booking.keepers.of(each) == centre for each in self._booking.receptions), len(services),
            sum(bool(handbook.lacking(each)) for each in services), staff, trained)

    def _uncovered_min(self, centre: str) -> int:
        settings, now = self._settings.current.settings, self._now()
        own = tuple(each for each in settings.queues if self._authorization.centre_of(each.id) == centre)
        if all(each.successor for each in own):
            return WEEK_MIN
        until = now + timedelta(minutes=WEEK_MIN)
        return sum(int((min(each.ends, until) - each.begins) / MINUTE) for each in gaps(replace(settings, queues=own), now)
                   if each.begins < until)

    def _operators(self, centre: str) -> int:
        return sum(each.active and any(self._authorization.centre_of(queue) == centre for queue in each.queues)
                   for each in self._dispatch.operators())

    def _trained(self, centre: str) -> tuple[int, int]:
        """Over all qualifications that its queues demand."""
        queues = self._settings.current.settings.queues
        needs = {each.id: each.qualification for each in queues if each.qualification and not each.successor}
        shares = [each for each in self._groups.shares(self._dispatch.operators(), needs) if each.centre == centre]
        return sum(each.trained for each in shares), sum(each.staff for each in shares)
