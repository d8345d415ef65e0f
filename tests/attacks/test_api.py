"""Every call of the API made by its own description, in every role: nothing fails, nothing is answered that is not described, and
nobody gets what is not his (SE-01, SE-02, SE-05, LV-07).

`OKNO_FUZZ` is how many examples there are of each call; `make fuzz` asks for many.
"""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from schemathesis.checks import content_type_conformance, not_a_server_error, response_schema_conformance, status_code_conformance
from schemathesis.generation import GenerationMode

from hub.access.operator import Role
from hub.access.service_accounts import SCOPES, ServiceKey, digest_of
from hub.appointments.appointment import Appointment, BookingAct, BookingState, BookingStep, Wish
from hub.cases.case import Case, CaseKind, CaseStep, Classification, Label, LegalTerms, Subject
from hub.cases.referral import Referral, ReferralWay
from hub.cases.state import Act, CaseState
from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import Closed, Conversation, InQueue
from hub.conversations.journal import HandedOver, StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.ports import Commit, Store
from hub.desk.server import description
from hub.knowledge.scripts.script_run import ScriptRun
from hub.organisation.legal_terms import LegalTerm
from hub.privacy.subject_request import RequestKind, SubjectRequest
from okno.app import running
from okno.config import DEMO, BookingSettings
from tests.matrix import BLIND, NOW, QUEUES, SEEING, Account, Hub, configured

pytestmark = pytest.mark.journeys

LONG = "OKNO_FUZZ" in os.environ
EXAMPLES = int(os.environ.get("OKNO_FUZZ", "2"))
ENDS_HIS_SESSION = {"sign_out", "end_session", "end_other_sessions"}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
PLACES = list(QUEUES)
CENTRES = {"Ф": "000", "Р": "001", "М": "077"}
KEY = "okno_a key of a program"
TOO_LONG = "Got more than 8190 bytes"


class Caller(NamedTuple):
    name: str
    account: Account | None
    """None is nobody, or a program."""

    def __str__(self) -> str:
        return self.name


CALLERS = [
    Caller("nobody", None), Caller("program", None),
    *(Caller(f"{role}-{level}", Account(role, level, "")) for role in Role for level in ("Р", "Ф") if LONG or level == "Р" or role is Role.ADMIN),
    *([Caller("contractor", Account(Role.SENIOR, "Р", SEEING))] if LONG else []),
    Caller("blind contractor", Account(Role.SENIOR, "Р", BLIND))]


def canary(what: str, level: str, state: str) -> str:
    """Words that stand nowhere else: whoever is answered with them was shown that conversation."""
    return f"kanarejka{what}{PLACES.index(level)}{state}"


def unseen(caller: Caller) -> list[str]:
    """What must be in no answer to him."""
    own = caller.account.level if caller.account else "Р"
    foreign = [canary(what, level, state) for what in ("text", "name", "addr") for level in QUEUES if level != own for state in ("waits", "over")]
    if caller.name == "nobody":
        return foreign + [canary(what, own, state) for what in ("text", "name", "addr") for state in ("waits", "over")] + [
            canary("case", level, "") for level in QUEUES]
    more = [canary("case", level, "") for level in QUEUES if level != own]
    if own == "Ф" or (caller.account and caller.account.contractor == BLIND):
        more += [canary("case", own, ""), *(canary(what, own, state) for what in ("name", "addr") for state in ("waits", "over"))]
    if caller.account and caller.account.role in {Role.OPERATOR, Role.DESIGNER}:
        more += [canary("text", own, "over"), canary("name", own, "over")]
    if caller.account and caller.account.role is Role.DESIGNER:
        more += [canary("text", own, "waits"), canary("name", own, "waits"), canary("case", own, "")]
    return foreign + more


async def plant(store: Store) -> None:
    for number, (level, queue) in enumerate(QUEUES.items(), 1):
        for at, (state, holder) in enumerate({"waits": InQueue(queue, NOW), "over": Closed(NOW, "other", "")}.items()):
            id_ = number + at * 10
            said = Message(Author.CITIZEN, f"{canary('text', level, state)} вопрос", NOW, name=canary("name", level, state))
            head = Conversation(id_, f"001-261126-{id_:05}-1", Address("email.mail", f"{canary('addr', level, state)}@example.com"), NOW, holder,
                                last=id_ * 1000 + 1, citizen=Citizen(canary("name", level, state)), line=queue if state == "over" else "")
            await store.commit(Commit(id_, 0, (StoredEvent(id_ * 1000, id_, said), StoredEvent(id_ * 1000 + 1, id_, HandedOver(NOW, holder, "test"))), head))
        await papers(store, number, level, queue)
    await store.put(ServiceKey(digest_of(KEY), "program", Role.ADMIN, ("region",), tuple(SCOPES), "admin", NOW, NOW + timedelta(hours=9)))


