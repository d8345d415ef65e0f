"""Conversations and audit entries visible to an operator."""

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.desk.organisation.centre import Centre
from hub.dispatch.dispatcher import Dispatch


class CentreScope:
    def __init__(self, centre: Centre, authorization: Authorization, dispatch: Dispatch) -> None:
        self._centre, self._authorization, self._dispatch = centre, authorization, dispatch

    def ours(self, who: Operator, login: str, known: Operator | None = None) -> bool:
        """Whether an actor belongs to the operator's centre; the hub's own actions belong to its own centre, an unknown actor to all."""
        if login == who.login:
            return True
        doer = known or self._dispatch.operator(login)
        everywhere = tuple(queue.id for queue in self._centre.queues) if login else ()
        return self._authorization.covers_all(who, doer.queues if doer else everywhere)

    def lines(self, who: Operator) -> list[str]:
        """Queues whose waiting conversations are visible."""
        everything = self._authorization.may(who, Permission.SEE_ALL)
        return [queue.id for queue in self._centre.queues if self._authorization.works(who, queue.id) and (
            queue.id in who.queues or (everything and self._authorization.covers(who, queue.id)))]
