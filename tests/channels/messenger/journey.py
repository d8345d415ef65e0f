"""One whole conversation in a messenger: a question, the article's answer, a person, and his reply (CH-01, CH-05)."""

from importlib.resources import files

from bots.knowledge.knowledge_file import read_articles
from hub.conversations.conversation import InQueue
from hub.conversations.message import Author
from tests.channels.messenger.dialogue import Dialogue

REPLY = "Здравствуйте, меня зовут Анна. Запись открыта."


async def journey(dialogue: Dialogue) -> None:
    room = dialogue.room
    room.bot.learn(read_articles((files("okno.demo") / "articles.toml").read_text(encoding="utf8")))
    await dialogue.say("1", "Как получить загранпаспорт?")
    await dialogue.acknowledged("1")
    await dialogue.hears("Вам отвечает робот")
    await dialogue.hears("Источник: ")
    await dialogue.say("2", "оператор")
    await dialogue.acknowledged("2")
    await dialogue.hears("Соединяю с оператором")
    head = await room.store.conversation(dialogue.conversation)
    assert head is not None
    assert isinstance(head.holder, InQueue)
    await room.hand_to_anna(dialogue.conversation)
    await room.anna_writes(dialogue.conversation, REPLY)
    await dialogue.hears(REPLY)
    await dialogue.say("3", "Спасибо!")
    await dialogue.acknowledged("3")
    assert [each.text for each in await dialogue.messages(Author.CITIZEN)] == ["Как получить загранпаспорт?", "оператор", "Спасибо!"]
    assert dialogue.heard().count(REPLY) == 1
