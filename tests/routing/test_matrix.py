"""The matrix of levels against table 2.3a, typed here once more by hand."""

from itertools import product
from pathlib import Path

import msgspec
import pytest

from hub.conversations.transfer_route import TransferPurpose, TransferReason
from hub.organisation.level import TopicClass
from routing.matrix import ROWS, Correction, Matrix, Policy, Row, UnlawfulRowError
from routing.overflow import NoRelief
from routing.reasons import WHY, Denial, Need, Party, Refusal, Route

DOCS = Path(__file__).parents[2] / "docs" / "routing.md"
TABLE = """
federal    federal    *            *          *          *     *            site_balancing
federal    municipal  personalised answer     *          M     *            personalised
federal    municipal  territorial  answer     *          M     *            territorial
federal    municipal  municipal    answer     *          M     *            municipal_service
federal    municipal  personalised mfc_staff  *          M     *            personalised
federal    municipal  territorial  mfc_staff  *          M     *            territorial
federal    municipal  municipal    mfc_staff  *          M     *            municipal_service
federal    regional   personalised answer     *          no_M  *            personalised
federal    regional   territorial  answer     *          no_M  *            territorial
federal    regional   municipal    answer     *          no_M  *            municipal_service
federal    regional   personalised mfc_staff  *          no_M  *            personalised
federal    regional   territorial  mfc_staff  *          no_M  *            territorial
federal    regional   municipal    mfc_staff  *          no_M  *            municipal_service
federal    department *            department *          *     *            departmental
regional   federal    general      answer     overloaded *     *            general_overload
regional   municipal  *            mfc_staff  *          M     *            mfc_consultation
regional   specialist *            mfc_staff  *          no_M  *            mfc_consultation
regional   department *            department *          *     *            departmental
municipal  federal    general      answer     overloaded *     *            general_overload
municipal  specialist *            mfc_staff  *          *     *            mfc_consultation
municipal  department *            department *          *     *            departmental
department federal    general      answer     *          *     *            departmental
department regional   *            answer     *          *     *            departmental
department regional   *            mfc_staff  *          *     *            departmental
department municipal  *            answer     *          M     *            departmental
department municipal  *            mfc_staff  *          M     *            departmental
municipal  regional   *            right_place *         *     switched_on  misrouted
municipal  regional   *            standby    *          *     switched_on  failover
regional   regional   *            right_place *         *     switched_on  misrouted
regional   regional   *            standby    *          *     switched_on  failover
municipal  municipal  *            right_place *         M     switched_on  misrouted
municipal  municipal  *            standby    *          M     switched_on  failover
"""
"""From, to, topic, errand, load, municipal centre, D6, and the reason. Whatever is not here is refused."""
ORACLE = [line.split() for line in TABLE.strip().splitlines()]
CORRECTIONS = tuple(Correction(Party(sender), Party(receiver), TransferReason(reason))
                    for sender, receiver in (("municipal", "regional"), ("regional", "regional"), ("municipal", "municipal"))
                    for reason in ("misrouted", "failover"))
PLAIN, CORRECTING = Matrix(), Matrix(Policy(corrections=CORRECTIONS))


def expected(*facts: str) -> str:
    for row in ORACLE:
        if all(cell in {"*", fact} for cell, fact in zip(row, facts, strict=False)):
            return row[-1]
    return ""


@pytest.mark.parametrize(("sender", "receiver"), list(product(Party, Party)))
def test_every_cell_of_the_table(sender: Party, receiver: Party) -> None:
    # LV-05, RT-02, RT-04, RT-05, RT-06, RT-10, RG-03, MU-04, D1, D6, D10, D16
    for topic, errand, load, municipal, d6 in product(
            TopicClass, TransferPurpose, ("calm", "overloaded"), ("M", "no_M"), ("switched_on", "switched_off")):
        reason = expected(sender, receiver, topic, errand, load, municipal, d6)
        matrix = CORRECTING if d6 == "switched_on" else PLAIN
        got = matrix.permitted(sender, receiver, Need(topic, errand, load == "overloaded", municipal == "M"))
        if reason:
            assert got == Route(sender, receiver, TransferReason(reason))
        else:
            assert isinstance(got, Refusal), (topic, errand, load, municipal, d6)
            assert got.why == WHY[got.code]


@pytest.mark.parametrize(("sender", "receiver"), list(product(Party, Party)))
def test_the_receiver_upholds_what_the_sender_may_have_been_permitted(sender: Party, receiver: Party) -> None:
    # LV-05: by the same table; what only the sender can know, errand and load, is taken as said, and so is a topic that is unknown here
    for reason, topic, municipal, d6 in product(TransferReason, TopicClass, ("M", "no_M"), ("switched_on", "switched_off")):
        topics = TopicClass if topic is TopicClass.UNKNOWN else (topic,)
        lawful = any(expected(sender, receiver, *each, municipal, d6) == reason for each in product(topics, TransferPurpose, ("calm", "overloaded")))
        matrix = CORRECTING if d6 == "switched_on" else PLAIN
        said = matrix.upheld(Route(sender, receiver, reason), topic, municipal_exists=municipal == "M")
        assert (said is None) == lawful, (reason, topic, municipal, d6)


