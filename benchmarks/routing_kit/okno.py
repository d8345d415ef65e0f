"""Okno's router in the kit: each event is a method of the floor, as the hub calls it."""

from typing import cast

from benchmarks.routing_kit.router import Event, Offer, Router, Step
from hub.dispatch.offer import Offer as FloorOffer
from hub.dispatch.offer import Waiting
from routing.assignment import Floor


class OknoRouter(Router):
    def __init__(self) -> None:
        self.floor = Floor()
        # Asked after each event, and timed: the floor's own.
        self.next_event = self.floor.next_event  # type: ignore[method-assign]

    def prepare(self, event: Event) -> Step:  # noqa: PLR0911 - one return a kind of event
        floor, now = self.floor, event.now
        match event.kind:
            case "ready":
                return floor.present, (event.operator, event.skills, now)
            case "away":
                return floor.present, (event.operator, (), now)
            case "arrive":
                return floor.wait, (Waiting(event.call, event.queue, event.since, event.cost, event.needs), now)
            case "hold" | "accept":
                return floor.take, (event.call, event.operator, event.cost, now)
            case "reject":
                return floor.reject, (event.call, event.operator, now)
            case "end":
                return floor.release, (event.call, now)
            case "tick":
                return floor.advance, (now,)

    def handle(self, event: Event) -> list[Offer]:
        method, words = self.prepare(event)
        return self.offers(method(*words))

    def offers(self, answer: object) -> list[Offer]:
        offers = cast("list[FloorOffer]", answer[1] if isinstance(answer, tuple) else answer)
        return [(offer.conversation, offer.operator) for offer in offers]
