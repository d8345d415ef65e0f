"""Designers' workshop over the wire: the draft, publishing, rolling back, trying."""

import asyncio
from collections.abc import Iterator
from importlib.resources import files as package_files
from pathlib import Path

import msgspec
import pytest

from hub.robot.training_results import Comparison, ProjectReport
from okno.commands.training_worker import MODEL, OUTCOME, Fit, Outcome
from tests.house import Clerk, House, Line, People, house_in, people
from tests.robot.drafts import BROKEN, DOMAIN, NLU, PROJECT, SHIPPED, WRONG, zipped

DRAFT = "/api/robot/draft"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A centre whose own dialogue is small: how a draft compares with it is known in a moment."""
    folder = tmp_path_factory.mktemp("house")
    for path, text in SHIPPED.items():
        (file := folder / "shipped" / path).parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf8")
    demo = (package_files("okno.demo") / "okno.toml").read_text("utf8")
    assert 'project = "centre"' in demo
    config = folder / "okno.toml"
    config.write_text(demo.replace('project = "centre"', f'project = "{folder / "shipped"}"'), "utf8")
    taught = House(folder, config).run("bot", "train", str(folder / "shipped"))
    assert taught.returncode == 0, taught.stderr
    with house_in(folder, config) as running:
        yield running


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One with the dialogue that Okno comes with."""
    with house_in(tmp_path_factory.mktemp("centre")) as running:
        yield running


@pytest.fixture
async def designer(admin: Clerk, at: People) -> Clerk:
    """Nobody has left a draft."""
    clerk = await at.clerk(admin, "designer")
    if draft := await clerk.does("GET", DRAFT):
        await clerk.does("DELETE", f"{DRAFT}?draft={draft['id']}")
    return clerk


async def uploaded(clerk: Clerk, files: dict[str, str], seen: str = "") -> dict[str, object]:
    async with clerk.http.put(f"{DRAFT}?draft={seen}", data=zipped(files), headers={"X-CSRF-Token": clerk.csrf}) as answer:
        assert answer.status == 200, await answer.text()
        return dict(await answer.json())


async def ended(line: Line) -> dict[str, object]:
    """The work as it is told to have ended."""
    while True:
        job = (await line.hear("robot"))["job"]
        if job and job["state"] != "runs":
            return dict(job)


async def test_a_draft_becomes_a_version_and_is_rolled_back(designer: Clerk, admin: Clerk) -> None:
    # KB-02
    spoke = next(each for each in await designer.does("GET", "/api/robot/versions") if each["speaks"])
    draft = await uploaded(designer, PROJECT)
    assert (draft["stories"], draft["taught"]) == (1, False)
    assert "+ responses: utter_fee" in draft["changes"]  # type: ignore[operator]
    line = await designer.live()
    await admin.does("POST", "/api/robot/approve", {"draft": draft["id"]})  # the stories of the version that speaks are not in it
    status, work = await designer.call("POST", "/api/robot/publish", {"draft": draft["id"], "note": "Своя"})
    assert (status, work["job"]["state"]) == (202, "runs")
    assert (await ended(line))["state"] == "worse"  # than the centre's own project, of one of whose topics it knows nothing
    await designer.call("POST", "/api/robot/publish", {"draft": draft["id"], "note": "Своя", "anyway": True})
    job = await ended(line)
    assert (job["state"], job["aim"], job["by"]) == ("done", "publish", designer.login)
    await line.close()
    newest = (await designer.does("GET", "/api/robot/versions"))[0]
    assert (newest["id"], newest["speaks"], newest["by_name"]) == (job["version"], True, designer.login.title())
    assert newest["note"].startswith("Своя; ")
    assert await designer.does("GET", DRAFT) is None
    back = await designer.does("POST", f"/api/robot/versions/{spoke['id']}/speak")
    assert (back["number"], back["speaks"]) == (spoke["number"], True)
    audit_entries = [(audit_entry["what"], audit_entry["by"]) for audit_entry in await admin.does("GET", "/api/audit")]
    assert ("dialogue_rolled_back", designer.login) in audit_entries
    assert ("dialogue_published", designer.login) in audit_entries


