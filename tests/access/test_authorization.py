"""The one question at every door: roles, reach, levels, and what a contractor was given (SE-01, SE-05, FD-04, LV-07)."""

from datetime import UTC, datetime

import pytest

from hub.access.authorization import Authorization, Line, concerns
from hub.access.operator import Operator, Role, changes
from hub.access.permissions import PERMISSION_MATRIX, Permission, Scope, UndeclaredError, declared
from hub.conversations.address import Address
from hub.conversations.callback_promise import promise
from hub.conversations.conversation import Closed, Conversation, Holder, InQueue, Promised, WithBot, WithOperator, hand_over
from hub.organisation.centre import PERSONALISED, Function
from hub.organisation.level import Level

NOW = datetime(2026, 1, 1, 3, tzinfo=UTC)
LINES = {
    "general": Line("Общая", ("001", "", ""), "001", Level.REGIONAL),
    "booking": Line("Запись", ("001", "", ""), "001", Level.REGIONAL, Function.BOOKING),
    "city": Line("Город", ("077", "", ""), "077", Level.MUNICIPAL),
    "country": Line("Россия", ("000", "", ""), "000", Level.FEDERAL),
}
given: dict[tuple[str, str, bool], frozenset[Function]] = {
    ("001", "Подряд", False): frozenset({Function.INFORMATION, Function.CALLBACKS}),
    ("001", "Подряд", True): frozenset({Function.CALLBACKS}),
}
BELOW = {"000": frozenset(LINES), "001": frozenset({"001", "077"})}
ADMISSION = Authorization(LINES, LINES["general"], lambda *key: given.get(key, frozenset()), lambda code: BELOW.get(code, frozenset({code})))


def who(role: Role = Role.OPERATOR, queue: str = "general", *, contractor: str = "", functions: tuple[Function, ...] = tuple(Function)) -> Operator:
    return Operator("anna", "Анна", role, (queue,) if queue else (), contractor=contractor, functions=functions)


def held(holder: Holder) -> Conversation:
    return Conversation(1, "001-260101-00001-4", Address("web.chat", "1"), NOW, holder)


def why(operator: Operator, permission: Permission, queue: str = "") -> str:
    refusal = ADMISSION.why_not(operator, permission, held(InQueue(queue, NOW)) if queue else None)
    return refusal.code if refusal else ""


@pytest.mark.parametrize(("queues", "there"), [(("general",), False), (("country",), True), (("general", "country"), True), ((), False), (("unheard of",), False)])
def test_whoever_serves_a_federal_line_is_at_the_federal_centre(queues: tuple[str, ...], there: bool) -> None:
    # FD-04, SE-05
    assert ADMISSION.federal(Operator("anna", "Анна", Role.OPERATOR, queues)) is there


def test_what_is_personal_is_no_work_of_the_federal_level() -> None:
    # FD-04, D1, D13, D18, D19
    federal = {each for each in Permission if Level.FEDERAL in PERMISSION_MATRIX[each].levels}
    assert set(Permission) - federal == {
        Permission.SEARCH, Permission.SEE_PERSON, Permission.JOIN_PERSON, Permission.READ_STATUS, Permission.BOOK, Permission.ASK_PERSONALLY, Permission.NOTIFY,
        Permission.WORK_CASES, Permission.TAKE_DEMAND, Permission.ANSWER_DEMAND, Permission.ERASE, Permission.HAND_IN, Permission.MANAGE_EXCHANGE}
    assert not [each for each in federal if (PERMISSION_MATRIX[each].functions or frozenset(Function)) <= PERSONALISED]
    assert why(who(Role.ADMIN, "country"), Permission.BOOK) == "federal"
    assert why(who(Role.ADMIN), Permission.BOOK) == ""


def test_a_centre_ends_where_the_next_begins() -> None:
    # SE-01, SE-05: a senior of one centre is nobody at another
    assert [why(who(Role.SENIOR), Permission.SEE_ALL, queue) for queue in ("general", "booking", "city", "country")] == ["", "", "forbidden", "forbidden"]
    refusal = ADMISSION.why_not(who(Role.SENIOR), Permission.SEE_ALL, held(InQueue("city", NOW)))
    assert refusal is not None
    assert "линия — «Город»" in refusal.text
    assert why(who(Role.ADMIN), Permission.EDIT_DIALOGUES, "city") == ""  # what the hub's centres have in common


def test_one_centre_alone_is_everybodys() -> None:
    # SE-01: also for whoever serves no line of it
    alone = Authorization({"general": LINES["general"]}, LINES["general"], lambda *_: frozenset(), lambda code: frozenset({code}))
    assert alone.covers(who(queue=""), "general")
    assert alone.covers(who(queue="closed meanwhile"), "general")


