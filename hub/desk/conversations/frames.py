"""Frames of conversations: their rows in lists, their entries, who types and who reads."""

from typing import ClassVar

from hub.access.permissions import Permission
from hub.conversations.attachments import Check
from hub.desk.conversations.forms import ColleagueOut, ConversationOut, EntryOut
from hub.desk.http.forms import id_of
from hub.desk.live.frames import Frame


class Changed(Frame, frozen=True, tag="conversation"):
    """A conversation in one of the desk's views has changed, entered it, or (`gone`) left what this person may see."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    conversation: ConversationOut
    gone: bool = False


class Added(Frame, frozen=True, tag="entry"):
    """An entry was added to a conversation that is open on this desk."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    entry: EntryOut


class FileChecked(Frame, frozen=True, tag="file"):
    """What the scanner makes of a file of an open conversation: clean ones can be opened."""

    needs: ClassVar = (Permission.OPEN_FILES,)
    conversation: str
    file: str
    state: Check
    found: str


class Counts(Frame, frozen=True, tag="counts"):
    """How many conversations are in each view."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    mine: int
    waiting: int
    offered: int
    snoozed: int
    mentions: int
    promised: int
    risk: int
    """Promises whose day is nearly over, and cases that must be answered soon, or are too late."""


class LookingChanged(Frame, frozen=True, tag="looking"):
    """Who has a conversation open at this moment: told to whoever may see it and has it in a list, or open as well."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    conversation: str
    looking: list[ColleagueOut]


class TypingSeen(Frame, frozen=True, tag="typing"):
    """The citizen (login "") is typing in an open conversation, or its operator types a reply: that is seen in lists, too."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    conversation: str
    login: str


class CitizenSaw(Frame, frozen=True, tag="seen"):
    """Everything up to `id` has been shown to the citizen."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    conversation: str
    id: str


class OfConversation(Frame, frozen=True):
    """What a desk says of a conversation, "" for none; one that is no id is not read."""

    conversation: str

    def __post_init__(self) -> None:
        id_of(self.conversation or "0")

    @property
    def number(self) -> int:
        return id_of(self.conversation or "0")


class Watch(OfConversation, frozen=True, tag="watch", forbid_unknown_fields=True):
    """The conversation open on this desk ("" for none): its entries arrive live."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)


class Typing(OfConversation, frozen=True, tag="typing", forbid_unknown_fields=True):
    needs: ClassVar = (Permission.SERVE,)


class Saw(OfConversation, frozen=True, tag="seen", forbid_unknown_fields=True):
    """The operator has read everything up to `id`."""

    needs: ClassVar = (Permission.SERVE,)
    id: str
