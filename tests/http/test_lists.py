"""Lists are told to be others to whoever may ask for them, and nothing else is told."""

from typing import get_args

from hub.desk.live.frames import Listed
from hub.desk.live.lists import TABLE
from hub.desk.rooms import ENDPOINTS
from tests.house import Clerk, Line, People

ASKED_FOR = {
    "alarms": "/api/floor/alarms", "audit": "/api/audit", "canned": "/api/canned", "channel_setups": "/api/channel-setups", "consents": "/api/consents", "demands": "/api/demands", "exchange": "/api/catalogue",
    "floor_messages": "/api/floor/messages", "floor_people": "/api/floor/people", "handbook": "/api/handbook", "mailings": "/api/mailings", "operators": "/api/operators", "saved_reports": "/api/saved-reports", "services": "/api/services", "phrases": "/api/robot/phrases",
    "quality": "/api/reviews", "quarantine": "/api/quarantine",
    "referrals": "/api/referrals", "refused_calls": "/api/refused-calls", "rules": "/api/rules", "rule_trial": "/api/rules/trial", "scripts": "/api/scripts", "security": "/api/security", "settings": "/api/settings", "sifting": "/api/blocks", "submissions": "/api/systems/submissions",
    "subscriptions": "/api/subscriptions", "surveys": "/api/surveys", "systems": "/api/systems", "topics": "/api/topics", "training": "/api/own-courses",
    "workforce": "/api/workforce/choices", "shifts": "/api/own-shifts", "adherence": "/api/workforce/adherence", "programme": "/api/programme/sheets/{sheet}",
    "registry": "/api/registry", "roles": "/api/roles", "robot_trials": "/api/robot/trials"}


async def told(line: Line, name: str) -> set[str]:
    """All that was told until this one was."""
    names: set[str] = set()
    while name not in names:
        names |= set((await line.hear("lists"))["names"])
    return names


def test_each_is_told_to_those_who_may_ask_for_it() -> None:
    # SE-01
    needs = {each.path: each.needs for each in ENDPOINTS if each.method == "GET"}
    assert {name: TABLE[name].read_by for name in get_args(Listed)} == {name: needs[path] for name, path in ASKED_FOR.items()}


async def test_who_may_not_ask_for_it_is_told_nothing(at: People, admin: Clerk) -> None:
    # SE-01: an operator hears of articles and of his own sessions, and neither of accounts nor of the audit
    anna, olga = await at.clerk(admin), await at.clerk(admin)
    boss, line, others = await admin.live(), await anna.live(), await olga.live()
    for each in (boss, line, others):
        await each.hear("hello")
    await at.clerk(admin)
    await told(boss, "operators")
    again = await at.stranger(anna.login).sign_in()
    assert await told(line, "security") == {"security"}
    await again.does("DELETE", "/api/session")
    assert await told(line, "security") == {"security"}
    article = {"title": "Про снег", "text": "Снег убирают.", "topic": "", "body": "", "valid_from": "2026-01-01", "questions": ["снег"]}
    await admin.does("PUT", "/api/articles/snow", article)
    assert (await told(line, "handbook"), await told(others, "handbook")) == ({"handbook"}, {"handbook"})
    for each in (boss, line, others):
        await each.close()
