"""Execution of an action: a response, a form, or custom code."""

from collections.abc import Mapping

from bots.dialogue import defaults, forms
from bots.dialogue.actions import ActionFailedError, Actions, Answer, call, events, placed_buttons
from bots.dialogue.events import BotUttered, Event
from bots.dialogue.responses import Choose, say
from bots.dialogue.tracker import Tracker
from bots.project.domain import UTTER, Domain


class ActionRunner:
    """Executes actions in one dialogue and turn. `failures` are for logs."""

    def __init__(self, domain: Domain, actions: Actions, choose: Choose, channel: str, sender: str, told: Mapping[str, str]) -> None:
        self._domain, self._actions, self._choose, self._channel = domain, actions, choose, channel
        self._sender, self._told = sender, told
        self.failures: list[str] = []

    async def do(self, action: str, tracker: Tracker) -> tuple[Event, ...]:
        """What follows from an action. Raises ActionFailedError, ActionRefusedError or FormRefusedError."""
        domain = self._domain
        if domain.is_default(action):
            return await defaults.do(action, tracker, self)
        if domain.is_retrieval(action):
            return self._say(tracker.now.said.parsed.selected if tracker.now.said else "", tracker, prefix=UTTER)
        if action in domain.said:
            return (BotUttered(action),)
        if action.startswith(UTTER):
            return self._say(action, tracker)
        if domain.is_form(action):
            return await forms.run(domain.forms[action], tracker, self)
        return self._read(tracker, await self._run(action, tracker))

    async def attempt(self, action: str, tracker: Tracker) -> tuple[Event, ...]:
        """A custom action that the dialogue can go on without."""
        try:
            return self._read(tracker, await self._run(action, tracker))
        except ActionFailedError as error:
            self.failures.append(str(error))
            return ()

    async def _run(self, action: str, tracker: Tracker) -> Answer:
        return await self._actions.run(action, call(action, tracker, self._sender, self._told))

    def _read(self, tracker: Tracker, answer: Answer) -> tuple[Event, ...]:
        said = []
        for response in answer.responses:
            draft = None
            if name := response.get("response"):
                draft = say(name, self._domain.responses.get(name, ()), tracker.now.slots, self._channel, self._choose, response)
                if draft is None:
                    self.failures.append(f"no wording of {name} fits")
                    continue
            said.append(placed_buttons(response, draft))
        return (*said, *events(answer))

    def _say(self, name: str, tracker: Tracker, prefix: str = "") -> tuple[Event, ...]:
        response = prefix + name
        said = say(response, self._domain.responses.get(response, ()), tracker.now.slots, self._channel, self._choose)
        if said is None and response in self._domain.known | {prefix}:
            self.failures.append(f"no wording of {response} fits")
        return (said,) if said else ()
