"""Russian titles of the sheets and columns of a workbook; files with the plain names of fields are read, too. Pure."""

from collections.abc import Mapping

from hub.knowledge.catalogue.columns import KINDS, Kind, columns

SHEETS: Mapping[Kind, str] = {Kind.SERVICE: "Услуги", Kind.AUTHORITY: "Органы", Kind.OFFICE: "Офисы"}
_PARTS = {
    "id": "Ключ", "title": "Название", "name": "Полное название", "short": "Короткое название", "level": "Уровень", "topic": "Тема",
    "authority": "Орган (ключ)", "about": "Описание", "order": "Порядок", "term": "Срок", "days": "дней", "working_days": "рабочих дней",
    "hours": "часов", "if_off": "если выходной", "documents": "Документы", "fee": "Пошлина", "free": "бесплатно", "rubles": "рублей",
    "note": "пояснение", "by": "по чему", "refusals": "Основания отказа", "appeal": "Жалоба", "how": "как подать",
    "responsible": "Кто отвечает", "result": "Результат", "ways": "Способы подачи", "questions": "Вопросы", "facts": "Факты",
    "variants": "Варианты", "valid_from": "Действует с", "valid_until": "Действует по", "origin": "Источник", "source": "откуда",
    "imported": "загружено", "checksum": "контрольная сумма", "centre": "центр",
    "checked": "проверено", "review": "проверить до", "demonstration": "пример", "branch": "Ветвь власти", "place": "Место",
    "subject": "субъект", "municipality": "ОКТМО", "mfc": "МФЦ", "superior": "Вышестоящий орган", "controlled_by": "Кто контролирует",
    "official": "Должностное лицо", "post": "должность", "phone": "телефон", "contacts": "Контакты", "phones": "Телефоны",
    "email": "почта", "site": "сайт", "address": "Адрес", "appoints": "Кого назначает", "zone": "часовой пояс", "holidays": "праздники",
    "week": "неделя", "special": "особые дни", "coordinates": "Координаты", "services": "Услуги (ключи)", "accessible": "Доступность"}
"""A column's title is that of its parts: «Жалоба: срок, дней»."""
_WHOLE = {"hours": "Часы приёма"}
"""Parts that are called otherwise at the beginning of a path."""


def title_of(path: str) -> str:
    """«Жалоба: срок, дней» for appeal.term.days."""
    first, *rest = path.split(".")
    head = _WHOLE.get(first, _PARTS[first]) if rest else _PARTS[first]
    return ": ".join(filter(None, (head, ", ".join(_inside(part) for part in rest))))


def _inside(part: str) -> str:
    return title if (title := _PARTS[part]).isupper() else title[0].lower() + title[1:]


def path_of(kind: Kind, heading: str) -> str:
    """The field of a heading, by its title or its plain name; an unknown heading stays as it is."""
    return _PATHS[kind].get(heading.strip().lower(), heading.strip())


def kind_of_sheet(name: str) -> Kind | None:
    """By its title, or by the plain names that former workbooks have."""
    return _KINDS.get(name.strip().lower())


_PATHS = {kind: {title_of(column.path).lower(): column.path for column in columns(kind)} for kind in KINDS}
_KINDS = {name.lower(): kind for kind, name in SHEETS.items()} | {
    "services": Kind.SERVICE, "authorities": Kind.AUTHORITY, "offices": Kind.OFFICE}
