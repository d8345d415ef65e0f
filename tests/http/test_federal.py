"""The federal centre gives no personalised service: of each request somebody has decided, and what it may not is refused (FD-04, D1, D18, D19)."""

import tomllib
from pathlib import Path

from hub.access.federal_separation import NOBODY, PLACELESS, REFUSED
from hub.access.operator import Role
from tests.http.test_matrix import ABOUT, REQUESTS, RIGHTS, cells
from tests.matrix import Account, hub_in

DECIDED: dict[str, dict[str, list[str]]] = tomllib.loads(Path(__file__).with_name("federal.toml").read_text(encoding="utf8"))
ALLOWED = [f"{method} {path}" for group in DECIDED.values() for each in group["requests"] for *methods, path in [each.split()] for method in methods]
REFUSED_THERE = set(REQUESTS) - set(ALLOWED)
PERSONAL = ("appointments", "slots", "offices", "specialists", "waiting-list", "office-days", "cases/", "referrals", "demands", "history", "identity", "rights", "notices", "search", "similar",
            "systems/names", "subscriptions", "personal-surveys", "}/status")
"""What a path of a personalised service has in it."""
TAKEN = {"POST /api/conversations/{conversation}/cases/{case}/pass", "GET /api/figures/national.csv"}
"""What has it and is none: a case is passed on without being looked at."""


def granted(name: str) -> bool:
    """By docs/access.md."""
    return any("Ф" in RIGHTS[each].levels for each in REQUESTS[name])


def test_of_every_request_it_is_decided() -> None:
    # FD-04: whoever adds a request for the federal centre says why it may
    assert len(ALLOWED) == len(set(ALLOWED))
    assert {name for name in REQUESTS if granted(name)} == set(ALLOWED), "tests/http/federal.toml"
    assert all(group["why"] for group in DECIDED.values())


def test_nothing_personal_is_allowed() -> None:
    # FD-04, D1, D18: booking, status, demands of one's own data, profiles, search by person
    assert {name for name in ALLOWED if any(part in name for part in PERSONAL)} <= TAKEN


async def test_whatever_else_there_is_is_refused_with_a_way_out(tmp_path: Path) -> None:
    # FD-04, D1, D7, D18, D19
    ways, wrong = (PLACELESS, NOBODY, REFUSED.partition("{")[0]), []
    async with hub_in(tmp_path) as hub:
        for who in (Account(role, "Ф", "") for role in Role):
            tries = [each for each in cells(hub, who) if each[0] in REFUSED_THERE]
            assert {name for name, *_ in tries} == REFUSED_THERE
            async with hub.desk(who) as http:
                for name, method, path, _ in tries:
                    async with http.request(method, path, json=None if method == "GET" else {}) as answer:
                        said = await answer.json()
                    holds = any(who.role in RIGHTS[each].roles for each in REQUESTS[name])
                    refused = answer.status == 403 and said["error"] == ("federal" if holds else "forbidden")
                    if not refused or (holds and not said["text"].startswith(ways)):
                        wrong.append((who.role, name, answer.status, said))
    assert not wrong, wrong[:10]
    assert sum(ABOUT in name for name in REFUSED_THERE) > 20
