"""Who is told how an application stands: levels, one answer for every no, powers, and what is recorded (ST-01…ST-05, FD-04, D17)."""

import re
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from hub.access.federal_separation import FederalDataPolicy
from hub.cases.guess_limits import FREE
from hub.citizens.code_word_service import CodeWordService
from hub.citizens.code_words import CodeWord, Power
from hub.citizens.verification import VerificationService
from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import Conversation
from hub.conversations.identities import plain
from hub.conversations.message import CITIZEN, Message
from hub.conversations.redaction import HIDDEN, LOST
from hub.conversations.verification_level import LOCKED, Misses
from hub.integrations.application_status import AssuranceLevel, Question, Required, StatusPart, said, spelled, told
from hub.integrations.application_status_by_message import StatusAsking
from hub.integrations.application_status_service import SELF, ApplicationStatusService
from hub.integrations.department_client import DepartmentClients, ServiceContract
from hub.integrations.department_systems import Applicant, Contract, Standing, Submission, Submitted
from hub.kernel.errors import RefusedError
from hub.kernel.patterns import Pattern
from hub.organisation.level import Level
from hub.privacy.self_service import DataSelfService
from okno.config import StatusSettings
from tests.rig import MOSCOW, Rig

SNILS, OTHER = "112-233-445 95", "087-654-303 00"
NUMBER, PHONE, WORD, NAME, ACCOUNT = "A-1001", "+79161234567", "ромашка", "Иванова Мария Петровна", "1000299654"
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
READY = Standing(NUMBER, "Паспорт", "ready", "Готово", AT, date(2026, 12, 18), "Ждёт в МФЦ", personal="Вручит Петров")


