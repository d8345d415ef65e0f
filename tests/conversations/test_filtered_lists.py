"""Lists by filter, sort and group, with the counts of all."""

from typing import Any

from tests.house import Clerk, People


async def in_line(at: People, question: str, **told: Any) -> str:
    citizen = await at.citizen(**told)
    await citizen.tell(question)
    await citizen.tell("позовите оператора")
    await citizen.line.hear("state", holder="queue")
    await citizen.line.close()
    return citizen.conversation


async def listed(clerk: Clerk, **query: str) -> Any:
    return (await clerk.call("GET", "/api/inbox/filtered", params=query))[1]


def ids(answer: Any) -> list[str]:
    return [row["id"] for row in answer["conversations"]]


async def test_a_list_is_filtered_sorted_grouped_and_counted(at: People, admin: Clerk) -> None:  # OC-01 CH-08
    first, second, third = [await in_line(at, text, name=f"Гражданин {text}") for text in ("Про паспорт", "Про снег", "Про налог")]
    await admin.does("POST", f"/api/conversations/{second}/transfer", {"queue": "social"})
    everything = await listed(admin, view="waiting")
    assert (ids(everything), everything["count"], everything["total"]) == ([first, second, third], 3, 3)
    social = await listed(admin, view="waiting", queue="social")
    assert (ids(social), social["count"], social["total"]) == ([second], 1, 3)
    assert ids(await listed(admin, view="waiting", queue="social,documents,general")) == [first, second, third]
    assert ids(await listed(admin, view="waiting", sort="newest")) == [third, second, first]
    assert ids(await listed(admin, view="waiting", channel="web")) == [first, second, third]
    for nobody in ({"channel": "sms"}, {"language": "tt"}, {"operator": "nobody"}, {"topic": "none"}, {"longer_s": "86400"}, {"danger": "true"}):
        assert (await listed(admin, view="waiting", **nobody))["count"] == 0, nobody
    grouped = await listed(admin, view="waiting", group="queue")
    assert grouped["groups"] == [{"value": "general", "count": 2}, {"value": "social", "count": 1}]
    assert ids(grouped) == [first, third, second]
    assert ids(await listed(admin, view="waiting", skip="2")) == [third]
    assert ids(await listed(admin, view="waiting", unread="true")) == [first, second, third]
    # What moves on is in another list at once.
    await admin.does("POST", f"/api/conversations/{first}/take")
    assert ids(await listed(admin, view="waiting")) == [second, third]
    assert ids(await listed(admin, view="mine")) == ids(await listed(admin, view="held", operator=admin.login)) == [first]
    for conversation in (first, second, third):
        await admin.does("POST", f"/api/conversations/{conversation}/close", {"topic": "other"})
    assert (await listed(admin, view="held"))["total"] == (await listed(admin, view="waiting"))["total"] == 0


async def test_danger_passes_every_filter_and_is_first(at: People, admin: Clerk) -> None:  # AL-08
    calm = await in_line(at, "Про паспорт")
    urgent = await at.citizen()
    await urgent.tell("хочу покончить с собой, таблетки уже выпила")
    await urgent.line.hear("state", holder="queue")
    assert ids(await listed(admin, view="waiting", queue="social", topic="none")) == [urgent.conversation]
    assert ids(await listed(admin, view="waiting", sort="oldest")) == [urgent.conversation, calm]
    for conversation in (calm, urgent.conversation):
        await admin.does("POST", f"/api/conversations/{conversation}/close", {"topic": "other"})


async def test_an_operator_lists_their_own_lines_only(at: People, admin: Clerk) -> None:  # SE-01
    anna = await at.clerk(admin, queues=("documents",))
    conversation = await in_line(at, "Про паспорт")
    assert (await listed(anna, view="waiting"))["total"] == 0
    assert (await anna.call("GET", "/api/inbox/filtered", params={"view": "held"}))[0] == 403
    await admin.does("POST", f"/api/conversations/{conversation}/transfer", {"queue": "documents"})
    assert ids(await listed(anna, view="waiting")) == [conversation]
    await admin.does("POST", f"/api/conversations/{conversation}/close", {"topic": "other"})


async def test_views_are_kept_shared_and_counted(at: People, admin: Clerk) -> None:  # OC-01
    anna, boris = await at.clerk(admin), await at.clerk(admin)
    general = {"title": "Только общие", "filter": "view=waiting&queue=general"}
    assert [each["count"] for each in await anna.does("PUT", "/api/views/mine", general)] == [0]
    conversation = await in_line(at, "Про паспорт")
    assert [(each["title"], each["count"], each["mine"]) for each in await anna.does("GET", "/api/views")] == [("Только общие", 1, True)]
    assert await boris.does("GET", "/api/views") == []
    # Sharing is the supervisor's; whoever sees a shared one counts their own lines in it, and does not change it.
    assert (await anna.call("PUT", "/api/views/mine", general | {"shared": True}))[0] == 403
    await admin.does("PUT", "/api/views/all", {"title": "Все", "filter": "view=waiting", "shared": True})
    assert [(each["title"], each["shared"], each["mine"]) for each in await boris.does("GET", "/api/views")] == [("Все", True, False)]
    assert (await boris.call("DELETE", "/api/views/all"))[0] == 403
    assert (await boris.call("PUT", "/api/views/mine", general))[0] == 403
    for wrong in ("view=nothing", "skip=3", "longer_s=x"):
        assert (await anna.call("PUT", "/api/views/other", {"title": "Вид", "filter": wrong}))[1]["error"] == "bad_filter", wrong
    for name in ("mine", "all", "unknown"):
        await (anna if name == "mine" else admin).does("DELETE", f"/api/views/{name}")
    assert await anna.does("GET", "/api/views") == []
    await admin.does("POST", f"/api/conversations/{conversation}/close", {"topic": "other"})
