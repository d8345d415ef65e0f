"""Whether strangers can tell by words, status or time what there is: logins, and conversations of others (SE-01, SE-02).

Samples are taken in turn, so that a busy machine is busy for all of them. A rank test says whether two lots come from one: its
limit lets one honest run in a million fail, while a hash that is left out, or a look into the store too many, is far beyond it.
"""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple
from uuid import uuid4

import pytest
from msgspec.structs import replace
from scipy.stats import mannwhitneyu

from channels.web.appeal import grouped, new_code
from hub.access.break_glass import LOGIN
from hub.kernel.errors import RefusedError
from hub.kernel.ids import check_digit
from okno.adapters.esia import connected
from okno.config import EsiaSettings
from okno.demo.departments import Departments
from tests.channels.test_web_form import sheet
from tests.house import PASSWORD, Citizen, Clerk, House, People, house_in, talking
from tests.house import people as people_of
from tests.http.test_cases import draft
from tests.http.test_second_factor import enrol
from tests.journeys.test_status import asking, asks
from tests.peers.gost import Owner

ROUNDS, SAME = 20, 1e-6
APART = 0.25
"""Of the median: below that a difference is none that could be measured from outside, however sure it is."""


class Told(NamedTuple):
    status: int
    words: str


Way = Callable[[], Awaitable[Told]]
"""Of asking, and what was told."""


async def alike(*ways: Way, rounds: int = ROUNDS) -> None:
    """All ways tell the same, and take as long."""
    took: list[list[float]] = [[] for _ in ways]
    told: set[Told] = set()
    for turn in range(rounds):
        for number, way in enumerate(ways):
            begun = perf_counter()
            told.add(await way())
            if turn >= rounds // 10:  # the first ones warm up
                took[number].append(perf_counter() - begun)
    assert len(told) == 1, told
    for other in took[1:]:
        apart = abs(median(other) - median(took[0])) / median(took[0])
        assert mannwhitneyu(took[0], other).pvalue > SAME or apart < APART, (median(took[0]), median(other))


def signing(stranger: Clerk, login: str, path: str = "/api/session", password: str = "a guess of mine", **more: str) -> Way:
    async def way() -> Told:
        status, answer = await stranger.call("POST", path, {"login": login, "password": password} | more)
        return Told(status, str(answer))
    return way


@pytest.fixture
async def admin(at: People) -> Clerk:
    return await at.admin()


@pytest.mark.journeys
async def test_a_login_that_there_is_and_one_that_there_is_not(at: People, admin: Clerk) -> None:
    left = await at.clerk(admin)
    await admin.does("POST", f"/api/operators/{left.login}/deactivate")
    new = (await admin.does("POST", "/api/operators", {"login": "fresh", "name": "Fresh", "role": "operator", "queues": ["general"]}))["operator"]
    stranger = at.stranger()
    await alike(*(signing(stranger, login) for login in ("nobody-here", admin.login, left.login, new["login"])))
    # Also where the password is right, but the account is over.
    assert (await stranger.call("POST", "/api/session", {"login": left.login, "password": PASSWORD}))[1]["error"] == "bad_credentials"


# SE-01: neither that there is such a login, nor that an envelope lies ready for it.
@pytest.mark.journeys
async def test_the_break_glass_login_with_an_envelope_and_without_one(house: House, forms: House, at: People) -> None:
    done = forms.run("user", "break-glass")
    assert done.returncode == 0, done.stderr

    async with people_of(forms) as others:
        await alike(*(signing(present.stranger(), login) for present in (at, others) for login in ("nobody-here", LOGIN)))


# SE-01: what a browser is told to show a passkey, to whoever does not know the password.
@pytest.mark.journeys
async def test_a_passkey_is_asked_for_alike_of_everybody(at: People, admin: Clerk) -> None:
    left = await at.clerk(admin)
    await admin.does("POST", f"/api/operators/{left.login}/deactivate")
    stranger = at.stranger()
    await alike(*(signing(stranger, login, "/api/session/passkey/ask") for login in ("nobody-here", admin.login, left.login)))


# SE-01: whether somebody has a second factor is told to whoever knows his password; which of his codes was nearly right to nobody.
@pytest.mark.journeys
async def test_the_second_step(at: People, admin: Clerk) -> None:
    anna, boris = await at.clerk(admin), await at.clerk(admin)
    await enrol(anna)
    stranger = at.stranger()
    await alike(*(signing(stranger, login, code="123456") for login in ("nobody-here", anna.login, boris.login)))
    await alike(*(signing(stranger, anna.login, code=code, password=PASSWORD) for code in ("123456", "aaaa-bbbb-cccc")))


# ST-04: a way back from Госуслуги under a state that nobody has, and under one that somebody else has.
@pytest.mark.peers
async def test_a_state_of_nobody_and_one_of_somebody_else(tmp_path: Path) -> None:
    owner = Owner(tmp_path, "centre")
    sign, verify = owner.commands("v2", owner.public)
    settings = EsiaSettings("https://esia.example", "CENTRE", "https://centre.example", certificate_hash=owner.fingerprint,
                            settings={"sign": sign, "verify": verify})
    async with connected(settings) as accounts:
        mine, theirs = [(await accounts.begin(named=False))[1] for _ in range(2)]
        state = json.loads(theirs)["state"]

        def coming_back(state: str) -> Way:
            async def way() -> Told:
                with pytest.raises(RefusedError) as refused:
                    for _ in range(20):  # one alone is too quick to be measured
                        await accounts.finish({"state": state, "code": "a"}, mine)
                return Told(403, f"{refused.value.code} {refused.value}")
            return way

        await alike(coming_back(state), coming_back(str(uuid4())), coming_back(json.loads(mine)["state"][:-1]))


