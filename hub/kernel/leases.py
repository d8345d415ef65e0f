"""Who may do what only one hub does at a time, and for how long yet."""

from msgspec import Struct


class Lease(Struct, frozen=True):
    """Somebody's right for a while. `left_s` counts from the moment in which the store was asked; where it is not above 0, it is over.

    `term` goes up each time another owner takes it, so that whoever comes later is told from whoever was late.
    """

    name: str
    owner: str
    term: int
    left_s: float
