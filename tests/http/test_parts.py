"""What endpoints and services ask for by their hints is bound once, or nothing starts."""

from collections.abc import Callable
from typing import Protocol

import pytest

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint, handler
from hub.desk.http.parts import DoublePartError, MissingPartError, Parts
from hub.desk.http.session_cookie import SessionCookie


class Port(Protocol):
    def ask(self) -> str: ...


class Adapter:
    def ask(self) -> str:
        return "asked"


class Service:
    def __init__(self, port: Port, clock: Callable[[], int], limit: int = 7) -> None:
        self.port, self.clock, self.limit = port, clock, limit


class Other:
    def __init__(self, service: Service) -> None:
        self.service = service


class Round:
    def __init__(self, back: "Back") -> None: ...


class Back:
    def __init__(self, around: Round) -> None: ...


def parts() -> Parts:
    made = Parts()
    made.provide_as(Port, Adapter())
    made.provide_as(Callable[[], int], lambda: 5)
    made.offer(Service, Other)
    return made


def test_a_service_is_made_once_out_of_what_its_constructor_names() -> None:
    there = parts()
    other, service = there.of(Other), there.of(Service)
    assert other.service is service
    assert (service.port.ask(), service.clock(), service.limit) == ("asked", 5, 7)


def test_two_parts_of_a_type_are_refused() -> None:
    there = Parts()
    there.provide(Adapter())
    with pytest.raises(DoublePartError, match="Adapter"):
        there.provide(Adapter())


def test_services_that_need_each_other_do_not_start() -> None:
    there = Parts()
    there.offer(Round, Back)
    with pytest.raises(MissingPartError, match=r"Back: around is .*Round, which nobody provides"):
        there.of(Round)


class NoGate:
    async def admit(self, request: object, what: object) -> Call:
        raise NotImplementedError


def test_an_endpoint_that_asks_for_what_nobody_provides_does_not_start() -> None:
    @endpoint("GET", "/api/more/{number}", Permission.SERVE)
    async def more(service: Service, missing: Adapter, call: Call, number: int) -> None:
        """More."""

    assert set(more.parts()) == {"service", "missing"}
    assert set(more.inputs()) == {"number"}
    with pytest.raises(MissingPartError, match=r"GET /api/more/{number} \(more\): missing is .*\.Adapter, which nobody provides"):
        handler(more, parts(), NoGate(), SessionCookie(secure=False))