@pytest.mark.journeys
async def test_the_test_tells_them_apart_where_they_are() -> None:
    async def quick() -> Told:
        return Told(401, str(sum(range(2_000)) and ""))

    async def slow() -> Told:
        return Told(401, str(sum(range(20_000)) and ""))

    async def other() -> Told:
        return Told(404, "")

    # So many that a few moments in which the machine was another's, each longer than either way takes, hide nothing.
    await alike(quick, quick, rounds=10 * ROUNDS)
    for different in (slow, other):
        with pytest.raises(AssertionError):
            await alike(quick, different, rounds=10 * ROUNDS)


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("forms")
    config = folder / "okno.toml"
    with open("okno/demo/okno.toml", encoding="utf8") as demo:
        config.write_text(demo.read().replace('driver = "web.chat"', 'driver = "web.chat"\n[[channels]]\ndriver = "web.form"'), encoding="utf8")
    with house_in(folder, config) as running:
        yield running


@pytest.mark.journeys
async def test_the_number_of_somebody_else_and_one_that_there_is_not(forms: House) -> None:
    async with people_of(forms) as at:
        code = new_code()
        async with at.http.post(forms.base + "/form", data=sheet(code, "Вопрос")) as answer:
            number = re.search(r"\d{3}-\d{6}-\d{5}-\d", await answer.text())
            assert number

        def looking(number: str, code: str) -> Way:
            async def way() -> Told:
                async with at.http.post(forms.base + "/form/look", data={"number": number, "code": code}, headers={"Origin": forms.base}) as answer:
                    return Told(answer.status, (await answer.text()).replace(number, "").replace(code, ""))
            return way

        wrong, other = grouped(new_code()), "001-260101-99999-9"
        await alike(looking(other, wrong), looking(number[0], wrong), looking(other, grouped(new_code())))
        # With the code of somebody, but not the number: 100 bits stand before that.
        assert (await looking(other, grouped(code))()) == (await looking(other, wrong)())


@pytest.mark.journeys
async def test_the_token_of_somebody_else_and_one_that_there_is_not(house: House, at: People) -> None:
    first, second = await at.citizen(), await at.citizen()
    async with at.http.post(f"{house.base}/chat/files?token={first.token}", data=b"words of one") as answer:
        file = (await answer.json())["file"]

    def asking(token: str, file: str) -> Way:
        async def way() -> Told:
            async with at.http.get(f"{house.base}/chat/files/{file}?token={token}") as answer:
                return Told(answer.status, await answer.text())
        return way

    # Somebody else's file, and one that there is not, by a good token; and any file by none.
    await alike(asking(second.token, "a" * 64), asking(second.token, file))
    await alike(asking("x" * 32, "a" * 64), asking("y" * 32, file))


# ST-02: a case of somebody else and one that there is not, in the same words and time. Two tries each: the third would shut out whoever asks.
@pytest.mark.journeys
async def test_the_case_of_somebody_else_and_one_that_there_is_not(house: House, at: People, admin: Clerk) -> None:
    clerk = await at.clerk(admin)
    citizen = await talking(at, clerk)
    path = f"/api/conversations/{citizen.conversation}/cases"
    there = [(await clerk.does("POST", path, draft(key=f"k{n}")))["case"]["number"] for n in range(ROUNDS // 2)]
    bare = [f"000-260101-{9_000_000 + n:07}" for n in range(ROUNDS // 2)]

    def asking(numbers: list[str]) -> Way:
        ahead = iter(numbers * 2)

        async def way() -> Told:
            number = next(ahead)
            async with at.http.post(house.base + "/case", data={"number": number, "code": "12345678"}, headers={"Origin": house.base}) as answer:
                return Told(answer.status, (await answer.text()).replace(number, ""))
        return way

    await alike(asking(there), asking([f"{each}-{check_digit(each)}" for each in bare]))


@pytest.fixture
async def ministry() -> AsyncIterator[Departments]:
    async with Departments() as running:
        yield running


@pytest.fixture
def centre(tmp_path: Path, ministry: Departments) -> Iterator[House]:
    with house_in(tmp_path, asking(tmp_path, ministry.url)) as running:
        yield running


# ST-02: an application of somebody else, one that there is not, and a wrong code word. Two tries of each citizen, as above.
@pytest.mark.journeys
async def test_the_application_of_somebody_else_and_one_that_there_is_not(centre: House, ministry: Departments) -> None:
    known = ministry.applications["2026-0001"]
    for number in (f"2026-1{n:03}" for n in range(ROUNDS)):
        ministry.applications[number] = replace(known, standing=replace(known.standing, number=number))
    async with people_of(centre) as at:
        def wanting(first: str, proof: str, citizens: Iterator[Citizen]) -> Callable[[], Awaitable[Told]]:
            numbers = iter(f"2026-{first}{n:03}" for n in range(ROUNDS))

            async def way() -> Told:
                return Told(200, await asks(next(citizens), "нельзя", f"заявление {next(numbers)} 112-233-445 95 {proof}"))
            return way

        async def crowd() -> Iterator[Citizen]:
            return iter([each for each in [await at.citizen() for _ in range(ROUNDS // 2)] for _ in range(2)])

        await alike(wanting("1", "Иванов Иван", await crowd()), wanting("2", "Иванов Иван", await crowd()), wanting("1", "ромашка", await crowd()))
