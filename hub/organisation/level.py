"""The three levels of centres, and the classes of topics that routing distinguishes. Pure."""

from enum import StrEnum


class Level(StrEnum):
    """A centre's level: one federal centre, one or more of a region, one of a municipality with a large МФЦ (LV-01…LV-03)."""

    FEDERAL = "federal"
    REGIONAL = "regional"
    MUNICIPAL = "municipal"


LEVELS = {Level.FEDERAL: "федеральный", Level.REGIONAL: "региональный", Level.MUNICIPAL: "муниципальный"}
"""As people read them."""


class TopicClass(StrEnum):
    """What a topic needs to be answered (D10). Only general questions may overflow; an unknown topic is not general."""

    GENERAL = "general"
    """The same answer everywhere: order, terms, documents, rights."""
    TERRITORIAL = "territorial"
    """The answer depends on the place where the service is received."""
    PERSONALISED = "personalised"
    """One person's own case: its state, a booking."""
    MUNICIPAL = "municipal"
    """A municipal service, outside of the federal centre's duties (D16)."""
    UNKNOWN = "unknown"
