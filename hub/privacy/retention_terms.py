"""How long what is kept of people is kept; None is for ever. register.py has what for, and on what ground. Pure."""

from datetime import timedelta

from msgspec import Struct


class RetentionPeriods(Struct, frozen=True):
    quiet: timedelta | None = None
    """Since something happened last in a conversation that the robot has: then it is closed, and the others begin."""
    conversations: timedelta | None = None
    """After a conversation was closed."""
    federal: timedelta | None = None
    """The same of federal lines (FD-04); None where there are none."""
    recordings: timedelta | None = None
    """After a talk."""
    transcripts: timedelta | None = None
    """After a recording was understood."""
    attachments: timedelta | None = None
    """After their conversation was closed."""
    opt_outs: timedelta | None = None
    """After somebody has refused notices, or wished for them again."""
    appointments: timedelta | None = None
    """After their time."""
    surveys: timedelta | None = None
    """After a survey is over: then its answers are nobody's any more."""
    quality: timedelta | None = None
    """After a score is settled, or a citizen was asked how content he was."""
    flags: timedelta | None = None
    """After what was out of date was put right."""
    sought: timedelta | None = None
    """After an operator has sought it in vain for the last time."""
    events: timedelta | None = None
    """After another system has taken an event."""
