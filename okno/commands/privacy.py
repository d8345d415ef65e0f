"""`okno privacy`: prints the register of personal data, hub/privacy/register.py. Its output is docs/privacy.md."""

from hub.privacy.register import TABLE
from okno.commands.access import table

HEAD = """# Что хранится о людях

Эту страницу печатает `okno privacy` из таблицы узла; руками её не правят (решение [0031](decisions/0031-terms.md)). Ни одно поле
не хранится без строки здесь: это проверяет тест. Сроки называются настройками раздела [`[retention]`](configuration.md#retention);
0 значит бессрочно. Пока кто-то удерживает обращение («не удалять»), по сроку из него не удаляется ничего. Что остаётся после удаления
обращения и что о нём помнит реестр удалений, сказано в [руководстве](operations.md#terms).

"""


def page() -> str:
    """docs/privacy.md."""
    rows = ((kept.what, kept.purpose, kept.ground, kept.term, kept.seen, kept.masked, kept.lies) for kept in TABLE)
    return HEAD + table(("данные", "зачем", "основание", "срок", "кому видны", "как скрыты от других", "где лежат"), rows)