class Ministry:
    """hub.integrations.department_systems.System with one application."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Applicant]] = []

    async def state(self, number: str, applicant: Applicant) -> Standing | None:
        self.asked.append((number, applicant))
        his = applicant in {Applicant(NAME, SNILS), Applicant(snils=SNILS), Applicant(account=ACCOUNT)}
        return READY if number == NUMBER and his else None

    async def submit(self, submission: Submission) -> Submitted:
        raise AssertionError(submission)

    async def version(self) -> str:
        return "1.0"

    async def close(self) -> None:
        """Nothing is open."""


class Window:
    """A hub with one system, at which citizens ask."""

    def __init__(self, rig: Rig, level: Level = Level.REGIONAL, required: Required = Required(), *, municipal: bool = False) -> None:  # noqa: B008 - frozen
        self.rig, self.ministry, self.accounts = rig, Ministry(), dict[int, str]()
        contract = Contract("1.0", "отдел")
        self.systems = DepartmentClients({"mvd": ServiceContract("МВД", contract, self.ministry, Pattern(r"A-\d+", ignore_case=False)), "town": ServiceContract("Город", contract, self.ministry, Pattern(r"M-\d+", ignore_case=False), municipal=True)},
                               rig.store, rig.clock)
        self.code_word_service = CodeWordService(rig.store, rig.clock, lambda: rig.clock().date())
        self.application_status = ApplicationStatusService(rig.sequencer, rig.store, self.systems, VerificationService(rig.sequencer, rig.store), self.code_word_service, FederalDataPolicy(level, {}),
                                   StatusSettings(required, municipal, even_s=0), held=self.held, account=lambda head: self.accounts.get(head.id, ""), network=rig.intake_filter.network)

    async def held(self, start: str) -> tuple[str, ...]:
        return (start,)

    async def comes(self, value: str = PHONE, channel: str = "sms.http") -> Conversation:
        return await self.rig.message_intake.open(Address(channel, value), Citizen())

    async def asks(self, head: Conversation, **more: str) -> list[str]:
        """The parts that are told, or the refusal."""
        try:
            return list((await self.application_status.ask(head, Question(**{"number": NUMBER, "snils": SNILS} | more), "", SELF)).parts)
        except RefusedError as refused:
            return [refused.code]


@pytest.fixture
async def window(rig: Rig) -> Window:
    window = Window(rig)
    await window.systems.start()
    await window.code_word_service.start()
    return window


def test_what_is_told_grows_with_the_level() -> None:
    # ST-04: the table, by hand
    assert {part.value: needs.value for part, needs in Required().table().items()} == {
        "state": "papers", "term": "papers", "result": "word", "personal": "account"}
    assert [list(told(READY, sure, Required()).parts) for sure in AssuranceLevel] == [[], ["state", "term"], ["state", "term", "result"], list(StatusPart)]
    assert told(READY, AssuranceLevel.PAPERS, Required()).withheld == (StatusPart.RESULT, StatusPart.PERSONAL)
    assert told(READY, AssuranceLevel.PAPERS, Required()).result == ""
    with pytest.raises(msgspec.ValidationError, match="nothing of an application"):
        msgspec.convert({"required": {"state": "nothing"}}, StatusSettings)


def test_the_table_in_the_docs_is_the_one_that_holds() -> None:
    # ST-04
    with open("docs/status.md", encoding="utf8") as page:
        rows = re.findall(r"\| `(\w+)`: .+? \| `(\w+)` \| `status\.required\.(\w+)` \|", page.read())
    assert rows == [(part, needs, part) for part, needs in Required().table().items()]


def test_how_a_question_is_said() -> None:
    assert (spelled("11223344595"), spelled(" 112-233-445 95 "), spelled("112")) == (SNILS, SNILS, "")
    assert (said("1", SNILS, "Ромашка").word, said("1", SNILS, "Иванов  Иван").name) == ("Ромашка", "Иванов Иван")


async def test_each_proof_tells_as_much_as_it_is_worth(window: Window) -> None:
    # ST-01, ST-04
    head = await window.comes()
    assert await window.asks(head, name=NAME) == ["state", "term"]
    await window.code_word_service.register(PHONE, SNILS, WORD, "паспорт", "anna", head.id)
    assert await window.asks(head, word="РОМАШКА") == ["state", "term", "result"]
    assert await window.asks(await window.comes("+79160000000"), word=WORD) == ["not_told"]
    assert await window.asks(head, word=WORD, snils=OTHER) == ["not_told"]
    chat = await window.comes("chat", "web.chat")
    window.accounts[chat.id] = ACCOUNT
    assert await window.asks(chat, snils="") == list(StatusPart)


async def test_a_wrong_proof_asks_for_nobody_and_says_the_same(window: Window) -> None:
    # ST-02: nobody learns from outside at which step it failed, nor does a department hear a word that was mistyped
    head = await window.comes()
    await window.code_word_service.register(PHONE, SNILS, WORD, "паспорт", "anna", head.id)
    refusals = set()
    for who, question in enumerate((Question(NUMBER, SNILS, word="лютик"), Question("A-9", SNILS, NAME), Question(NUMBER, OTHER, NAME), Question("Z", SNILS, NAME))):
        with pytest.raises(RefusedError) as refused:
            await window.application_status.ask(await window.comes(f"+7916000000{who}"), question, "", SELF)
        refusals.add((refused.value.code, refused.value.text))
    assert len(refusals) == 1
    assert window.ministry.asked[0] == (NUMBER, Applicant())


async def test_a_level_at_which_nothing_is_told_proves_nothing(rig: Rig) -> None:
    # ST-02
    window = Window(rig, required=Required(AssuranceLevel.WORD, AssuranceLevel.WORD, AssuranceLevel.ACCOUNT))
    assert await window.asks(await window.comes(), name=NAME) == ["not_told"]
    assert window.ministry.asked == [(NUMBER, Applicant())]


async def test_three_failures_lock_and_a_right_answer_between_frees_nobody(window: Window) -> None:
    # ST-04
    head = await window.comes()
    answers = [await window.asks(head, name=name, number=number) for name, number in (
        ("Не тот", NUMBER), (NAME, NUMBER), ("Не тот", "A-2"), ("Не тот", "A-3"), (NAME, NUMBER))]
    assert answers == [["not_told"], ["state", "term"], ["not_told"], ["not_told"], ["locked"]]
    misses = await window.rig.store.get(Misses, plain(head.address))
    assert misses is not None  # in the store, so a restart forgets none
    window.rig.clock.forward(LOCKED.total_seconds() + 1)
    assert await window.asks(head, name=NAME) == ["state", "term"]


async def test_an_application_that_many_try_is_slowed_but_for_its_account(window: Window) -> None:
    # ST-04
    for who in range(FREE):
        assert await window.asks(await window.comes(f"+7916000{who:04}"), name="Не тот") == ["not_told"]
    head = await window.comes()
    assert await window.asks(head, name=NAME) == ["too_fast"]
    window.accounts[head.id] = ACCOUNT
    assert await window.asks(head) == list(StatusPart)


async def test_a_representative_needs_a_recorded_power_that_holds(window: Window) -> None:
    # ST-03
    head, today = await window.comes(), window.rig.clock().date()
    await window.code_word_service.register(PHONE, OTHER, WORD, "паспорт", "anna", head.id)
    assert await window.asks(head, word=WORD) == ["not_told"]
    with pytest.raises(RefusedError, match="без номера"):
        await window.code_word_service.empower(plain(head.address), SNILS, today, "доверенность 123456", "anna", head.id)
    with pytest.raises(RefusedError, match="прошёл"):
        await window.code_word_service.empower(plain(head.address), SNILS, today - timedelta(days=1), "доверенность", "anna", head.id)
    await window.code_word_service.empower(plain(head.address), SNILS, today, "доверенность", "anna", head.id)
    assert await window.asks(head, word=WORD) == ["state", "term", "result"]
    assert await window.asks(head, word="лютик") == ["not_told"]
    # Whose it is finds in his list that it was told, and by what right.
    (subject,) = {each.subject for each in await window.rig.store.all(Power)}
    audit_entries = [audit_entry for _, audit_entry in await window.rig.store.deeds_about([subject])]
    assert [(audit_entry.what, audit_entry.ground) for audit_entry in audit_entries] == [("status_told", "power")]
    await window.code_word_service.register("+79169999999", SNILS, "клён7", "паспорт", "anna", head.id)
    assert await window.code_word_service.subjects(["voice.asterisk:+79169999999"]) == [subject]
    window.rig.clock.forward(86_400)
    assert await window.asks(head, word=WORD) == ["not_told"]
    await window.code_word_service.start()
    assert await window.rig.store.all(Power) == []


async def test_what_was_shown_in_person_is_listed_changed_and_ended(window: Window) -> None:
    # ST-03, ST-04: by an operator on his demand, or by himself
    rig, head, today = window.rig, await window.comes(), window.rig.clock().date()
    own = DataSelfService(rig.sequencer, rig.demands, rig.consent_service, FederalDataPolicy(Level.REGIONAL, {}), window.application_status)
    await window.code_word_service.register(PHONE, SNILS, WORD, "паспорт", "anna", head.id)
    friend = await window.comes("+79160000000")
    await window.code_word_service.empower(plain(friend.address), SNILS, today, "доверенность", "anna", friend.id)
    await window.code_word_service.empower(plain(head.address), OTHER, today, "решение суда", "olga", head.id)
    mine, theirs = await own.vouched(head), await own.vouched(friend)
    assert [(each.shown, each.by) for each in (*mine.given, *mine.held)] == [("доверенность", "anna"), ("решение суда", "olga")]
    assert (theirs.held, theirs.given, theirs.words) == (mine.given, [], [])
    word, power = mine.words[0].key, mine.given[0].key
    with pytest.raises(RefusedError, match="через Госуслуги"):
        await own.change_word(head, word, "сирень")
    window.accounts[head.id] = ACCOUNT
    for wrong, code in ((own.change_word(friend, word, "сирень"), "no_proof"), (own.withdraw_word(friend, word), "no_such_voucher"),
                        (own.end_power(friend, mine.held[0].key), "no_such_voucher"), (own.change_word(head, word, "да"), "bad_word")):
        with pytest.raises(RefusedError) as refused:
            await wrong
        assert refused.value.code == code
    await own.change_word(head, word, "Сирень")
    del window.accounts[head.id]
    assert [await window.asks(head, word=each) for each in ("сирень", WORD)] == [["state", "term", "result"], ["not_told"]]
    await own.end_power(head, power)  # he trusts his representative no more
    await window.code_word_service.withdraw(await window.application_status.ways(head), word, "anna", head.id)
    left = await own.vouched(head)
    assert (left.words, left.given, [each.shown for each in left.held]) == ([], [], ["решение суда"])
    assert await window.asks(head, word="сирень") == ["not_told"]
    audit_entries = [(audit_entry.what, audit_entry.by) for _, audit_entry in await rig.store.deeds_about([str(head.id)])]
    assert {("code_word_set", ""), ("code_word_withdrawn", "anna"), ("power_ended", "")} <= set(audit_entries)
    assert not [audit_entry for _, audit_entry in await rig.store.audit_entries(limit=1000) if "сирень" in str(audit_entry).casefold()]


async def test_nothing_that_was_shown_can_be_read_back_and_all_of_it_goes(window: Window) -> None:
    # ST-04, SE-03
    head = await window.comes()
    await window.code_word_service.register(PHONE, SNILS, WORD, "паспорт", "anna", head.id)
    await window.code_word_service.empower(plain(head.address), OTHER, date(2030, 1, 1), "доверенность", "anna", head.id)
    kept = msgspec.json.encode([*await window.rig.store.all(CodeWord), *await window.rig.store.all(Power)]).decode()
    assert not [each for each in (PHONE, SNILS, OTHER, WORD) if each in kept]
    assert {kind for kind, _ in await window.code_word_service.kept(plain(head.address))} == {CodeWord, Power}
    with pytest.raises(RefusedError, match="одно слово"):
        await window.code_word_service.register(PHONE, SNILS, "два слова", "паспорт", "anna", head.id)


async def test_the_federal_centre_reads_none(rig: Rig) -> None:
    # FD-04, D1
    window = Window(rig, Level.FEDERAL)
    head = await window.comes()
    window.accounts[head.id] = ACCOUNT
    assert await window.asks(head, name=NAME) == ["federal"]
    asking = StatusAsking(window.application_status, rig.sequencer, MOSCOW)
    assert "Федеральный центр не сообщает" in (await asking.answer(head, NUMBER, SNILS, NAME, "")).text
    assert await asking.told(str(head.id), NUMBER, SNILS, NAME) is None  # a person hands it on
    assert window.ministry.asked == []


async def test_municipal_services_are_told_of_by_a_switch(rig: Rig, window: Window) -> None:
    # D17
    assert await window.asks(await window.comes(), number="M-1", name=NAME) == ["municipal_status"]
    assert window.ministry.asked == []
    assert await Window(rig, municipal=True).asks(await window.comes(), number="M-1", name=NAME) == ["not_told"]


@pytest.mark.parametrize(("text", "asked"), [
    (f"заявление {NUMBER}", (NUMBER, "", "", "")),
    (f"Заявление № a-1001, СНИЛС {SNILS}, {NAME}.", (NUMBER, SNILS, NAME, f"{SNILS}, {NAME}")),
    (f"заявление 4021567 11223344595 кодовое слово {WORD}", ("4021567", "11223344595", WORD, f"11223344595 кодовое слово {WORD}")),
    ("заявление на паспорт", None), ("заявление 001-261126-0000042-8", None), ("как подать заявление 2026", None)])
async def test_a_message_that_asks(window: Window, text: str, asked: tuple[str, ...] | None) -> None:
    asking = StatusAsking(window.application_status, window.rig.sequencer, MOSCOW)
    assert asking.asked(Message(CITIZEN, text, AT)) == asked


async def test_a_code_word_that_is_not_remembered_is_asked_for_again(window: Window) -> None:
    # ST-04
    asking = StatusAsking(window.application_status, window.rig.sequencer, MOSCOW)
    asked = asking.asked(Message(CITIZEN, f"заявление {NUMBER} {SNILS} {HIDDEN}", AT))
    assert asked == (NUMBER, SNILS, HIDDEN, f"{SNILS} {HIDDEN}")
    assert (await asking.answer(await window.comes(), *asked)).text == LOST.text
    assert window.ministry.asked == []


async def test_it_is_said_in_words_with_its_source(window: Window) -> None:
    # ST-01
    asking = StatusAsking(window.application_status, window.rig.sequencer, MOSCOW)
    assert (await asking.answer(await window.comes(), NUMBER, SNILS, NAME, "")).text == (
        "Заявление № A-1001 (Паспорт). Готово. Срок — до 18 декабря 2026. По данным: МВД, на 20 ноября 2026, 12:00 по московскому времени. "
        "Чтобы узнать результат, нужно: кодовое слово и номер телефона. Чтобы узнать личные сведения, нужно: вход через Госуслуги.")
