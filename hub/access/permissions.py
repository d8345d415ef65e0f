"""The permission matrix, default deny (SE-01). docs/access.md is generated from it; hub/access/authorization.py evaluates it. Pure."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from hub.access.operator import Operator, Role
from hub.kernel.errors import OknoError
from hub.organisation.centre import Function
from hub.organisation.level import Level


class Permission(StrEnum):
    ACCOUNT = "account"
    READ_KNOWLEDGE = "read_knowledge"
    SERVE = "serve"
    HAND_OVER = "hand_over"
    PROMISE = "promise"
    OPEN_FILES = "open_files"
    SEE_ALL = "see_all"
    SEARCH = "search"
    STEER = "steer"
    SIFT = "sift"
    LISTEN = "listen"
    SEE_PERSON = "see_person"
    JOIN_PERSON = "join_person"
    READ_STATUS = "read_status"
    BOOK = "book"
    REGISTER_CASE = "register_case"
    WORK_CASES = "work_cases"
    HAND_IN = "hand_in"
    TAKE_COMPLAINT = "take_complaint"
    ASK_ANONYMOUSLY = "ask_anonymously"
    ASK_PERSONALLY = "ask_personally"
    DESIGN_SCORECARDS = "design_scorecards"
    SCORE_TALKS = "score_talks"
    SEE_OWN_SCORES = "see_own_scores"
    LEARN = "learn"
    TEACH = "teach"
    PLAN_SHIFTS = "plan_shifts"
    WATCH_SHIFTS = "watch_shifts"
    OWN_SHIFTS = "own_shifts"
    TAKE_DEMAND = "take_demand"
    ANSWER_DEMAND = "answer_demand"
    ERASE = "erase"
    NOTIFY = "notify"
    SHARE_REPLIES = "share_replies"
    SEE_FIGURES = "see_figures"
    SEE_WALLBOARD = "see_wallboard"
    ADVISE = "advise"
    EDIT_KNOWLEDGE = "edit_knowledge"
    EDIT_DIALOGUES = "edit_dialogues"
    EDIT_CONSENTS = "edit_consents"
    APPROVE = "approve"
    MANAGE_OPERATORS = "manage_operators"
    PROVISION = "provision_accounts"
    MANAGE_EXCHANGE = "manage_exchange"
    SETTLE = "settle"
    EDIT_PROGRAMME = "edit_programme"
    EDIT_REGISTRY = "edit_registry"


class Scope(StrEnum):
    """Reach of a permission."""

    OWN = "own"
    """What the operator holds, is offered, or what waits in their lines."""
    CENTRE = "centre"
    """All of the operator's own centre."""
    BELOW = "below"
    """The operator's centre and its subordinates: a region's municipal ones, all for the federal one."""
    HUB = "hub"
    """What all centres of the hub have in common."""


class Machine(StrEnum):
    """What a command of `okno` works on; the operating system account decides who may run it."""

    FILES = "files"
    """Files named on the command line."""
    CENTRE = "centre"
    """The data folder, which only the hub's account can open."""


class Grant(Struct, frozen=True):
    """A row of the matrix."""

    does: str
    """In Russian, for people."""
    roles: frozenset[Role]
    scope: Scope
    functions: frozenset[Function] | None = frozenset()
    """A contractor needs one of these functions: an empty set means never, None any function."""
    levels: frozenset[Level] = frozenset(Level)
    """Levels where it exists."""
    personal: bool = False
    """Whether it shows the citizen's identity: the contractor's contract must include personal data."""


EVERYBODY = frozenset(Role)
PEOPLE = EVERYBODY - {Role.WALL}
STAFF = frozenset({Role.OPERATOR, Role.SENIOR, Role.SUPERVISOR, Role.ADMIN})
SENIORS = frozenset({Role.SENIOR, Role.SUPERVISOR, Role.ADMIN})
LEADERS = frozenset({Role.SUPERVISOR, Role.ADMIN})
WALL = frozenset({Role.WALL})
EDITORS = frozenset({Role.DESIGNER, Role.ADMIN})
ANY = frozenset(Function)
NOT_FEDERAL = frozenset({Level.REGIONAL, Level.MUNICIPAL})
"""«Без предоставления персонифицированных услуг» (FD-04, D1)."""

