"""The accounts of one's own centre as a table: CSV or a workbook for Russian spreadsheets (SE-01)."""

from typing import Literal

from aiohttp import web
from msgspec import Struct

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.conversations.ports import Store
from hub.desk.access.roles import ROLES
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.parts import Clock
from hub.desk.http.tables import TYPES, Row, as_csv, as_xlsx
from hub.kernel.web.download import download_headers

HEADINGS = ("Логин", "Имя", "Роль", "Линии", "Навыки", "Языки", "Подрядчик", "Чатов одновременно", "Письменных одновременно", "Работает")
"""A limit that is empty is that of everybody."""


class PeopleFileQuery(Struct, frozen=True):
    form: Literal["csv", "xlsx"] = "csv"


@endpoint("GET", "/api/people/file", Permission.MANAGE_OPERATORS)
async def people_file(authorization: Authorization, store: Store, clock: Clock, call: Call, query: PeopleFileQuery) -> web.Response:
    """All accounts of one's own centre as a table, without passwords."""
    ours = [each for each in await store.all(Operator) if authorization.covers_all(call.who, each.queues)]
    rows = [_row(each) for each in sorted(ours, key=lambda each: each.login)]
    body = as_csv(rows, HEADINGS) if query.form == "csv" else as_xlsx("Сотрудники", rows, HEADINGS, whole=False)
    headers = download_headers(f"people-{clock():%Y-%m-%d}.{query.form}", len(body))
    return web.Response(body=body, headers=headers | {"Content-Type": TYPES[query.form]})


def _row(of: Operator) -> Row:
    """Lines are the person's own, also while they are lent to others."""
    skills = ", ".join(f"{name} {level}" for name, level in sorted(of.skills.items()))
    return (of.login, of.name, of.own_role.title if of.own_role else ROLES[of.role], ", ".join(of.own_queues), skills,
            ", ".join(of.languages), of.contractor, of.limit.chats or "", of.limit.written or "", "да" if of.active else "нет")


ENDPOINTS = (people_file,)