async def test_who_takes_test_stories_away_does_not_publish_alone(designer: Clerk, admin: Clerk, at: People) -> None:
    # F20e: of the version that speaks, or all of them; not even an administrator, and not with an approval of what was changed since
    for files in (PROJECT, {path: text for path, text in PROJECT.items() if not path.startswith("tests/")}):
        seen = (await designer.does("GET", DRAFT) or {"id": ""})["id"]
        draft = await uploaded(designer, files, seen)
        assert draft["untried"]
        assert draft["lost"] or not draft["stories"]
        for who in (designer, admin):
            status, told = await who.call("POST", "/api/robot/publish", {"draft": draft["id"]})
            assert (status, told["error"]) == (403, "second_person")
        assert (await designer.call("POST", "/api/robot/approve", {"draft": draft["id"]}))[1]["error"] == "forbidden"
    approved = await admin.does("POST", "/api/robot/approve", {"draft": draft["id"]})
    assert approved["approved_by"] == admin.login
    assert (await admin.call("POST", "/api/robot/publish", {"draft": draft["id"]}))[1]["error"] == "second_person"  # who approves does not publish
    changed = await designer.does("PUT", f"{DRAFT}/file", {"draft": draft["id"], "path": "data/more.yml", "text": 'version: "3.1"\n'})
    assert changed["approved_by"] == ""
    assert (await designer.call("POST", "/api/robot/publish", {"draft": changed["id"]}))[1]["error"] == "second_person"
    own = await uploaded(admin, PROJECT, changed["id"])
    assert (await admin.call("POST", "/api/robot/approve", {"draft": own["id"]}))[1]["error"] == "own_draft"
    assert "draft_approved" in {audit_entry["what"] for audit_entry in await admin.does("GET", "/api/audit")}


async def test_a_failing_project_is_not_published(designer: Clerk, admin: Clerk) -> None:
    # KB-02
    before = await designer.does("GET", "/api/robot/versions")
    draft = await uploaded(designer, PROJECT | {"tests/test_stories.yml": WRONG})
    await admin.does("POST", "/api/robot/approve", {"draft": draft["id"]})
    line = await designer.live()
    await designer.call("POST", "/api/robot/publish", {"draft": draft["id"]})
    job = await ended(line)
    await line.close()
    assert job["state"] == "unfit"
    failing, = job["failing"]  # type: ignore[misc]
    assert (failing["story"], failing["file"], failing["line"]) == ("somebody asks for the hours", "tests/test_stories.yml", 3)
    assert failing["mistakes"][0] == {"expected": "utter_fee", "came": "utter_hours"}
    assert await designer.does("GET", "/api/robot/versions") == before


async def test_files_of_the_draft(designer: Clerk) -> None:
    draft = await uploaded(designer, PROJECT | {"data/nlu.yml": BROKEN})
    flaw, *_ = (each for each in draft["flaws"] if each["grave"])  # type: ignore[attr-defined]
    assert (flaw["file"], flaw["line"]) == ("data/nlu.yml", 10)
    assert (await designer.does("GET", f"{DRAFT}/file?path=data/nlu.yml"))["text"] == BROKEN
    mended = await designer.does("PUT", f"{DRAFT}/file", {"draft": draft["id"], "path": "data/nlu.yml", "text": NLU})
    assert [each for each in mended["flaws"] if each["grave"]] == []
    stale = await designer.call("PUT", f"{DRAFT}/file", {"draft": draft["id"], "path": "data/nlu.yml", "text": ""})
    assert (stale[0], stale[1]["error"]) == (409, "other_draft")
    assert (await designer.call("GET", f"{DRAFT}/file?path=none.yml"))[1]["error"] == "no_such_path"
    packed = await designer.does("GET", f"{DRAFT}/zip")
    async with designer.http.put(f"{DRAFT}?draft={mended['id']}", data=packed, headers={"X-CSRF-Token": designer.csrf}) as answer:
        assert (await answer.json())["id"] == mended["id"]


async def test_what_is_no_zip_is_refused(designer: Clerk) -> None:
    # SE-01
    for content, status, code in ((b"no zip", 400, "bad_project"), (b"x" * ((8 << 20) + 1), 413, "too_large")):
        async with designer.http.put(DRAFT, data=content, headers={"X-CSRF-Token": designer.csrf}) as answer:
            assert (answer.status, (await answer.json())["error"]) == (status, code)
    async with designer.http.put(DRAFT, data=zipped(PROJECT)) as answer:
        assert (await answer.json())["error"] == "bad_csrf"
    assert (await designer.call("POST", f"/api/robot/versions/{'0' * 16}/speak"))[1]["error"] == "no_such_version"


async def test_a_draft_is_taught_and_tried(designer: Clerk) -> None:
    draft = await uploaded(designer, PROJECT | {"domain.yml": DOMAIN.replace("Это бесплатно", "Бесплатно")})
    body = {"words": "надо ли платить", "version": "", "state": ""}
    assert (await designer.call("POST", "/api/robot/try", body))[1]["error"] == "not_taught"
    line = await designer.live()
    await designer.call("POST", "/api/robot/teach", {"draft": draft["id"]})
    assert (await ended(line))["state"] == "done"
    await line.close()
    said = await designer.does("POST", "/api/robot/try", body)
    assert (said["intent"], said["lines"][0]["text"], said["steps"]) == ("ask_fee", "Бесплатно.", ["ask_fee", "utter_fee"])
    person = await designer.does("POST", "/api/robot/try", body | {"words": "оператор", "state": said["state"]})
    assert (person["hands_over"], person["state"]) == ("asked", said["state"])
    drawn = await designer.does("GET", "/api/robot/graph")
    assert {"greet", "utter_fee"} <= {name for node in drawn["nodes"] for name in node["names"]}