PERMISSION_MATRIX: dict[Permission, Grant] = {
    Permission.ACCOUNT: Grant("войти, сменить пароль, указать свой статус", EVERYBODY, Scope.OWN, None),
    Permission.READ_KNOWLEDGE: Grant("читать базу знаний и объявления", PEOPLE, Scope.HUB, ANY),
    Permission.SERVE: Grant("вести обращения своих линий: принять, ответить, записать, закрыть", STAFF, Scope.OWN, ANY),
    Permission.HAND_OVER: Grant("передать обращение, посоветоваться, позвать старшего", STAFF, Scope.OWN, ANY),
    Permission.PROMISE: Grant("пообещать ответ и перезвонить", STAFF, Scope.OWN, frozenset({Function.CALLBACKS})),
    Permission.OPEN_FILES: Grant("открыть вложения и записи обращения, которое видно", STAFF, Scope.OWN, ANY, personal=True),
    Permission.SEE_ALL: Grant("видеть обращения, которые ведут другие, и состояние каналов", SENIORS, Scope.CENTRE, ANY),
    Permission.SEARCH: Grant("искать среди обращений, которые видно", STAFF, Scope.OWN, ANY, NOT_FEDERAL, personal=True),
    Permission.STEER: Grant("передать и закрыть чужое обращение, остановить удаление по сроку", LEADERS, Scope.CENTRE, ANY),
    Permission.SIFT: Grant("блокировать отправителей, разбирать отложенное", LEADERS, Scope.CENTRE),
    Permission.LISTEN: Grant("слушать разговоры, подсказывать и подключаться", SENIORS, Scope.CENTRE, ANY),
    Permission.SEE_PERSON: Grant("видеть другие адреса и прежние обращения заявителя", STAFF, Scope.OWN, ANY, NOT_FEDERAL, personal=True),
    Permission.JOIN_PERSON: Grant("подтвердить адрес заявителя кодом, отделить адрес, объединить обращения",
                                  STAFF, Scope.OWN, ANY, NOT_FEDERAL, personal=True),
    Permission.READ_STATUS: Grant(
        "сообщить ход и результат услуги", STAFF, Scope.OWN, frozenset({Function.STATUS}), NOT_FEDERAL, personal=True),
    Permission.BOOK: Grant("записать на приём", STAFF, Scope.OWN, frozenset({Function.BOOKING}), NOT_FEDERAL, personal=True),
    # Taking in and passing on is no personalised service; working on it is (D19).
    Permission.REGISTER_CASE: Grant("зарегистрировать обращение, передать его другому центру", STAFF, Scope.OWN, ANY,
                                    personal=True),
    Permission.WORK_CASES: Grant("вести зарегистрированные обращения своих линий", STAFF, Scope.OWN, ANY, NOT_FEDERAL, personal=True),
    # Programs with keys, for citizens who use them (Open311): it reports the state of cases, so it does not exist at the federal level.
    Permission.HAND_IN: Grant("передавать обращения граждан из другой системы и узнавать их ход (Open311)", LEADERS, Scope.CENTRE,
                              levels=NOT_FEDERAL, personal=True),
    # Forwarding and erasing a sealed minimum is no personalised service, so the federal level receives it (D19).
    Permission.TAKE_COMPLAINT: Grant("принять жалобу", STAFF, Scope.OWN, frozenset({Function.COMPLAINTS}), personal=True),
    Permission.ASK_ANONYMOUSLY: Grant(
        "составлять анкеты, проводить опросы без имён и номеров, видеть их итоги", LEADERS, Scope.CENTRE, frozenset({Function.SURVEYS})),
    Permission.ASK_PERSONALLY: Grant(
        "проводить опросы, связанные с обращением, и читать ответы", LEADERS, Scope.CENTRE, frozenset({Function.SURVEYS}), NOT_FEDERAL,
        personal=True),
    Permission.DESIGN_SCORECARDS: Grant("составлять листы оценки, назначать, какие разговоры проверяют", LEADERS, Scope.CENTRE),
    # Each centre reviews the quality of its own staff, at every level: the citizen's identity is not needed.
    Permission.SCORE_TALKS: Grant("оценивать отобранные разговоры, решать по возражениям, видеть оценки центра", SENIORS, Scope.CENTRE),
    Permission.SEE_OWN_SCORES: Grant("видеть свои оценки, соглашаться и возражать", STAFF, Scope.OWN, None),
    Permission.LEARN: Grant("проходить курсы своей роли и сдавать экзамен", PEOPLE, Scope.OWN, None),
    Permission.TEACH: Grant("вести курсы и учебные группы, выдавать и отзывать сертификаты", LEADERS, Scope.CENTRE),
    Permission.PLAN_SHIFTS: Grant("видеть прогноз обращений, составлять и объявлять графики смен", LEADERS, Scope.BELOW),
    Permission.WATCH_SHIFTS: Grant("видеть, кто вышел по графику, и объяснять отклонения от него", SENIORS, Scope.CENTRE),
    Permission.OWN_SHIFTS: Grant("видеть свои смены, меняться ими, просить отпуск", STAFF, Scope.OWN, None),
    # The controller of the data answers a subject's request itself, without contractors (152-ФЗ ст. 6 ч. 5).
    Permission.TAKE_DEMAND: Grant(
        "принять запрос гражданина о его данных, отметить отзыв согласия", STAFF, Scope.OWN, levels=NOT_FEDERAL, personal=True),
    Permission.ANSWER_DEMAND: Grant(
        "отвечать на такие запросы: копия, исправление, кто видел данные, отказ", SENIORS, Scope.CENTRE, levels=NOT_FEDERAL,
        personal=True),
    Permission.ERASE: Grant(
        "утвердить удаление данных, которое предложил другой", LEADERS, Scope.CENTRE, levels=NOT_FEDERAL, personal=True),
    Permission.NOTIFY: Grant(
        "отправить гражданину уведомление и видеть его судьбу", LEADERS, Scope.CENTRE, levels=NOT_FEDERAL, personal=True),
    Permission.SHARE_REPLIES: Grant("составлять заготовки ответов и макросы для линий", SENIORS, Scope.CENTRE),
    Permission.SEE_FIGURES: Grant("видеть показатели и нарушения сроков; свод по стране виден целиком", LEADERS, Scope.BELOW),
    # Totals without persons: a display may show them to a whole hall.
    Permission.SEE_WALLBOARD: Grant("видеть табло зала: сколько ждут и свободны, без имён и номеров", SENIORS | WALL, Scope.BELOW),
    Permission.ADVISE: Grant("составлять и утверждать рекомендации по жалобам", LEADERS, Scope.CENTRE),
    Permission.EDIT_KNOWLEDGE: Grant("править базу знаний, писать объявления", EDITORS, Scope.HUB),
    Permission.EDIT_DIALOGUES: Grant("менять, проверять и публиковать диалоги робота, видеть, чего он не понял", EDITORS, Scope.HUB),
    Permission.EDIT_CONSENTS: Grant("писать тексты согласий", frozenset({Role.ADMIN}), Scope.HUB),
    Permission.APPROVE: Grant("ввести в действие то, что написал другой", LEADERS, Scope.HUB),
    Permission.MANAGE_OPERATORS: Grant("вести учётные записи, читать журнал действий", frozenset({Role.ADMIN}), Scope.CENTRE),
    # For a directory's provisioning program, whose key is kept outside: it opens SCIM and nothing else (decision 0097).
    Permission.PROVISION: Grant("открывать, менять и закрывать учётные записи из каталога (SCIM)", frozenset({Role.ADMIN}), Scope.CENTRE),
    Permission.MANAGE_EXCHANGE: Grant(
        "подписывать другие системы на события узла, повторять недоставленное", frozenset({Role.ADMIN}), Scope.HUB, levels=NOT_FEDERAL),
    Permission.SETTLE: Grant(
        "настраивать линии, часы и номера, переносить настройки файлом, проверять каналы", frozenset({Role.ADMIN}), Scope.CENTRE),
    Permission.EDIT_REGISTRY: Grant("вести реестр: свой центр, нижестоящие, их МФЦ и договоры", frozenset({Role.ADMIN}), Scope.BELOW),
    Permission.EDIT_PROGRAMME: Grant("вести программу: план, этапы, совет, кампании, деньги", LEADERS, Scope.HUB),
}