@pytest.mark.parametrize(("holder", "own"), [
    (WithOperator("anna", NOW, "city", NOW), True), (InQueue("city", NOW, wanted="anna"), True), (Promised("city", NOW, "anna"), True),
    (WithOperator("boris", NOW, "city", NOW), False), (InQueue("city", NOW), False), (WithBot(), False), (Closed(NOW, "other", "anna"), False)])
def test_ones_own_stays_ones_own_in_whatever_line(holder: Holder, own: bool) -> None:
    # CH-09, SE-01
    assert concerns(held(holder), who()) is own
    if isinstance(holder, InQueue | WithOperator | Promised):
        assert ADMISSION.may(who(), Permission.SERVE, held(holder)) is own


def test_what_is_over_is_its_last_centres() -> None:
    # SE-01, SE-05
    over = hand_over(held(WithOperator("boris", NOW, "city", NOW)), Closed(NOW, "other", "boris"))
    assert (over.queue, hand_over(over, WithBot()).queue, held(WithBot()).queue) == ("city", "city", "")
    assert ADMISSION.may(who(Role.SENIOR, "city"), Permission.SEE_ALL, over)
    assert not ADMISSION.may(who(Role.SENIOR), Permission.SEE_ALL, over)


def test_a_contractor_may_what_he_was_given() -> None:
    # LV-07: by function, by centre, and with personal data only where the contract says so
    theirs = who(Role.SENIOR, contractor="Подряд")
    assert [why(theirs, each, "general") for each in (Permission.SERVE, Permission.PROMISE, Permission.SEE_ALL)] == ["", "", ""]
    assert why(theirs, Permission.SERVE, "booking") == "contractor"
    for never in (Permission.OPEN_FILES, Permission.SEARCH, Permission.BOOK, Permission.TAKE_COMPLAINT):
        assert why(theirs, never, "general") == "contractor"
    assert (ADMISSION.works(theirs, "general"), ADMISSION.works(theirs, "booking"), ADMISSION.knows(theirs, "general")) == (True, False, False)
    assert why(who(Role.SENIOR, "city", contractor="Подряд"), Permission.SERVE, "city") == "contractor"
    assert why(who(contractor="Другой"), Permission.SERVE) == "contractor"
    assert why(who(Role.ADMIN, contractor="Подряд"), Permission.MANAGE_OPERATORS) == "contractor"
    assert why(who(contractor="Другой"), Permission.ACCOUNT) == ""


def test_his_own_functions_narrow_what_the_contractor_was_given() -> None:
    # LV-07
    less = who(contractor="Подряд", functions=(Function.CALLBACKS,))
    assert (why(less, Permission.SERVE, "general"), why(less, Permission.PROMISE)) == ("contractor", "")
    # What concerns himself is nobody's to give: how his talks were scored while he had any.
    assert set(ADMISSION.granted(who(contractor="Подряд", functions=()))) == {Permission.ACCOUNT, Permission.SEE_OWN_SCORES, Permission.LEARN, Permission.OWN_SHIFTS}


def test_a_contract_that_ends_counts_at_the_next_question() -> None:
    # LV-07
    contracts = {Function.INFORMATION}
    dated = Authorization(LINES, LINES["general"], lambda *_: frozenset(contracts), lambda code: frozenset({code}))
    theirs, head = who(contractor="Подряд"), held(WithOperator("anna", NOW, "general", NOW))
    assert dated.may(theirs, Permission.SERVE, head)
    contracts.clear()
    assert not dated.may(theirs, Permission.SERVE, head)


def test_a_region_sees_the_figures_of_its_municipal_centres() -> None:
    # SE-01, MC-01
    assert ADMISSION.below(who(Role.SUPERVISOR)) == {"001", "077"}
    assert ADMISSION.below(who(Role.SUPERVISOR, "city")) == {"077"}
    assert PERMISSION_MATRIX[Permission.SEE_FIGURES].scope is Scope.BELOW


def test_whoever_is_deactivated_may_nothing() -> None:
    # SE-01
    assert ADMISSION.granted(Operator("anna", "Анна", Role.ADMIN, ("general",), active=False)) == []


@pytest.mark.parametrize("needs", [(), ("none such",), (Permission.SERVE, "none such")])
def test_what_declares_nothing_does_not_open(needs: tuple[Permission, ...]) -> None:
    # SE-01: default deny
    with pytest.raises(UndeclaredError, match="GET /api/more"):
        declared("GET /api/more", needs)


def test_the_audit_tells_of_a_contractor() -> None:
    # LV-07
    theirs = who(contractor="Подряд", functions=(Function.CALLBACKS,))
    assert changes(who(functions=()), theirs) == "подрядчик: нет → Подряд; функции: +callbacks"


def test_an_owed_answer_keeps_its_line() -> None:
    # SE-01
    owed = promise(NOW, Address("web.chat", "1"), "why", "anna", None)
    head = Conversation(1, "001-260101-00001-4", Address("web.chat", "1"), NOW, InQueue("city", NOW), promise=owed)
    assert hand_over(head, Promised("city", NOW)).queue == "city"
