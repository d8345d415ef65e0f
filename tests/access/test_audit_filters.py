"""The audit by person, act and day, with names beside logins (SE-01)."""

from datetime import timedelta

from tests.house import People
from tests.past import today


async def test_the_audit_is_narrowed_by_person_act_and_day(at: People) -> None:
    admin = await at.admin()
    anna, boris = await at.clerk(admin), await at.clerk(admin)
    for clerk in (anna, boris):
        await clerk.does("PUT", "/api/presence", {"presence": "ready"})
        await clerk.does("GET", "/api/handbook?sort=service")
    every = await admin.does("GET", "/api/audit")
    names = {each["by"]: each["by_name"] for each in every if each["by"]}
    assert names[admin.login] == (await admin.does("GET", "/api/me"))["name"]
    acts = {each["what"] for each in every if each["by"] == admin.login}
    for act in sorted(acts)[:3]:
        found = await admin.does("GET", f"/api/audit?by={admin.login}&what={act}")
        assert found and {(each["by"], each["what"]) for each in found} == {(admin.login, act)}
    day = today()
    assert await admin.does("GET", f"/api/audit?since={day - timedelta(days=1)}&until={day + timedelta(days=1)}")
    assert await admin.does("GET", f"/api/audit?until={day - timedelta(days=2)}") == []
    assert await admin.does("GET", f"/api/audit?since={day + timedelta(days=2)}") == []
    assert (await anna.call("GET", "/api/audit?by=x"))[0] == 403
