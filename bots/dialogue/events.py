"""Events of a dialogue. The tags are the names in Rasa's action protocol."""

from typing import Any, TypeAlias

from msgspec import Struct

from bots.dialogue.parsed import Parsed


class UserUttered(Struct, frozen=True, tag="user", tag_field="event"):
    parsed: Parsed
    channel: str = ""
    at: float = 0.0
    """Seconds since 1970."""
    by_words: bool | None = None
    """Whether it was processed by its text (True) or by its intent (False); None: not processed yet."""


class BotUttered(Struct, frozen=True, tag="bot", tag_field="event"):
    """`data` holds what is said beside the text: buttons, image, attachment, custom, elements, quick_replies, and utter_action."""

    text: str = ""
    data: dict[str, Any] = {}


class ActionExecuted(Struct, frozen=True, tag="action", tag_field="event"):
    """`name` is the action, or the bot's literal text. `hidden`: only a rule did it, and stories may omit it."""

    name: str
    words: bool = False
    hidden: bool = False
    unpredictable: bool = False
    """The beginning of a story, without a preceding reason."""
    at: float = 0.0


class SlotSet(Struct, frozen=True, tag="slot", tag_field="event"):
    name: str
    value: Any = None


class ActiveLoop(Struct, frozen=True, tag="active_loop", tag_field="event"):
    """A form begins, or "" ends."""

    name: str = ""


class LoopInterrupted(Struct, frozen=True, tag="loop_interrupted", tag_field="event"):
    """The form continues after another subject: the last message does not answer its question."""

    is_interrupted: bool = True


class ActionRejected(Struct, frozen=True, tag="action_execution_rejected", tag_field="event"):
    """An action, usually a form, cannot process the message: something else may answer."""

    name: str


class Followup(Struct, frozen=True, tag="followup", tag_field="event"):
    name: str


class Answered(Struct, frozen=True, tag="user_featurization", tag_field="event"):
    """The last message is answered by its text, or by its intent."""

    by_words: bool


class Restarted(Struct, frozen=True, tag="restart", tag_field="event"):
    """The dialogue restarts."""


class SessionStarted(Struct, frozen=True, tag="session_started", tag_field="event"):
    pass


class UtteranceReverted(Struct, frozen=True, tag="rewind", tag_field="event"):
    """The last utterance and all that followed is undone."""


class ActionReverted(Struct, frozen=True, tag="undo", tag_field="event"):
    pass


class SlotsReset(Struct, frozen=True, tag="reset_slots", tag_field="event"):
    pass


class Paused(Struct, frozen=True, tag="pause", tag_field="event"):
    """An operator takes over."""


class Resumed(Struct, frozen=True, tag="resume", tag_field="event"):
    pass


Event: TypeAlias = (
    UserUttered | BotUttered | ActionExecuted | SlotSet | ActiveLoop | LoopInterrupted | ActionRejected | Followup | Answered | Restarted
    | SessionStarted | UtteranceReverted | ActionReverted | SlotsReset | Paused | Resumed
)