class UndeclaredError(OknoError):
    """An endpoint, a frame or a command declares no permission: it must not open."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} declares no permission: name one of hub/access/permissions.py")


def declared(name: str, needs: Iterable[Permission]) -> tuple[Permission, ...]:
    """The permissions of which one is needed; raises UndeclaredError where none is declared or one is not in the matrix."""
    needed = tuple(needs)
    if not needed or not all(each in PERMISSION_MATRIX for each in needed):
        raise UndeclaredError(name)
    return needed


def may(operator: Operator, permission: Permission) -> bool:
    """Whether the operator's role grants the permission at all; a deactivated account has none. For an object: authorization.py."""
    if operator.own_role is not None:
        return operator.active and permission in operator.own_role.permissions
    return operator.active and operator.role in PERMISSION_MATRIX[permission].roles


def granted_by(role: Role) -> frozenset[Permission]:
    """All that a built-in role grants."""
    return frozenset(permission for permission, row in PERMISSION_MATRIX.items() if role in row.roles)


def rights_of(operator: Operator) -> frozenset[Permission]:
    """All that the operator's role grants, or would grant to an active account."""
    if operator.own_role is None:
        return granted_by(operator.role)
    return frozenset(each for each in Permission if each in operator.own_role.permissions)


def exceeds(who: Operator, rights: Iterable[Permission]) -> list[Permission]:
    """Those of `rights` that somebody does not have, and so cannot give to others."""
    return sorted(frozenset(rights) - rights_of(who))
