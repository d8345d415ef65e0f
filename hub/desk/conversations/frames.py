"""Frames of conversations: list rows, entries, typing and read marks."""

from typing import ClassVar

from hub.access.permissions import Permission
from hub.conversations.attachments import Check
from hub.desk.conversations.forms import ColleagueOut, ConversationOut, EntryOut
from hub.desk.http.forms import id_of
from hub.desk.live.frames import Frame


class Changed(Frame, frozen=True, tag="conversation"):
    """A conversation in one of the desk's views has changed or entered it, or (`gone`) is not visible any more."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    conversation: ConversationOut
    gone: bool = False


class Added(Frame, frozen=True, tag="entry"):
    """A new entry of a conversation that is open on this desk."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    entry: EntryOut


class FileChecked(Frame, frozen=True, tag="file"):
    """The scanner's result for a file of an open conversation: clean ones can be opened."""

    needs: ClassVar = (Permission.OPEN_FILES,)
    conversation: str
    file: str
    state: Check
    found: str


class Counts(Frame, frozen=True, tag="counts"):
    """Number of conversations in each view."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    mine: int
    waiting: int
    offered: int
    snoozed: int
    mentions: int
    followed: int
    """Of those that one follows, with news."""
    promised: int
    risk: int
    """Promises with little or no time left, and due or overdue cases."""


class LookingChanged(Frame, frozen=True, tag="looking"):
    """Operators who have a conversation open: sent to those who may see it and have it in a list or open."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    conversation: str
    looking: list[ColleagueOut]


class TypingSeen(Frame, frozen=True, tag="typing"):
    """The citizen (login "") types in an open conversation, or its operator types a reply: shown in lists, too."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    conversation: str
    login: str


class CitizenSaw(Frame, frozen=True, tag="seen"):
    """The citizen has seen everything up to `id`."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    conversation: str
    id: str


class OfConversation(Frame, frozen=True):
    """A frame about a conversation, "" for none; invalid ids are ignored."""

    conversation: str

    def __post_init__(self) -> None:
        id_of(self.conversation or "0")

    @property
    def number(self) -> int:
        return id_of(self.conversation or "0")


class Watch(OfConversation, frozen=True, tag="watch", forbid_unknown_fields=True):
    """The conversation open on this desk ("" for none): its entries are sent live."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)


class Typing(OfConversation, frozen=True, tag="typing", forbid_unknown_fields=True):
    needs: ClassVar = (Permission.SERVE,)


class Saw(OfConversation, frozen=True, tag="seen", forbid_unknown_fields=True):
    """The operator has read everything up to `id`."""

    needs: ClassVar = (Permission.SERVE,)
    id: str