async def test_a_pattern_of_a_draft_stops_nobody(designer: Clerk) -> None:
    # F3: one is refused with its place; the other, which Python would match for years, is tried at once
    regex = "  - regex: word\n    examples: |\n      - "
    draft = await uploaded(designer, PROJECT | {"data/nlu.yml": f"{NLU}{regex}^(?:ы+)+\\.$\n"})
    flaw, = (each for each in draft["flaws"] if each["grave"])  # type: ignore[attr-defined]
    assert (flaw["file"], flaw["line"]) == ("data/nlu.yml", NLU.count("\n") + 3)
    assert "повторение внутри повторения" in str(flaw)
    draft = await uploaded(designer, PROJECT | {"data/nlu.yml": f"{NLU}{regex}^(?:ы|ыы){{1,90}}\\.$\n"}, str(draft["id"]))
    line = await designer.live()
    await designer.call("POST", "/api/robot/teach", {"draft": draft["id"]})
    assert (await ended(line))["state"] == "done"
    await line.close()
    async with asyncio.timeout(5):
        said = await designer.does("POST", "/api/robot/try", {"words": "ы" * 60 + "!", "version": "", "state": ""})
        assert said["intent"]
        async with designer.http.get("/healthz") as answer:
            assert answer.status == 200


async def test_a_version_is_tried_begun_from_and_downloaded(centre: House) -> None:
    async with people(centre) as crowd:
        admin = await crowd.admin()
        spoke = next(each for each in await admin.does("GET", "/api/robot/versions") if each["speaks"])
        said = await admin.does("POST", "/api/robot/try", {"words": "хочу записаться в мфц", "version": spoke["id"]})
        assert said["intent"] == "book_appointment"
        again = await admin.does("POST", "/api/robot/try", {"words": "загранпаспорт", "version": spoke["id"], "state": said["state"]})
        assert again["slots"]["service"] == "загранпаспорт"
        draft = await admin.does("POST", DRAFT, {"draft": "", "version": spoke["id"]})
        assert (draft["base"], draft["changes"]) == (spoke["number"], [])
        assert (await admin.call("POST", "/api/robot/publish", {"draft": draft["id"]}))[1]["error"] == "unchanged"
        assert (await admin.does("GET", f"/api/robot/versions/{spoke['id']}/zip"))[:2] == b"PK"
        await admin.does("DELETE", f"{DRAFT}?draft={draft['id']}")
    assert centre.complaints() == []


async def test_a_hub_that_stops_ends_the_work_and_keeps_the_draft(centre: House) -> None:
    # CH-06
    async with people(centre) as crowd:
        admin = await crowd.admin()
        draft = await uploaded(admin, PROJECT)
        await (await crowd.clerk(admin, "supervisor")).does("POST", "/api/robot/approve", {"draft": draft["id"]})
        assert (await admin.call("POST", "/api/robot/publish", {"draft": draft["id"]}))[0] == 202
    assert centre.stop() == 0
    assert centre.complaints() == []
    centre.start()
    async with people(centre) as crowd:
        admin = await crowd.admin()
        assert (await admin.does("GET", "/api/robot/work"))["job"] is None
        assert (await admin.does("GET", DRAFT))["id"] == draft["id"]
        assert [each["number"] for each in await admin.does("GET", "/api/robot/versions")] == [1]


def test_what_the_workshop_does_is_a_command_as_well(house: House, tmp_path: Path) -> None:
    draft, out, model = tmp_path / "draft.zip", ("--out", str(tmp_path)), tmp_path / MODEL
    draft.write_bytes(zipped(PROJECT))
    made = house.run("bot", "make", str(draft), *out)
    assert (made.returncode, made.stdout.splitlines()[-1]) == (0, '{"phase":"test","done":1,"total":1}'), made.stderr
    assert msgspec.json.decode((tmp_path / OUTCOME).read_bytes(), type=Outcome) == Fit(8, 1, ())
    assert house.run("bot", "look", str(draft), *out).returncode == 0
    assert msgspec.json.decode((tmp_path / OUTCOME).read_bytes(), type=ProjectReport).stories == 1
    both = [each for side in ("--before", "--after") for each in (side, str(draft), str(model))]
    assert house.run("bot", "compare", *both, *out).returncode == 0
    assert msgspec.json.decode((tmp_path / OUTCOME).read_bytes(), type=Comparison).tests_after == 1
    draft.write_bytes(b"no zip")
    failed = house.run("bot", "look", str(draft), *out)
    assert (failed.returncode, failed.stderr.startswith(f"okno: {draft}: ")) == (1, True)
