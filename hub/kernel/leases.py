"""Lease: an exclusive right of one hub for a limited time."""

from msgspec import Struct


class Lease(Struct, frozen=True):
    """A right held by one owner. `left_s` counts from the request to the store; the lease is over when it is not above 0.

    `term` grows with each new owner, so that a late write of the former owner is recognised.
    """

    name: str
    owner: str
    term: int
    left_s: float
