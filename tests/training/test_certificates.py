"""Nobody is offered what they lack the certificate for, from the moment it ends (TR-04, TR-05)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.access.authorization import Authorization, Line
from hub.access.operator import Operator, Role
from hub.access.permissions import Permission
from hub.conversations.conversation import WithOperator
from hub.conversations.ports import Store
from hub.dispatch.offer import Waiting
from hub.kernel.errors import RefusedError
from hub.organisation.level import Level
from hub.organisation.queue import serves_queue, skills
from hub.training.certificate import CertificateState
from hub.training.certificate_registry import CertificateRegistry
from hub.training.course import Course, id_of
from hub.training.course_service import CourseService
from hub.training.group import TrainingGroup
from hub.training.group_service import TrainingGroupService
from okno.training import shipped_courses
from routing.assignment import Floor
from tests.access.test_authorization import held
from tests.rig import Clock

AT = datetime(2026, 1, 1, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")
OWN = Line("Центр", ("001", "", ""), "001", Level.REGIONAL)
TAUGHT = Line("Общая", ("001", "", ""), "001", Level.REGIONAL, qualification="operator")
ADMIN = Operator("boss", "Начальник", Role.ADMIN, ("general",))
ANNA = Operator("anna", "Анна", Role.OPERATOR, ("general",))


def course() -> Course:
    return next(each.course(datetime(2026, 1, 1, tzinfo=UTC)) for each in shipped_courses() if each.key == "operator")


def authorization_of(registry: CertificateRegistry) -> Authorization:
    return Authorization({"general": TAUGHT}, OWN, lambda *_: frozenset(), lambda code: frozenset({code}), registry.qualified)


@pytest.fixture
async def registry(store: Store, clock: Clock) -> CertificateRegistry:
    made = CertificateRegistry(store, clock, MOSCOW)
    await made.start()
    return made


async def provided(registry: CertificateRegistry, until: date = date(2099, 1, 1)) -> None:
    await registry.write_provider(authorization_of(registry), ADMIN, "college", "Колледж связи", "Л035-01298", until)


async def test_only_a_valid_licence_certifies(registry: CertificateRegistry, clock: Clock) -> None:
    # TR-04
    await provided(registry, clock().date() - timedelta(days=1))
    with pytest.raises(RefusedError) as refused:
        registry.provider("college")
    assert refused.value.code == "licence_over"
    with pytest.raises(RefusedError):
        registry.provider("nobody")


async def test_a_certificate_opens_a_line_and_its_end_closes_it(registry: CertificateRegistry, clock: Clock, store: Store) -> None:
    # TR-05: from the moment of the end, and by a hub that has just started, too
    heard: list[str] = []
    registry.on_change.subscribe(heard.append)
    authorization = authorization_of(registry)
    assert not authorization.works(ANNA, "general")
    await provided(registry)
    made = await registry.issue(authorization, ADMIN, ANNA, course(), registry.provider("college"), 92.0)
    assert authorization.works(ANNA, "general")
    assert made.until.astimezone(MOSCOW).hour == 0
    assert await registry.issue(authorization, ADMIN, ANNA, course(), registry.provider("college"), 92.0) == made
    assert registry.find(made.code.lower()[:6] + "-" + made.code[6:]) == made
    again = CertificateRegistry(store, clock, MOSCOW)
    await again.start()
    assert authorization_of(again).works(ANNA, "general")
    clock.now = made.until - timedelta(seconds=1)
    assert authorization.works(ANNA, "general")
    clock.now = made.until
    assert not authorization.works(ANNA, "general")
    registry.look()
    assert heard == ["anna", "anna"]


async def test_a_revoked_one_is_heard_of_at_once(registry: CertificateRegistry) -> None:
    # TR-05
    authorization = authorization_of(registry)
    await provided(registry)
    made = await registry.issue(authorization, ADMIN, ANNA, course(), registry.provider("college"), 92.0)
    heard: list[str] = []
    registry.on_change.subscribe(heard.append)
    gone = await registry.revoke(authorization, ADMIN, made.code, "выдан по ошибке")
    assert (heard, gone.state(gone.issued), authorization.works(ANNA, "general")) == (["anna"], CertificateState.REVOKED, False)
    assert await registry.revoke(authorization, ADMIN, made.code, "ещё раз") == gone


async def test_an_exemption_has_an_end_and_a_reason_in_the_audit(registry: CertificateRegistry, clock: Clock, store: Store) -> None:
    # TR-05
    authorization = authorization_of(registry)
    await registry.exempt(authorization, ADMIN, ANNA, course(), clock() + timedelta(days=7), "эпидемия")
    assert authorization.works(ANNA, "general")
    clock.now = clock() + timedelta(days=7)
    assert not authorization.works(ANNA, "general")
    ((_, entry),) = await store.audit_entries()
    assert (entry.what, entry.about, entry.ground) == ("certificate_exemption", "anna", "эпидемия")


def test_who_lacks_it_is_told_what_to_do_and_ends_what_was_begun() -> None:
    # TR-05
    never = Authorization({"general": TAUGHT}, OWN, lambda *_: frozenset(), lambda code: frozenset({code}), lambda *_: False)
    refusal = never.uncertified(ANNA, "general")
    assert refusal is not None
    assert (refusal.code, "Обучение" in refusal.text) == ("not_certified", True)
    assert never.may(ANNA, Permission.SERVE, held(WithOperator("anna", AT, "general", AT)))


async def test_another_centre_sees_and_changes_nothing(registry: CertificateRegistry, clock: Clock, store: Store) -> None:
    # SE-01, F6
    lines = {"general": TAUGHT, "city": Line("Город", ("077", "", ""), "077", Level.MUNICIPAL)}
    both = Authorization(lines, OWN, lambda *_: frozenset(), lambda code: frozenset({code}), registry.qualified)
    stranger = Operator("stranger", "Чужой", Role.ADMIN, ("city",))
    await provided(registry)
    made = await registry.issue(both, ADMIN, ANNA, course(), registry.provider("college"), 92.0)
    assert (registry.all(both, stranger), registry.providers(both, stranger)) == ([], [])
    with pytest.raises(RefusedError, match="другой центр"):
        await registry.write_provider(both, stranger, "college", "Подмена", "1", date(2099, 1, 1))
    with pytest.raises(RefusedError, match="сертификата нет"):
        await registry.revoke(both, stranger, made.code, "подмена")
    service = CourseService(store, both, clock, lambda _: None)
    await service.courses.start((course(),), "courses_filled", clock)
    own = await service.courses.write(ADMIN, "own", 0, "course", lambda centre, at: replace(
        course(), id=id_of("own", 1), key="own", version=1, written=at, centre=centre), clock())
    assert service.courses.find(ADMIN, "own") == own
    with pytest.raises(RefusedError, match="курса нет"):  # nor its package
        service.courses.find(stranger, "own")
    groups = TrainingGroupService(store, both, clock, service, registry)
    await groups.write(ADMIN, "first", TrainingGroup("first", "Г", "operator", 1, "college", "л", clock().date(), ("anna",), "001", "boss", clock()))
    assert await groups.all(stranger) == []
    for tried in (groups.find(stranger, "first"), groups.mark(stranger, "first", 0, ()), groups.certify(stranger, "first", ANNA)):
        with pytest.raises(RefusedError, match="группы нет"):
            await tried


@given(st.lists(st.tuples(st.sampled_from(["anna", "boris", "vera"]), st.booleans()), min_size=1, max_size=30))
def test_the_router_never_offers_to_who_lacks_it(changes: list[tuple[str, bool]]) -> None:
    # TR-05: whatever begins and ends in whatever order
    certified: set[str] = set()
    authorization = Authorization({"general": TAUGHT}, OWN, lambda *_: frozenset(), lambda code: frozenset({code}),
                                  lambda login, _: login in certified)
    people = {each: Operator(each, each, Role.OPERATOR, ("general",)) for each in ("anna", "boris", "vera")}
    floor = Floor()
    for number, (login, holds) in enumerate(changes):
        certified.add(login) if holds else certified.discard(login)
        queues = tuple(queue for queue in people[login].queues if authorization.works(people[login], queue))
        floor.present(login, skills(dict.fromkeys(map(serves_queue, queues), 1)), float(number))
        floor.wait(Waiting(number + 1, "general", float(number), 25, (skills({serves_queue("general"): 1}),)), float(number))
        assert all(offer.operator in certified for each in people for offer in floor.offers_of(each))
