"""A small project of a public-service centre, trained once with sentence vectors and once without."""

import pytest

from bots.dialogue.parsed import Entity
from bots.project.examples import Example, Examples
from bots.russian import Russian
from bots.understanding.model import Model
from bots.understanding.training import train

SAID = {
    "passport": ["как получить загранпаспорт", "хочу оформить загранпаспорт", "где сделать заграничный паспорт", "нужен загранпаспорт ребенку", "замена загранпаспорта", "сколько ждать загранпаспорт"],
    "hours": ["до скольки вы работаете", "график работы мфц", "работаете ли вы в субботу", "во сколько открывается центр", "режим работы в праздники", "вы сегодня открыты"],
    "status": ["где мое заявление", "готовы ли мои документы", "статус заявления", "на каком этапе моя заявка", "проверить готовность документов", "когда будет готово заявление"],
    "complaint": ["хочу пожаловаться на сотрудника", "мне нахамили в окне", "оставить жалобу", "сотрудник отказался принять документы", "как подать жалобу на чиновника", "недоволен обслуживанием"],
    "person": ["позовите оператора", "соедините с человеком", "хочу поговорить с живым человеком", "оператор", "переключите на специалиста", "человека дайте"],
    "greet": ["здравствуйте", "привет", "добрый день", "доброе утро", "добрый вечер", "приветствую"],
    "faq/fee": ["сколько стоит госпошлина", "размер пошлины", "какая пошлина за паспорт", "почему такая пошлина"],
    "faq/payment": ["как оплатить пошлину", "можно ли оплатить картой", "где заплатить пошлину", "оплата госпошлины через интернет"],
}
PLACES = ["Москвы", "Тулы", "Казани", "Самары", "Рязани", "Перми"]


def visit(before: str, place: str, between: str, other: str, after: str) -> Example:
    text = f"{before}{place}{between}{other}{after}"
    start = len(before)
    second = start + len(place) + len(between)
    return Example(
        text,
        "move",
        (Entity("city", place, start, start + len(place), role="from"), Entity("city", other, second, second + len(other), role="to")),
    )


def project() -> Examples:
    said = [Example(text, intent) for intent, texts in SAID.items() for text in texts]
    for i, place in enumerate(PLACES):
        other = PLACES[(i + 1) % len(PLACES)]
        said.append(visit("я переезжаю из ", place, " до ", other, ""))
        said.append(visit("переезд от ", place, " до ", other, " с детьми"))
    for document in ("паспорт", "снилс", "свидетельство"):
        text = f"я потерял {document}"
        said.append(Example(text, "lost", (Entity("document", document, 10, 10 + len(document)),)))
        text = f"утеряно у меня {document} вчера"
        said.append(Example(text, "lost", (Entity("document", document, 15, 15 + len(document)),)))
    said.append(Example("мой талон А15", "ticket", (Entity("ticket", "А15", 10, 13),)))
    said.append(Example("талон Б7", "ticket", (Entity("ticket", "Б7", 6, 8),)))
    said.append(Example("я в Туле", "here", (Entity("town", "Туле", 4, 8),)))
    said.append(Example("живу в Перми", "here", (Entity("town", "Перми", 7, 12),)))
    return Examples(
        tuple(said),
        synonyms={"загран": "загранпаспорт", "свидетельство": "свидетельство о рождении"},
        patterns=(("ticket", r"\b[а-я]\d{1,3}\b"),),
        lookups={"town": ("Красногорск", "Нижний Новгород", "Тула", "Пермь")},
    )


@pytest.fixture(scope="session")
def model(russian: Russian) -> Model:
    return train(project(), russian)
