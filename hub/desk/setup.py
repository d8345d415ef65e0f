"""Builds the desk from the parts of the hub."""

from typing import NamedTuple

from aiohttp import web

from hub.access.authorization import Authorization
from hub.desk.access.service_keys import Services
from hub.desk.conversations.live_rows import LiveRows
from hub.desk.conversations.live_timeline import LiveTimeline
from hub.desk.http.parts import Clock, Parts
from hub.desk.http.session_cookie import SessionCookie
from hub.desk.live.lists import Lists
from hub.desk.live.notifier import DeskNotifier
from hub.desk.live.open_desks import OpenDesks
from hub.desk.organisation.centre import Centre
from hub.desk.rooms import LIVE, VIEWS
from hub.desk.server import routes
from hub.desk.sign_in.sessions import Sessions


class Desk(NamedTuple):
    """`live` notifies desks; the intake calls its `rows` and `timeline` for typing, read marks and returning citizens."""

    parts: Parts
    live: DeskNotifier
    rows: LiveRows
    timeline: LiveTimeline
    services: Services

    def routes(self) -> list[web.AbstractRouteDef]:
        """When all parts exist; raises MissingPartError."""
        return routes(self.parts, self.live)


def desk_of(parts: Parts, clock: Clock) -> Desk:
    """Raises MissingPartError, UndeclaredError."""
    parts.provide_as(Clock, clock)
    parts.provide(SessionCookie(secure=parts.of(Centre).secure))
    parts.offer(*VIEWS, *LIVE)
    live = DeskNotifier(parts.of(OpenDesks), parts.of(Sessions), parts.of(Authorization), parts.of(Lists),
                        [parts.of(each) for each in LIVE], clock)
    return Desk(parts, live, parts.of(LiveRows), parts.of(LiveTimeline), parts.of(Services))
