"""`okno access`: prints the permissions declared by endpoints, frames and commands. Its output is docs/access.md."""

from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from aiohttp import web

from hub.access.operator import Role
from hub.access.permissions import PERMISSION_MATRIX, Grant, Machine, Permission, Scope, UndeclaredError
from hub.desk.rooms import ENDPOINTS, FromDesk, ToDesk
from hub.organisation.centre import FUNCTIONS, Function
from hub.organisation.level import Level
from okno.faults.config_error import ConfigError

COMMANDS = dict.fromkeys((
    "audit export", "audit verify", "backup", "migrate-store", "blocks add", "blocks lift", "blocks list",
    "catalogue export", "catalogue import", "catalogue pull",
    "check", "config export", "config import", "demo",
    "events list", "events replay", "keys new", "keys rotate", "keys wipe", "restore", "retention", "run",
    "service add", "service list", "service revoke", "staff", "user add", "user break-glass",
    "voice check", "voice phones",
), Machine.CENTRE) | dict.fromkeys((
    "acceptance", "access", "bot check", "bot compare", "bot diff", "bot evaluate", "bot look", "bot make", "bot migrate", "bot questions",
    "bot shell", "bot test", "bot train", "directory", "init", "media", "privacy", "roster",
    "simulate centre", "simulate nation", "simulate staff", "simulate-systems", "speech compare", "trace", "visits",
), Machine.FILES)
"""What each command works on; undeclared commands are not run."""

OPEN = {
    "POST /api/session": "вход: логин, пароль, второй фактор; паузы растут с каждой неудачей",
    "GET /api/session/ways": "какие способы входа есть",
    "POST /api/session/passkey/ask": "начало входа ключом доступа",
    "POST /api/session/passkey": "вход ключом доступа",
    "GET /api/sso/begin": "переход к каталогу сотрудников, если он указан",
    "GET /api/sso/end": "возвращение из каталога: подписанный cookie, state, PKCE",
    "POST /api/sso/logout": "выход, о котором сообщает каталог подписанным токеном",
    "GET /api/socket": "открывается вошедшему со страницы рабочего места; каждый кадр спрашивает своё право",
    "GET /api/openapi.json": "описание API, данных в нём нет",
    "GET /desk": "переход на страницу рабочего места",
    "GET /desk/": "страница рабочего места, данных в ней нет",
    "GET /desk/{filename}": "её стили и сценарии",
    "GET /case": "страница, где гражданин узнаёт о ходе обращения по номеру и коду",
    "POST /case": "номер и код; три ошибки закрывают номер на сутки",
    **{f"GET /handbook{path}": what for path, what in (
        ("", "открытый справочник: действующие карточки услуг, ведомств, мест приёма и ответы; о читателе ничего не хранится"),
        ("/search", "поиск по нему; запросы одного адреса ограничены"), ("/sitemap.xml", "все его страницы для поисковиков"),
        ("/feed.xml", "последние изменения"), ("/{kind}/feed.xml", "то же одного раздела"), ("/{kind}", "список раздела"),
        ("/{kind}/{id}", "карточка"))},
    "GET /robots.txt": "что поисковикам читать: справочник и чат",
    **{f"GET /open-data{path}": what for path, what in (
        ("", "показатели программы для всех, если указан open_data.address: группы меньше 5 человек не видны"),
        ("/indicators.csv", "то же таблицей"), ("/indicators.csv-metadata.json", "что в ней значит каждый столбец"),
        ("/catalogue.jsonld", "описание набора по DCAT-AP"))},
    "GET /survey/{survey}": "анонимный опрос: ничего о человеке не хранится",
    "POST /survey/{survey}": "ответы на него; cookie говорит только «ответил»",
    "GET /survey/p/{token}": "опрос по приглашению: ссылку знает только приглашённый",
    "POST /survey/p/{token}": "согласие, ответы, отказ, отзыв",
    "GET /trial/{secret}": "стенд: проба черновика робота; ссылку знает только приглашённый, у неё срок",
    "POST /trial/{secret}": "реплика на стенде: не хранится, никуда не отправляется; запросы одного адреса ограничены",
    **{f"{method} /open311/{path}.{{format}}": f"Open311: {what}" for method, path, what in (
        ("GET", "discovery", "где он и в каких видах"),
        ("GET", "v2/discovery", "то же"),
        ("GET", "v2/services", "темы, по которым принимают обращения"),
        ("GET", "v2/services/{code}", "что спрашивают по теме"),
        ("POST", "v2/requests", "обращение из другой системы: ключ программы с правом `hand_in`"),
        ("GET", "v2/requests", "свои обращения по ключу; без ключа только обезличенно и если это включено"),
        ("GET", "v2/requests/{number}", "одно из них"),
        ("GET", "v2/tokens/{token}", "номер по ключу отправки: ключ программы"),
        ("GET", "v2/servicerequestupdates", "что стало со своими обращениями; без ключа как выше"),
        ("POST", "v2/servicerequestupdates", "дополнение к своему обращению: ключ программы"))},
    "GET /healthz": "жив ли узел",
    "GET /readyz": "готов ли узел принимать",
    "GET /leads": "ведёт ли этот узел из нескольких",
    "GET /metrics": "счётчики без имён и номеров; снаружи закрывает прокси",
}
"""Routes without an operator's permission, with the reason. Others belong to channels, with their own access control."""

ROLES = {Role.OPERATOR: "оператор", Role.SENIOR: "старший", Role.SUPERVISOR: "супервизор", Role.DESIGNER: "редактор",
         Role.ADMIN: "админ.", Role.WALL: "табло"}
