"""Retention periods of personal data; None is forever. Purposes and grounds are in register.py. Pure."""

from datetime import timedelta

from msgspec import Struct


class RetentionPeriods(Struct, frozen=True):
    quiet: timedelta | None = None
    """After the last event in a conversation with the robot: it is closed, and the other periods begin."""
    conversations: timedelta | None = None
    """After a conversation was closed."""
    federal: timedelta | None = None
    """The same for federal lines (FD-04); None where there are none."""
    recordings: timedelta | None = None
    """After a talk."""
    transcripts: timedelta | None = None
    """After recognition of a recording."""
    attachments: timedelta | None = None
    """After their conversation was closed."""
    opt_outs: timedelta | None = None
    """After an opt-out or its revocation."""
    appointments: timedelta | None = None
    """After their time."""
    surveys: timedelta | None = None
    """After the end of a survey: then its answers become anonymous."""
    quality: timedelta | None = None
    """After a score is settled, or a satisfaction question was sent."""
    flags: timedelta | None = None
    """After the information was corrected."""
    sought: timedelta | None = None
    """After an operator's last unsuccessful search."""
    events: timedelta | None = None
    """After another system has accepted an event."""