def test_the_reasons_are_these_words_for_ever() -> None:
    # RT-01: they are stored and counted
    assert sorted(TransferReason) == ["departmental", "failover", "general_overload", "mfc_consultation", "misrouted", "municipal_service",
                              "personalised", "site_balancing", "territorial"]


@pytest.mark.parametrize(("sender", "receiver", "need", "code"), [
    ("regional", "federal", Need(TopicClass.GENERAL), Denial.NOT_OVERLOADED),
    ("regional", "federal", Need(TopicClass.UNKNOWN, overloaded=True), Denial.WRONG_TOPIC),
    ("regional", "federal", Need(TopicClass.PERSONALISED, overloaded=True), Denial.WRONG_TOPIC),
    ("federal", "regional", Need(TopicClass.PERSONALISED, municipal_exists=True), Denial.MUNICIPAL_CENTRE_EXISTS),
    ("federal", "municipal", Need(TopicClass.TERRITORIAL), Denial.NO_MUNICIPAL_CENTRE),
    ("federal", "regional", Need(TopicClass.GENERAL), Denial.WRONG_TOPIC),
    ("regional", "municipal", Need(TopicClass.TERRITORIAL, municipal_exists=True), Denial.WRONG_ERRAND),
    ("municipal", "regional", Need(TopicClass.GENERAL, overloaded=True), Denial.SWITCHED_OFF),
    ("federal", "specialist", Need(errand=TransferPurpose.MFC_STAFF), Denial.NO_ROUTE),
])
def test_a_refusal_says_why(sender: str, receiver: str, need: Need, code: Denial) -> None:
    # LV-05
    got = PLAIN.permitted(Party(sender), Party(receiver), need)
    assert isinstance(got, Refusal)
    assert got.code == code


def test_every_denial_has_its_russian_words() -> None:
    # LV-05
    assert set(WHY) == set(Denial)
    assert all(any("а" <= letter <= "я" for letter in why) for why in WHY.values())


def row(sender: str, receiver: str, reason: str, **conditions: object) -> dict[str, object]:
    return {"sender": sender, "receiver": receiver, "reason": reason, **conditions}


def from_file(*rows: dict[str, object], corrections: tuple[dict[str, object], ...] = ()) -> Matrix:
    return Matrix(msgspec.convert({"rows": rows, "corrections": corrections}, Policy))


def test_a_policy_may_narrow_the_matrix() -> None:
    # LV-05, LV-10
    matrix = from_file(row("regional", "federal", "general_overload", topics=["general"], overload=True))
    assert isinstance(matrix.permitted(Party.REGIONAL, Party.FEDERAL, Need(TopicClass.GENERAL, overloaded=True)), Route)
    assert isinstance(matrix.permitted(Party.MUNICIPAL, Party.FEDERAL, Need(TopicClass.GENERAL, overloaded=True)), Refusal)


@pytest.mark.parametrize("unlawful", [
    row("regional", "federal", "general_overload", topics=["general"]),
    row("regional", "federal", "general_overload", topics=["general", "personalised"], overload=True),
    row("regional", "federal", "personalised", topics=["personalised"]),
    row("federal", "regional", "personalised", topics=["personalised"]),
    row("federal", "regional", "personalised", topics=["general"], municipal=False),
    row("municipal", "regional", "general_overload", topics=["general"], overload=True),
    row("municipal", "regional", "misrouted", errands=["right_place"]),
    row("regional", "municipal", "mfc_consultation", errands=["answer", "mfc_staff"], municipal=True),
    row("federal", "specialist", "mfc_consultation", errands=["mfc_staff"]),
    row("specialist", "federal", "departmental"),
])
def test_a_policy_that_the_concept_forbids_stops_the_start(unlawful: dict[str, object]) -> None:
    # LV-05, RT-06, D1
    with pytest.raises(UnlawfulRowError, match=str(unlawful["sender"])):
        from_file(unlawful)


@pytest.mark.parametrize("unlawful", [
    row("municipal", "regional", "general_overload"), row("regional", "municipal", "misrouted"), row("federal", "regional", "failover"),
])
def test_only_the_corrections_of_d6_can_be_switched_on(unlawful: dict[str, object]) -> None:
    # D6
    with pytest.raises(UnlawfulRowError, match="not a correction"):
        from_file(corrections=(unlawful,))


def test_a_row_twice_and_an_unknown_condition_are_refused() -> None:
    # LV-05
    with pytest.raises(UnlawfulRowError, match="twice"):
        Matrix(Policy((*ROWS, ROWS[0])))
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(row("federal", "federal", "site_balancing", unless="night"), Row)


@pytest.mark.parametrize("code", [*TransferReason, *Denial, *NoRelief])
def test_every_code_is_explained(code: str) -> None:
    # LV-05, RT-01
    assert f"`{code}`" in DOCS.read_text(encoding="utf8")
