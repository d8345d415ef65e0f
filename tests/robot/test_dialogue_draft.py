"""A designer's draft becomes a version that speaks, or is told why not; with the real workshop."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bots.dialogue.actions import NoActions
from bots.project.archive import pack
from bots.russian import Russian
from hub.conversations.ports import Store
from hub.kernel.errors import RefusedError
from hub.robot.dialogue_draft import Drafts
from hub.robot.dialogue_version import ROBOT, Packed, Spoken, Version
from hub.robot.training_job import TrainingJobs, WorkState
from hub.robot.training_results import Phase, Progress, TrainedModel
from hub.robot.version_registry import VersionError, VersionRegistry
from okno.adapters.workshop import Workshop
from okno.robot import version_id
from storage.files import FileStore
from tests.rig import Clock
from tests.robot.drafts import BROKEN, DOMAIN, NLU, PROJECT, TESTS, WRONG, zipped


class Atelier:
    """Everything that designers work with."""

    def __init__(self, store: Store, folder: Path, russian: Russian, clock: Clock, learnt: TrainedModel) -> None:
        self.store, self.files, self.learnt = store, FileStore(folder), learnt
        self.workshop = Workshop(russian, NoActions(), lambda _: None)
        self.version_registry = VersionRegistry(store, self.files, clock)
        self.drafts = Drafts(store, self.files, self.version_registry, self.workshop, clock)
        self.bench = TrainingJobs(self.drafts, self.version_registry, self.workshop, store, clock, second_person=False)
        self.seen: list[Progress] = []
        self._changed = asyncio.Event()
        self.bench.on_change.subscribe(self._note)

    def _note(self) -> None:
        assert self.bench.job is not None
        self.seen.append(self.bench.job.progress)
        self._changed.set()

    async def ended(self) -> WorkState:
        """Waits for the end of what goes on."""
        while self.bench.job is None or self.bench.job.state is WorkState.RUNS:
            await self._changed.wait()
            self._changed.clear()
        return self.bench.job.state

    async def published(self, files: dict[str, str], note: str = "") -> Version:
        """A version out of these files."""
        here = await self.drafts.draft()
        draft = await self.drafts.bring("anna", here.project if here else "", zipped(files))
        await self.bench.publish("anna", draft.project, note)
        assert await self.ended() is WorkState.DONE, self.bench.job
        return (await self.version_registry.versions())[0]

    async def speaks(self, files: dict[str, str]) -> Version:
        """A version out of these files, whose examples are those of PROJECT, was published before."""
        packed = Packed(pack(files), self.learnt.model)
        return await self.version_registry.add(msgspec.structs.replace(self.learnt, id=version_id(packed)), packed.project, "anna", "")

    async def stored(self) -> set[str]:
        return set(self.files.all())

    async def audit_entries(self) -> list[str]:
        return [audit_entry.what for _, audit_entry in await self.store.audit_entries()]


worked_at = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
"""The workshop is a process that takes seconds of the processor: what it makes is kept by the store that lasts. What is not made is refused
over both."""
any_store = pytest.mark.parametrize("store", ["memory"], indirect=True)
"""The store has no part in it."""


@pytest.fixture
async def atelier(store: Store, tmp_path: Path, russian: Russian, clock: Clock, learnt: TrainedModel) -> AsyncIterator[Atelier]:
    made = Atelier(store, tmp_path / "files", russian, clock, learnt)
    await made.version_registry.start()
    yield made
    await made.bench.close()


async def refused(work: Any) -> str:
    with pytest.raises(RefusedError) as error:
        await work
    return error.value.code


@worked_at
async def test_a_draft_is_published_and_rolled_back(atelier: Atelier) -> None:
    # KB-02
    first = await atelier.published(PROJECT, "первая")
    assert (first.number, first.by, first.note, first.stories) == (1, "anna", "первая", 1)
    assert await atelier.drafts.draft() is None
    assert await atelier.stored() == {first.project, first.model}
    assert Progress(Phase.TEST, 1, 1) in atelier.seen
    second = await atelier.published(PROJECT | {"domain.yml": DOMAIN.replace("до шести", "до восьми")})
    assert (second.number, second.changes, atelier.version_registry.current) == (2, ("~ responses: utter_hours",), second.id)
    # The examples are the same, so nothing was learnt anew.
    assert second.model == first.model
    await atelier.version_registry.roll_back(first.id, "olga")
    assert atelier.version_registry.current == first.id
    assert [version.number for version in await atelier.version_registry.versions()] == [2, 1]
    assert (await atelier.audit_entries())[:2] == ["dialogue_rolled_back", "dialogue_published"]
    again = VersionRegistry(atelier.store, atelier.files, lambda: first.at)
    await again.start()
    assert again.current == first.id


@worked_at
async def test_a_grave_fault_is_told_with_file_and_line(atelier: Atelier) -> None:
    # KB-02
    draft = await atelier.drafts.bring("anna", "", zipped(PROJECT | {"data/nlu.yml": BROKEN}))
    await atelier.bench.publish("anna", draft.project, "")
    assert await atelier.ended() is WorkState.UNFIT
    assert atelier.bench.job is not None
    flaw, *_ = atelier.bench.job.flaws
    assert (flaw.file, flaw.line, flaw.grave) == ("data/nlu.yml", BROKEN.splitlines().index(" - intent: ask_hours") + 1, True)
    assert atelier.version_registry.current == ""
    assert await atelier.drafts.draft() == draft


@worked_at
async def test_a_story_that_fails_is_told_with_what_was_expected_and_what_came(atelier: Atelier) -> None:
    # KB-02
    first = await atelier.speaks(PROJECT)
    draft = await atelier.drafts.bring("anna", "", zipped(PROJECT | {"tests/test_stories.yml": WRONG}))
    await atelier.bench.publish("anna", draft.project, "")
    assert await atelier.ended() is WorkState.UNFIT
    assert atelier.bench.job is not None
    failing, = atelier.bench.job.failing
    assert (failing.story, failing.file, failing.line) == ("somebody asks for the hours", "tests/test_stories.yml", 3)
    assert [(one.expected, one.came) for one in failing.mistakes][:1] == [("utter_fee", "utter_hours")]
    assert await atelier.version_registry.versions() == [first]
    # Why, can be tried: it has been taught all the same.
    said = await atelier.bench.rehearse("", "график приёма", "")
    assert [line.text for line in said.lines] == ["Открыто с девяти до шести."]


async def test_whoever_has_not_seen_the_draft_as_it_is_changes_nothing(atelier: Atelier) -> None:
    seen = (await atelier.drafts.bring("anna", "", zipped(PROJECT))).project
    assert await refused(atelier.drafts.bring("olga", "", zipped(PROJECT))) == "other_draft"
    both = await asyncio.gather(
        *(atelier.drafts.put(who, seen, "data/nlu.yml", f"{NLU}# {who}\n") for who in ("anna", "olga")), return_exceptions=True)
    assert [type(one).__name__ for one in both].count("RefusedError") == 1
    for work in (atelier.drafts.put("olga", seen, "a.yml", ""), atelier.drafts.discard("olga", seen), atelier.bench.publish("olga", seen, "")):
        assert await refused(work) == "other_draft"


@worked_at
async def test_files_of_drafts_that_are_no_more_are_deleted(atelier: Atelier) -> None:
    # SE-04
    first = await atelier.drafts.bring("anna", "", zipped(PROJECT))
    second = await atelier.drafts.put("anna", first.project, "data/more.yml", 'version: "3.1"\n')
    assert await atelier.stored() == {second.project}
    third = await atelier.drafts.put("anna", second.project, "data/more.yml", None)
    assert third.project == first.project
    await atelier.drafts.discard("anna", third.project)
    assert await atelier.stored() == set()
    version = await atelier.speaks(PROJECT)
    begun = await atelier.drafts.begin("anna", "", version.id)
    await atelier.drafts.discard("anna", begun.project)
    assert await atelier.stored() == {version.project, version.model}
    assert (await atelier.audit_entries())[:2] == ["draft_discarded", "draft_begun"]


@any_store
@pytest.mark.parametrize(("path", "text", "code"), [
    ("../evil.yml", "", "bad_path"), ("/etc/evil.yml", "", "bad_path"), (".hidden.yml", "", "bad_path"), ("model.bin", "", "bad_path"),
    ("data/none.yml", None, "no_such_path")])
async def test_what_is_no_file_of_a_project_is_refused(atelier: Atelier, path: str, text: str | None, code: str) -> None:
    # SE-01
    draft = await atelier.drafts.bring("anna", "", zipped(PROJECT))
    assert await refused(atelier.drafts.put("anna", draft.project, path, text)) == code
    assert await atelier.drafts.draft() == draft


async def test_what_is_no_project_is_refused(atelier: Atelier) -> None:
    assert await refused(atelier.drafts.bring("anna", "", b"PK\x03\x04junk")) == "bad_project"
    assert await refused(atelier.drafts.bring("anna", "", zipped({"readme.txt": "."}))) == "bad_project"
    with pytest.raises(VersionError):
        await atelier.version_registry.roll_back("0" * 16, "anna")


@worked_at
async def test_one_work_at_a_time_and_it_can_be_broken_off(atelier: Atelier) -> None:
    draft = await atelier.drafts.bring("anna", "", zipped(PROJECT))
    assert await refused(atelier.bench.rehearse("", "привет", "")) == "not_taught"
    await atelier.bench.publish("anna", draft.project, "")
    assert await refused(atelier.bench.teach("olga", draft.project)) == "busy"
    await atelier.bench.cancel("anna")
    assert await atelier.ended() is WorkState.CANCELLED
    assert atelier.version_registry.current == ""
    assert await refused(atelier.bench.cancel("anna")) == "not_busy"


@worked_at
async def test_what_is_changed_while_it_is_made_stays_a_draft(atelier: Atelier) -> None:
    await atelier.speaks(PROJECT)
    draft = await atelier.drafts.bring("anna", "", zipped(PROJECT | {"domain.yml": DOMAIN.replace("девяти", "восьми")}))
    await atelier.bench.publish("anna", draft.project, "")
    changed = await atelier.drafts.put("olga", draft.project, "tests/test_stories.yml", f"{TESTS}# ещё\n")
    assert await atelier.ended() is WorkState.DONE
    version, _ = await atelier.version_registry.versions()
    assert (version.project, await atelier.drafts.draft()) == (draft.project, changed)
    assert await refused(atelier.bench.publish("anna", "0" * 64, "")) == "other_draft"


@worked_at
async def test_what_an_okno_of_before_has_taught_is_taught_anew(atelier: Atelier) -> None:
    version = await atelier.speaks(PROJECT)
    old = msgspec.structs.replace(version, id="0" * 16, model=await atelier.files.put(b"of before"))
    await atelier.store.exchange((old, Spoken(ROBOT, old.id, old.at, "anna")), ())
    await atelier.version_registry.start()
    await atelier.bench.start()
    assert await atelier.ended() is WorkState.DONE
    assert (atelier.version_registry.current, (await atelier.version_registry.versions())[0].by) == (version.id, "anna")
    assert await refused(atelier.bench.roll_back(old.id, "anna")) == "outdated"
    assert await refused(atelier.bench.rehearse(old.id, "привет", "")) == "outdated"
    await atelier.bench.start()
    assert atelier.bench.job is not None
    assert atelier.bench.job.state is WorkState.DONE


@worked_at
async def test_a_draft_is_tried_and_nothing_of_it_is_stored(atelier: Atelier) -> None:
    await atelier.speaks(PROJECT)
    draft = await atelier.drafts.bring("anna", "", zipped(PROJECT))
    await atelier.bench.teach("anna", draft.project)
    assert await atelier.ended() is WorkState.DONE
    before = await atelier.stored()
    first = await atelier.bench.rehearse("", "здравствуйте", "")
    assert (first.intent, first.lines[0].choices, first.steps) == ("greet", ("Часы",), ("greet", "utter_greet"))
    second = await atelier.bench.rehearse("", "Часы", first.state)
    assert (second.intent, second.events) == ("ask_hours", ("action: utter_hours",))
    assert await refused(atelier.bench.rehearse("", "Часы", "{")) == "bad_request"
    assert await atelier.stored() == before
    assert await atelier.store.recent() == []


@worked_at
async def test_a_draft_is_looked_at_before_it_is_taught(atelier: Atelier) -> None:
    draft = await atelier.drafts.bring("anna", "", zipped(PROJECT))
    looked = await atelier.workshop.look(await atelier.drafts.project(draft), None)
    assert [flaw for flaw in looked.flaws if flaw.grave] == []
    names = {node.id: node.names[0] for node in looked.graph.nodes}
    assert [(names[edge.source], names[edge.target]) for edge in looked.graph.edges] == [
        ("greet", "utter_greet"), ("ask_hours", "utter_hours"), ("ask_fee", "utter_fee")]
    hours = next(node for node in looked.graph.nodes if node.names == ("ask_hours",))
    assert (hours.file, hours.line, hours.words[0], hours.told[0].name) == ("data/nlu.yml", 12, "когда вы открыты", "tells the hours")
