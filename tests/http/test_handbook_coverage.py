"""The coverage of the handbook and the times of reports at the desk (KB-08, KB-10)."""

from tests.house import Clerk, People


async def test_an_editor_sees_what_is_lacking_where(admin: Clerk, at: People) -> None:
    # KB-08, KB-10: what came along is an example, so nothing of it counts
    editor = await at.clerk(admin, "designer")
    country = await editor.does("GET", "/api/handbook-coverage")
    whole, *subjects = country["territories"]
    assert len(subjects) == 89
    assert (whole["subject"], whole["share"], whole["known"]["fee"]) == ("", 0, 0)
    assert len(country["gaps"]) == min(200, country["total"])
    region = await editor.does("GET", "/api/handbook-coverage?subject=77")
    assert region["territories"] == country["territories"]
    assert region["total"] == next(each["bodies"] + each["services"] for each in subjects if each["subject"] == "77") > 0
    operator = await at.clerk(admin)
    card = country["gaps"][0]
    await operator.does("POST", f"/api/handbook/{card['sort']}/{card['id']}/outdated", {"field": "title" if card["sort"] == "service" else "name"})
    assert (await editor.does("GET", "/api/outdated-times?days=1"))["raised"] >= 1