SCOPES = {Scope.OWN: "своё", Scope.CENTRE: "свой центр", Scope.BELOW: "свой и ниже", Scope.HUB: "узел"}
LEVELS = {Level.FEDERAL: "Ф", Level.REGIONAL: "Р", Level.MUNICIPAL: "М"}
ALWAYS, NEVER, GIVEN, HIS = "всегда", "нет", "переданная функция", "с перс. данными"
MACHINES = {Machine.FILES: "файлы, названные в команде", Machine.CENTRE: "данные центра"}

HEAD = """# Кому что разрешено

Эту страницу печатает `okno access` из того, что заявляют сами точки входа; руками её не правят (решение
[0028](decisions/0028-access.md)). Чего здесь нет, того нельзя никому.

## Права
Право действует, когда сходится вся строка: роль, охват, уровень, а для сотрудника подрядчика ещё и договор.

- **Охват.** «Своё»: обращения, которые человек ведёт, которые ему предложены или ждут в его линиях. «Свой центр»: все обращения
  центра, чью линию он обслуживает; чужие центры на том же узле закрыты. «Свой и ниже»: ещё и центры под ним: у региона его
  муниципальные, у федерального все. «Узел»: общее для всех центров узла. Своё обращение остаётся своим, в чьей бы линии ни было.
- **Уровни.** Ф, Р, М: федеральный, региональный, муниципальный. Кто обслуживает хотя бы одну федеральную линию, работает на
  федеральном уровне, что бы он ни обслуживал ещё.
- **Подрядчик.** Его сотруднику нужна функция, которую центр передал по договору, действующему сегодня (`contracts` в реестре), и
  которая поручена ему самому; обращения он видит только в линиях с переданной ему функцией. Без персональных данных в договоре он не
  видит имени и адреса, номера и почта в текстах скрыты, а права «с перс. данными» закрыты.

"""
MACHINE = """
## Командная строка
Команды запускает учётная запись операционной системы. Данные центра лежат в папке, открытой только учётной записи узла (0700),
поэтому команды с ними может выполнить только она.

"""
CHANNELS = """
## Без учётной записи оператора
Остальные адреса открывают каналы для граждан и партнёров, каждый со своим ключом ([модель угроз](threat-model.md#entry-points));
под `/api/` и `/desk` им ничего открыть нельзя.

"""


def run_by(command: str) -> Machine:
    """What a command works on; raises UndeclaredError for an undeclared one."""
    if command not in COMMANDS:
        name = f"okno {command}"
        raise UndeclaredError(name)
    return COMMANDS[command]


def outside(routes: Sequence[web.AbstractRouteDef]) -> Sequence[web.AbstractRouteDef]:
    """Routes of channels; raises ConfigError for one that collides with the desk's or the hub's own."""
    for each in routes:
        path = each.path if isinstance(each, web.RouteDef) else getattr(each, "prefix", "")
        if path.startswith(("/api/", "/desk")) or f"GET {path}" in OPEN:
            message = f"channels: {path} is not a channel's to serve"
            raise ConfigError(message)
    return routes


def page() -> str:
    """docs/access.md."""
    parts = [
        HEAD, table(("право", "что можно", *ROLES.values(), "охват", "уровни", "подрядчик"), map(_grant, PERMISSION_MATRIX)),
        "\n## Рабочее место: запросы\nНужно одно из прав.\n\n", table(("запрос", "право"), map(_endpoint, _endpoints())),
        "\n## Рабочее место: кадры сокета\nУзел не отправляет кадр тому, у кого нет права, и не принимает от него.\n\n",
        table(("кадр", "куда", "право"), _frames()),
        MACHINE,
        table(("команда", "с чем работает"), ((f"`okno {name}`", MACHINES[what]) for name, what in sorted(COMMANDS.items()))),
        CHANNELS,
        table(("запрос", "что это"), ((f"`{name}`", why) for name, why in OPEN.items()))]
    return "".join(parts)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _grant(permission: Permission) -> list[str]:
    row = PERMISSION_MATRIX[permission]
    roles = ["✓" if role in row.roles else "" for role in ROLES]
    levels = " ".join(name for level, name in LEVELS.items() if level in row.levels)
    return [f"`{permission}`", row.does, *roles, SCOPES[row.scope], levels, _contractor(row)]


def _contractor(row: Grant) -> str:
    if row.functions is None:
        return ALWAYS
    if not row.functions:
        return NEVER
    given = GIVEN if row.functions == frozenset(Function) else ", ".join(FUNCTIONS[each] for each in FUNCTIONS if each in row.functions)
    return f"{given}, {HIS}" if row.personal else given


def _endpoints() -> Iterator[tuple[str, Sequence[Permission]]]:
    for each in sorted(ENDPOINTS, key=lambda each: (each.path, each.method)):
        if not each.public:
            yield f"{each.method} {each.path}", each.needs


def _endpoint(each: tuple[str, Sequence[Permission]]) -> tuple[str, str]:
    return f"`{each[0]}`", _needs(each[1])


def _frames() -> Iterator[tuple[str, str, str]]:
    for union, to in ((ToDesk, "оператору"), (FromDesk, "от оператора")):
        for frame in get_args(union):
            yield f"`{frame.__struct_config__.tag}`", to, _needs(frame.needs)


def _needs(needs: Sequence[Permission]) -> str:
    return " или ".join(f"`{each}`" for each in needs)
