"""Overflow between centres: who takes the conversations of an overloaded one.

Between two centres traffic flows in one direction at a time, and in the other only after it has ended: O. Perry & W. Whitt,
Responding to unexpected overloads in large-scale service systems, Management Science 55(8), 2009. A receiver takes what its spare
operators can do and no more (RT-09).
"""

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from hub.organisation.overload_thresholds import OverloadThresholds
from routing.overload import State, Switch


class NoRelief(StrEnum):
    """Why a receiver takes nothing."""

    UNKNOWN = "unknown"
    """Its state is unknown: disconnected, or never reported."""
    OVERLOADED = "overloaded"
    OTHER_DIRECTION = "other_direction"
    NO_QUICKER = "no_quicker"
    NO_ROOM = "no_room"


class Figures(Struct):
    """Between one sender and one receiver. offered = taken + refused."""

    offered: int = 0
    taken: int = 0
    refused: int = 0


class Relief(Struct, frozen=True):
    """`centre` takes it; a place of its share is used."""

    centre: str


class Callback(Struct, frozen=True):
    """No allowed centre can help: offer a callback instead of so long a wait."""

    predicted_s: float
    denied: dict[str, NoRelief]


class Overflow:
    """The load of known centres, and the flows between them. Relief traffic only: see `routing.journey`."""

    def __init__(self, thresholds: Mapping[str, OverloadThresholds] | None = None, release_s: float = 300.0) -> None:
        """`thresholds` by centre, those of D9 for the others.

        `release_s` after the last conversation was taken, when most of them have ended, the opposite direction is free.
        """
        self._release_s = release_s
        self._thresholds = dict(thresholds or {})
        self._switches: dict[str, Switch] = {}
        self._states: dict[str, State] = {}
        self._room: dict[str, float] = {}
        self._flows: dict[tuple[str, str], float] = {}
        """Time of the last one taken, by sender and receiver."""
        self.figures: dict[tuple[str, str], Figures] = {}

    def settle(self, thresholds: Mapping[str, OverloadThresholds]) -> None:
        """Replace the thresholds; who is overloaded stays so until the new ones end it."""
        self._thresholds = dict(thresholds)
        for centre, switch in self._switches.items():
            switch.thresholds = thresholds.get(centre, OverloadThresholds())

    def observe(self, centre: str, state: State, now_s: float) -> bool:
        """Update a centre's state; returns whether it is overloaded. To be called on each report, at least every few seconds.

        Conversations taken since the last report reduce its capacity, so a late report causes no flood.
        """
        limits = self._thresholds.get(centre, OverloadThresholds())
        switch = self._switches.setdefault(centre, Switch(limits))
        self._states[centre] = state
        self._room[centre] = _room(state, limits)
        return switch.observe(state, now_s)

    def lost(self, centre: str) -> None:
        """No reports: it takes nothing, and sends nothing."""
        for known in (self._switches, self._states):
            known.pop(centre, None)
        self._flows = {flow: at_s for flow, at_s in self._flows.items() if centre not in flow}

    def overloaded(self) -> frozenset[str]:
        """For `Load` of routing/journey.py; a centre that denied relief to a conversation is `full` for it."""
        return frozenset(centre for centre, switch in self._switches.items() if switch.on)

    def flows(self, now_s: float) -> frozenset[tuple[str, str]]:
        """Sender and receiver of current flows; never a pair in both directions."""
        return frozenset(flow for flow in self._flows if self._flowing(flow, now_s))

    def relieve(self, sender: str, allowed: Sequence[str], now_s: float) -> Relief | Callback | None:
        """The receiver of one conversation of an overloaded sender, the shortest forecast first; None when it is not overloaded.

        `allowed` are the receivers permitted by the matrix. A sender with an unknown state is not overloaded.
        """
        if sender not in self.overloaded():
            return None
        known = sorted(allowed, key=lambda centre: (self._wait_s(centre), centre))
        denied: dict[str, NoRelief] = {}
        for receiver in known:
            why = self._offer(sender, receiver, now_s)
            if why is None:
                return Relief(receiver)
            denied[receiver] = why
        return Callback(self._states[sender].predicted_s, denied)

    def _wait_s(self, centre: str) -> float:
        state = self._states.get(centre)
        return state.predicted_s if state else math.inf

    def _offer(self, sender: str, receiver: str, now_s: float) -> NoRelief | None:
        figures = self.figures.setdefault((sender, receiver), Figures())
        figures.offered += 1
        why = self._denial(sender, receiver, now_s)
        if why is None:
            figures.taken += 1
            self._room[receiver] -= 1
            self._flows[sender, receiver] = now_s
        else:
            figures.refused += 1
        return why

    def _flowing(self, flow: tuple[str, str], now_s: float) -> bool:
        at_s = self._flows.get(flow)
        return at_s is not None and now_s - at_s < self._release_s

    def _denial(self, sender: str, receiver: str, now_s: float) -> NoRelief | None:
        state = self._states.get(receiver)
        if state is None:
            return NoRelief.UNKNOWN
        if self._switches[receiver].on:
            return NoRelief.OVERLOADED
        if self._flowing((receiver, sender), now_s):
            return NoRelief.OTHER_DIRECTION
        if state.predicted_s >= self._states[sender].predicted_s and state.predicted_s > 0:
            return NoRelief.NO_QUICKER
        return None if self._room[receiver] >= 1 else NoRelief.NO_ROOM


def _room(state: State, limits: OverloadThresholds) -> float:
    """Operators that may become busy with others' conversations before the occupancy reaches the lower threshold."""
    return (limits.occupancy_off - state.occupancy) * state.operators
