"""What is told to prove who somebody is, is kept nowhere: however the robot's form ends, and whatever else is said (ST-04, SE-03)."""

import gc
from collections.abc import AsyncIterator, Iterator
from datetime import date
from random import Random
from types import FunctionType, ModuleType

import msgspec
import pytest

from bots.dialogue.centre_actions import CentreActions
from bots.dialogue.dialogue import Dialogue
from bots.grammar.extraction import Grammar
from bots.grammar.numbers import is_snils
from bots.knowledge.faq import FaqBot
from bots.project.project import read_project
from bots.russian import Russian
from hub.conversations.conversation import InQueue, WithBot
from hub.conversations.journal import Deleted, SpeechRecognised, Thought
from hub.conversations.message import Attachment, Message
from hub.conversations.ports import Store
from hub.conversations.redaction import HIDDEN
from hub.conversations.turn_result import TurnResult
from hub.knowledge.article import Article, Purpose
from hub.robot.ports import Reply
from okno.adapters.dialogue_engine import LocalDialogueEngine
from tests.rig import Clock, Drawer, Rig, eventually
from tests.robot.test_dialogue_turns import CENTRE, Words, last
from tests.traits import TRAITS

BEGIN, STOP, PERSON = "/check_status", "/stop", "/call_operator"
SNILS, WORD = "087-654-303 00", "ромашка"
WAYS = 40


async def nothing_near(_: str) -> tuple[Article, ...]:
    return ()


class Applications:
    """hub.robot.ports.ApplicationStates: nobody's, but for whoever is signed in."""

    def __init__(self) -> None:
        self.signed_in = False
        self.asked: list[tuple[str, str, str]] = []

    async def known(self, conversation: str) -> bool:
        del conversation
        return self.signed_in

    async def told(self, conversation: str, number: str, snils: str, proof: str) -> Reply | None:
        del conversation
        self.asked.append((number, snils, proof))
        return Reply("Ничего сообщить нельзя.")


class Window:
    """A hub whose robot asks for proofs; it starts again over the same store."""

    def __init__(self, store: Store, clock: Clock, russian: Russian) -> None:
        self._store, self._clock, self.applications = store, clock, Applications()
        knowledge, project = FaqBot(russian, "Центр", TRAITS), read_project(CENTRE)
        self.knowledge = knowledge
        danger = Article("danger", "Опасность", "Позвоните 112.", questions=("мне плохо нужна скорая",), purpose=Purpose.EMERGENCY)
        knowledge.learn((Article("long", "Длинная", "Длинная статья."), danger))
        house = CentreActions(dict, nothing_near, tuple, Grammar(russian), lambda: date(2026, 11, 25), TRAITS, None, None, self.applications)

        async def load(version: str) -> Dialogue:
            del version
            return Dialogue(project, Words(), actions=house)

        self._talker = lambda: LocalDialogueEngine(knowledge, lambda: "v1", load)
        self.rig: Rig
        self._said = 0

    async def start(self) -> "Window":
        self.rig = await Rig(self._store, self._clock, await self._store.newest(), files=Drawer(), talker=self._talker(), recognise=bytes.decode).start()
        return self

    async def tell(self, *words: str, who: str = "citizen") -> int:
        conversation = 0
        for each in words:
            self._said += 1
            conversation = await self.rig.stored(each, f"key{self._said}", who=who)
            await self.rig.settled()
        return conversation

    async def kept(self, conversation: int) -> str:
        """All of a conversation, as it is stored."""
        head = await self._store.conversation(conversation)
        return msgspec.json.encode([head, *await self._store.records(conversation, limit=1000)]).decode()


@pytest.fixture
async def window(store: Store, clock: Clock, russian: Russian) -> AsyncIterator[Window]:
    window = await Window(store, clock, russian).start()
    yield window
    await window.rig.stop()


def snils(chance: Random) -> str:
    digits = next(each for each in iter(lambda: f"{chance.randrange(10**11):011}", "") if is_snils(each) and each[0] not in "78")
    return chance.choice(("{}-{}-{} {}", "{} {} {} {}", "{}{}{}{}", "снилс {}{}{}{}")).format(digits[:3], digits[3:6], digits[6:9], digits[9:])


def ways() -> Iterator[list[str]]:
    """How a form may go: by each proof, right or wrong, broken off anywhere, with something else in between."""
    chance = Random(49)
    for at in range(WAYS):
        name = chance.choice((f"Иванова{at} Мария{at}", f"ромашка{at}", f"{chance.randrange(10**6, 10**8)}", f"+7916{chance.randrange(10**7):07}"))
        said = [BEGIN, f"2026-{at:05}", snils(chance), name]
        if chance.random() < 0.3:
            said.insert(chance.randrange(1, 3), chance.choice((f"сто{at} двенадцать", f"123-456-789 {at:02}", f"ой, не знаю{at}")))
        if chance.random() < 0.4:
            said = [*said[:chance.randrange(2, 4 + 1)], chance.choice((STOP, PERSON))]
        yield said


async def test_no_proof_is_kept_whatever_becomes_of_the_form(window: Window) -> None:
    # ST-04, SE-03
    for at, said in enumerate(ways()):
        conversation = await window.tell(*said, who=f"citizen{at}")
        kept = await window.kept(conversation)
        digits = "".join(filter(str.isdecimal, kept))
        for each in said[2:]:
            if not each.startswith(("/", "2026-")):
                assert each not in kept, (said, each)
                assert not (len(bare := "".join(filter(str.isdecimal, each))) == 11 and bare in digits), (said, each)
                assert await window.rig.store.find(each) == []
    assert len(window.applications.asked) > WAYS // 3  # and yet they were tried
    assert [each for each in window.applications.asked if HIDDEN in each] == []


