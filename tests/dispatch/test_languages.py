"""A citizen who writes in another language than Russian is offered to an operator who speaks it, if one is at work."""

from importlib.resources import files

import pytest
from msgspec.structs import replace

from bots.dialogue.dialogue import Dialogue
from bots.knowledge.faq import FaqBot
from bots.knowledge.services import knowledge_of
from bots.project.project import read_project
from bots.russian import Russian
from hub.access.operator import Operator, skills_of
from hub.conversations.ports import Store
from hub.dispatch.offer import Offer, Waiting
from hub.knowledge.catalogue.toml_format import read_catalogue
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.organisation.queue import Queue, rings
from okno.adapters.dialogue_engine import LocalDialogueEngine
from okno.robot import built_in
from routing.assignment import Floor
from tests.bots.heard import ByHeart
from tests.rig import ANNA, OLGA, Clock, Rig, eventually
from tests.traits import TRAITS

TATAR = "балалар бакчасына чират кирәк"
SPEAKS = replace(OLGA, languages=("ru", "tt"))


@pytest.fixture(scope="module")
def bot() -> FaqBot:
    read = read_catalogue(files("okno.demo").joinpath("catalogue", "languages.toml").read_text("utf-8"))
    made = FaqBot(Russian(), "Центр", TRAITS)
    made.learn(knowledge_of(KnowledgeSnapshot(read.articles)))
    return made


@pytest.mark.parametrize("order", [(ANNA, SPEAKS), (SPEAKS, ANNA)])
async def test_who_speaks_the_language_is_offered_first(store: Store, clock: Clock, bot: FaqBot, order: tuple[Operator, ...]) -> None:
    # CH-08
    project = read_project(built_in("centre"))

    async def read(version: str) -> Dialogue:
        del version
        return Dialogue(project, ByHeart(project))

    async def is_offered() -> bool:
        return bool(rig.offers)

    rig = Rig(store, clock, await store.newest(), talker=LocalDialogueEngine(bot, lambda: "v1", read))
    await rig.start()
    rig.ready(*order)
    conversation = await rig.stored(TATAR, "1")
    await rig.settled()
    assert (await rig.holds(conversation)).citizen.language == "tt"
    await eventually(is_offered)
    offered = [news.offer.operator for news in rig.offers if isinstance(news.offer, Offer)]
    assert offered == [SPEAKS.login]
    await rig.stop()


def test_where_nobody_speaks_it_another_is_offered_in_time() -> None:
    # CH-08, SL-03
    floor, queue = Floor(), Queue("general", "Общая")
    floor.present(ANNA.login, skills_of(ANNA), 0)
    assert floor.wait(Waiting(1, queue.id, 0, 25, rings(queue, "tt")), 0) == []
    offers = [offer for second in range(1, 20) for offer in floor.advance(second)[1]]
    assert [offer.operator for offer in offers] == [ANNA.login]
