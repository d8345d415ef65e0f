"""Names of those who wrote a text of the knowledge base: persons here, or a superior centre."""

from hub.dispatch.dispatcher import Dispatch
from hub.federation.handover_sender import HandoverSender


class Authors:
    def __init__(self, dispatch: Dispatch, handover_sender: HandoverSender) -> None:
        self._dispatch, self._remote = dispatch, handover_sender.remote

    def person(self, login: str) -> str:
        """The name of a login; nothing for none."""
        return self._dispatch.name(login) if login else ""

    def centre(self, code: str) -> str:
        """The name of a code; nothing for this centre."""
        return self._remote.title(code) if code else ""