def texts_in(root: object) -> set[str]:
    """All texts that an object holds, directly or not."""
    found, seen, left = set[str](), set[int](), [root]
    while left:
        each = left.pop()
        if isinstance(each, str):
            found.add(each)
        elif id(each) not in seen and not isinstance(each, type | FunctionType | ModuleType):
            seen.add(id(each))
            left += gc.get_referents(each)
    return found


async def test_the_robot_remembers_no_proof(window: Window) -> None:
    # ST-04: neither in the memo of messages at work nor among its answers
    proof = "зелёная ромашка у дома"
    await window.tell("где мой загс", BEGIN, "2026-1", SNILS, proof)
    assert window.applications.asked == [("2026-1", SNILS, proof)]
    held = texts_in(window.knowledge)
    assert "где мой загс" in held
    assert not {each for each in held if SNILS in each or proof in each}


async def test_an_article_in_between_ends_no_form(window: Window) -> None:
    # ST-04: what is said next is still a proof
    conversation = await window.tell(BEGIN, "2026-1", "Дальше: Длинная")
    assert (await window.rig.holds(conversation)).holder == WithBot(dialogue="v1", proving=True, result=TurnResult.ASKS)
    await window.tell(SNILS, WORD)
    assert [each for each in (SNILS, WORD) if each in await window.kept(conversation)] == []
    assert window.applications.asked == [("2026-1", SNILS, WORD)]


async def test_what_is_typed_ahead_and_beside_is_kept_no_more(window: Window) -> None:
    # ST-04: nobody waits for the robot's next question
    conversation = await window.tell(f"/check_status здравствуйте, мой снилс {SNILS}")
    assert SNILS not in await window.kept(conversation)
    await window.tell("/stop", BEGIN)
    for number, each in enumerate(("2026-1", SNILS, WORD, "спасибо")):
        await window.rig.stored(each, f"ahead{number}")
    await window.rig.settled()
    kept = await window.kept(conversation)
    assert [each for each in (SNILS, WORD) if each in kept] == []
    assert window.applications.asked == [("2026-1", SNILS, WORD)]
    # Afterwards the journal has what is said again, and so it does with a person.
    await window.tell("до свидания", PERSON, f"мой снилс {SNILS}")
    kept = await window.kept(conversation)
    assert ("до свидания" in kept, SNILS in kept) == (True, True)


async def test_whoever_takes_over_reads_the_number_and_no_proof(window: Window) -> None:
    # ST-04, AL-07
    conversation = await window.tell(BEGIN, "2026-1", SNILS, PERSON)
    assert isinstance((await window.rig.holds(conversation)).holder, InQueue)
    note, = [r.entry.text for r in await window.rig.store.records(conversation, limit=100) if isinstance(r.entry, Message) and r.entry.internal]
    assert note == "Робот записал:\nНомер заявления: 2026-1"


@pytest.mark.parametrize("cry", ["мне плохо нужна скорая", "оператор"])
async def test_a_cry_for_help_is_no_proof(window: Window, cry: str) -> None:
    # ST-04: whoever comes reads it
    conversation = await window.tell(BEGIN, "2026-1", SNILS, cry)
    assert isinstance((await window.rig.holds(conversation)).holder, InQueue)
    kept = await window.kept(conversation)
    assert (cry in kept, SNILS in kept) == (True, False)


async def test_what_a_restart_has_forgotten_is_asked_for_again(store: Store, clock: Clock, russian: Russian) -> None:
    # ST-04, CH-06
    window = await Window(store, clock, russian).start()
    conversation = await window.tell(BEGIN, "2026-1", SNILS)
    await window.rig.stop()
    await window.start()
    assert (await window.rig.holds(conversation)).holder == WithBot(dialogue="v1", proving=True, result=TurnResult.ASKS)
    await window.tell(WORD)
    assert "номер заявления" in (await last(window.rig, conversation)).text
    await window.tell("2026-1", SNILS)
    assert window.applications.asked == [("2026-1", SNILS, WORD)]
    await window.rig.stop()


async def test_a_spoken_proof_is_deleted_once_it_is_heard(window: Window) -> None:
    # ST-04, CH-10
    conversation = await window.tell(BEGIN, "2026-1", SNILS)
    file = await window.rig.files.put(WORD.encode())
    await window.rig.say("", "spoken", attachments=(Attachment(file, "voice.wav", "audio/wav", 7),))

    async def told() -> bool:
        return bool(window.applications.asked)

    await eventually(told)
    await window.rig.settled()
    assert window.applications.asked == [("2026-1", SNILS, WORD)]
    assert await window.rig.files.get(file) is None
    entries = [r.entry for r in await window.rig.store.records(conversation, limit=100)]
    assert [each.text for each in entries if isinstance(each, SpeechRecognised)] == [HIDDEN]
    assert [each.file for each in entries if isinstance(each, Deleted)] == [file]
    assert WORD not in await window.kept(conversation)


async def test_whoever_is_signed_in_is_asked_for_the_number_alone(window: Window) -> None:
    # ST-04: the account is surer than any proof
    window.applications.signed_in = True
    conversation = await window.tell(BEGIN)
    assert "номер заявления" in (await last(window.rig, conversation)).text
    await window.tell("2026-1")
    assert window.applications.asked == [("2026-1", "", "")]
    assert (await last(window.rig, conversation)).text == "Ничего сообщить нельзя."
    thoughts = [r.entry for r in await window.rig.store.records(conversation, limit=100) if isinstance(r.entry, Thought)]
    assert len(thoughts) == 2