async def papers(store: Store, number: int, level: str, queue: str) -> None:
    """What is made of the conversation that waits: a complaint, sent to an authority, an appointment, a demand, a script that was begun."""
    words, later, login = canary("case", level, ""), NOW + timedelta(days=9), f"senior-{queue}-0"
    case = f"{CENTRES[level]}-261126-000000{number}-0"
    await store.put(Case(
        case, CaseKind.COMPLAINT, words, number, f"email.mail:{words}@example.com", "email", NOW, LegalTerms("appeal", Label.FZ59, "", later, LegalTerm(days=30)),
        later, queue, queue, (CaseStep(NOW, login, Act.REGISTER, CaseState.REGISTERED), CaseStep(NOW, login, Act.TAKE, CaseState.IN_WORK)),
        (Classification(NOW, login, "other", 1),), Subject(service="foreign-passport-10", authority="city-administration", deviation=words), worker=login))
    await store.put(Referral(f"{case}/1", case, "city-administration", queue, ReferralWay.HAND, f"{words}@example.com", NOW, login, later))
    step = BookingStep(NOW, login, BookingAct.WAIT, BookingState.WAITING, why=words)
    await store.put(Appointment(f"{CENTRES[level]}-261126-000001{number}-0", "city-mfc-hall", "foreign-passport-10", number, f"sms.http:{words}",
                                CENTRES[level], words, (step,), words, wish=Wish(NOW, later)))
    await store.put(SubjectRequest(f"demand{number}", number, RequestKind.COPY, NOW, later, text=words))
    await store.put(ScriptRun(f"walk{number}", number, "112", 1, "danger", NOW, login, queue))


@contextmanager
def the_hub(folder: Path) -> Iterator[str]:
    """The real application in a thread of its own: schemathesis does not wait for loops."""
    ready, over = threading.Event(), asyncio.Event()
    address: list[str] = []

    async def run() -> None:
        config = replace(configured(folder), catalogue=str(DEMO / "catalogue"), booking=BookingSettings(receptions=str(DEMO / "receptions.toml")))
        async with running(config) as real:
            hub = Hub(real.address, real.store)
            await hub.accounts()
            await plant(real.store)
            address.append(real.address)
            ready.set()
            await over.wait()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    assert ready.wait(60)
    yield address[0]
    loop.call_soon_threadsafe(over.set)
    thread.join(60)
    loop.close()


@pytest.fixture(scope="module", params=CALLERS, ids=str)
def caller(request: pytest.FixtureRequest) -> Caller:
    told: Caller = request.param
    return told


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, caller: Caller) -> Iterator[str]:
    with the_hub(tmp_path_factory.mktemp("api")) as address:
        yield address


def session_of(caller: Caller, base: str) -> requests.Session:
    session = requests.Session()
    session.headers.update({"X-CSRF-Token": "csrf", "Origin": base})
    if caller.account:
        session.headers["Cookie"] = f"okno={caller.account.login}"
    elif caller.name == "program":
        session.headers["Authorization"] = f"Bearer {KEY}"
    return session


SCHEMA = schemathesis.openapi.from_dict(msgspec.json.decode(description()))
THERE = {"conversation": ["1", "2", "3", "11", "12", "13"], "other": ["1", "2", "3", "11", "12", "13"],
         "login": ["nobody", "operator-city-0", "operator-region-1"], "place": ["1"], "script": ["112", "911"],
         "case": [f"{centre}-261126-000000{number}-0" for number, centre in enumerate(CENTRES.values(), 1)],
         "appointment": [f"{centre}-261126-000001{number}-0" for number, centre in enumerate(CENTRES.values(), 1)],
         "demand": ["demand1", "demand2", "demand3"], "walk": ["walk1", "walk2", "walk3"],
         "sort": ["service", "authority", "office", "article"], "card": ["foreign-passport-10", "city-administration", "city-mfc-hall"]}
"""What there is of what a path may name; of anything else there is nothing."""


def calls_of(operation: Any) -> st.SearchStrategy[Any]:
    """Calls as they are described, and others that are not; about what is there, as often as not."""
    def aimed(told: tuple[Any, dict[str, str]]) -> Any:
        case, names = told
        case.path_parameters.update({name: value for name, value in names.items() if name in case.path_parameters})
        if "conversation" in (case.query or {}):
            case.query["conversation"] = names["conversation"]
        return case

    kinds = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)))
    names = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in THERE.items()})
    return st.tuples(kinds, names.filter(lambda each: "conversation" in each)).map(aimed)


def made_up(operation: Any) -> list[Any]:
    cases: list[Any] = []

    @settings(max_examples=EXAMPLES, derandomize=not LONG, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(case=calls_of(operation))
    def keep(case: Any) -> None:
        cases.append(case)

    keep()
    return cases


@pytest.fixture(scope="module")
def cases() -> list[Any]:
    """The same for every caller: making them up takes ten times as long as to call."""
    operations = [result.ok() for result in SCHEMA.get_all_operations()]
    return [case for each in operations if each.definition.raw["operationId"] not in ENDS_HIS_SESSION for case in made_up(each)]


def test_every_call(caller: Caller, base: str, cases: list[Any]) -> None:
    session, forbidden, wrong = session_of(caller, base), unseen(caller), []
    for case in cases:
        try:
            response = case.call(base_url=base, session=session, timeout=60)
            if response.status_code == 400 and response.text.startswith(TOO_LONG):
                continue  # an address longer than may be: refused before anybody has asked what it is
            case.validate_response(response, checks=CHECKS)
            body = response.content.decode("utf8", "replace").lower()
            shown = [each for each in forbidden if each in body]
            assert not shown, (shown, response.request.method, response.request.url)
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - all that is wrong is told together
            wrong.append(f"{case.operation.label}: {type(error).__name__} {error}"[:1500])
    print(f"{caller}: {len(cases)} calls")
    assert not wrong, "\n\n".join(wrong)
