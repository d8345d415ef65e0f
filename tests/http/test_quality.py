"""Over the desk's doors: whose talk it is sees his scores and nothing before, whoever reviews it reads it on that ground, and others see neither."""

from datetime import UTC, datetime, timedelta

from tests.house import Clerk, Frame, People
from tests.http.test_readings import readings


async def drawn(at: People, boss: Clerk, clerk: Clerk) -> Frame:
    """A talk that the clerk has ended, and that was drawn."""
    citizen = await at.citizen()
    await citizen.tell("оператор")
    await citizen.line.hear("state", holder="queue")
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/reply", {"key": "k", "text": "Вы не правы, это окно 5"})
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "other"})
    now = datetime.now(UTC)
    body = {"card": "standard", "criteria": {"number": 50, "operator": clerk.login},
            "since": (now - timedelta(days=1)).isoformat(), "until": (now + timedelta(days=1)).isoformat()}
    draw = await boss.does("PUT", f"/api/draws/{clerk.login}", body)
    assert await boss.does("PUT", f"/api/draws/{clerk.login}", body) == draw
    (row,) = [each for each in await boss.does("GET", "/api/reviews") if each["conversation"] == citizen.conversation]
    return Frame(row)


async def test_a_talk_is_scored_by_somebody_else_and_objected_to(at: People, admin: Clerk) -> None:  # MC-05, OC-04, SE-01, SE-03
    clerk, senior, boss = await at.clerk(admin), await at.clerk(admin, "senior"), await at.clerk(admin, "supervisor")
    for who in (clerk, senior, boss):
        who.reason = ""
    row = await drawn(at, boss, clerk)
    path, talk = f"/api/reviews/{row['key']}", f"/api/conversations/{row['conversation']}"
    assert await clerk.does("GET", "/api/reviews") == []
    assert (await clerk.call("GET", path))[1]["error"] == "no_such_review"
    assert (await clerk.call("POST", f"{path}/take"))[1]["error"] == "forbidden"
    assert (await senior.call("GET", talk))[1]["error"] == "no_ground"
    taken = await senior.does("POST", f"{path}/take")
    assert [each["words"] for each in taken["remarks"]] == ["вы не правы"]
    await senior.does("GET", talk)
    assert (await boss.call("POST", f"{path}/take"))[1]["error"] == "taken"
    scores = [{"item": each["key"], "verdict": "no" if each["key"] == "no-remarks" else "yes", "comment": "сказано «не правы»",
               "record": taken["remarks"][0]["record"]} for each in taken["card"]["items"]]
    assert (await senior.call("POST", f"{path}/score", {"scores": scores[1:]}))[1]["error"] == "bad_scores"
    scored = await senior.does("POST", f"{path}/score", {"scores": scores, "words": "Мягче"})
    assert (scored["scorings"][0]["percent"], scored["scorings"][0]["failed"]) == (0, ["no-remarks"])
    (own,) = await clerk.does("GET", "/api/own-reviews")
    assert (own["cause"], own["state"], own["failed"]) == (None, "scored", True)
    await clerk.does("GET", talk)
    assert (await clerk.does("GET", path))["remarks"] == []
    note = {"text": "Иванов Пётр Сергеевич не спорил: начните с вопроса", "record": taken["remarks"][0]["record"]}
    assert (await boss.call("PUT", f"{path}/notes/n1", note))[1]["error"] == "not_yours"
    written = await senior.does("PUT", f"{path}/notes/n1", note)
    assert await senior.does("PUT", f"{path}/notes/n1", note) == written
    assert "Иванов" not in written["text"]
    other = await at.clerk(admin, "senior")
    seen = [len(await who.does("GET", f"{path}/notes")) for who in (senior, boss, clerk, other)]
    assert seen == [1, 1, 1, 0]
    assert (await senior.call("POST", f"{path}/notes/n1/read"))[0] == 404
    assert (await clerk.does("POST", f"{path}/notes/n1/read"))["read"] == (await clerk.does("POST", f"{path}/notes/n1/read"))["read"]
    await clerk.does("POST", f"{path}/object", {"words": "Гражданин шутил"})
    assert (await senior.call("POST", f"{path}/take"))[1]["error"] == "own_talk"
    await boss.does("POST", f"{path}/take")
    await boss.does("POST", f"{path}/decide", {"answer": "Слово сказано"})
    now = datetime.now(UTC)
    period = f"since={(now - timedelta(days=1)).strftime('%Y-%m-%dT%H:%M:%SZ')}&until={(now + timedelta(days=1)).strftime('%Y-%m-%dT%H:%M:%SZ')}"
    told = await senior.does("GET", f"/api/quality?{period}")
    (score,) = [each for each in told["operators"] if each["of"] == clerk.login]
    assert (score["reviews"], score["percent"], score["objected"], score["changed"]) == (1, 0, 1, 0)
    assert (await clerk.call("GET", talk))[0] == 200  # what one has closed stays one's own
    assert ("open", row["conversation"], "review") in await readings(admin, senior)
    assert ("open", row["conversation"], "served") in await readings(admin, clerk)


async def test_cards_are_written_in_versions_by_leaders(at: People, admin: Clerk) -> None:  # MC-05, SE-01
    senior, boss = await at.clerk(admin, "senior"), await at.clerk(admin, "supervisor")
    body = {"version": 0, "title": {"ru": "Короткий"}, "items": [{"key": "a", "text": {"ru": "Вежлив"}}]}
    assert (await senior.call("PUT", "/api/scorecards/short", body))[1]["error"] == "forbidden"
    made = await boss.does("PUT", "/api/scorecards/short", body)
    assert await boss.does("PUT", "/api/scorecards/short", body) == made
    assert (await boss.call("PUT", "/api/scorecards/short", body | {"title": {"ru": "Иной"}}))[1]["error"] == "other_version"
    assert (await boss.call("PUT", "/api/scorecards/short", body | {"version": 1, "items": []}))[1]["error"] == "bad_scorecard"
    assert "short" in {each["key"] for each in await senior.does("GET", "/api/scorecards")}
    plan = {"version": 0, "card": "short", "criteria": {"number": 2, "per": "line"}}
    planned = await boss.does("PUT", "/api/review-plans/weekly", plan)
    assert datetime.fromisoformat(planned["due"]) > datetime.now(UTC)
    assert (await boss.call("PUT", "/api/review-plans/other", plan | {"card": "none"}))[1]["error"] == "no_such_card"
    await boss.does("DELETE", "/api/review-plans/weekly")
    assert (await boss.does("GET", "/api/review-plans"))["plans"] == []
