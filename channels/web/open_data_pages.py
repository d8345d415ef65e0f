"""The public page of the programme's indicators, and the same as open data: CSV, its dictionary, a DCAT-AP description (GV-14)."""

from html import escape
from importlib.resources import files as package_files
from io import StringIO
from itertools import groupby
from pathlib import Path

import msgspec
from aiohttp import web

from channels.web.cors import fresh
from channels.web.form_html import page
from channels.web.phrases import phrases
from hub.kernel.csv_file import CsvFile
from hub.programme.open_data import CATALOGUE, COLUMNS, CSV, DICTIONARY, INDICATORS, Indicator, K, OpenFigure, catalogue, dictionary
from hub.programme.open_data_service import OpenDataService

HERE = "/open-data"
TITLE = "Показатели программы"
LEAD = (f"Как граждане получают информацию об услугах. Показатели обезличены: группы меньше {K} человек не публикуются. "
        "«От» и «до» — границы, в которых значение лежит с уверенностью 95 %.")
HEADINGS = ("Где", "С", "По", "Значение", "От", "До", "Из скольких")
HIDDEN = f"меньше {K}"
FILES = ((CSV, "Таблица CSV"), (DICTIONARY, "Словарь данных"), (CATALOGUE, "Описание DCAT-AP"))


class OpenDataPages:
    def __init__(self, service: OpenDataService, address: str, publisher: str) -> None:
        """`address` is the public address of this hub; `publisher` is the centre's name."""
        self._service, self._address, self._publisher = service, address + HERE, publisher

    def routes(self) -> list[web.AbstractRouteDef]:
        plain = Path(str(package_files("channels.web") / "plain"))
        return [*(web.get(f"{HERE}/assets/{path.name}", fresh(path)) for path in sorted(plain.iterdir())),
                web.get(HERE, self._page), web.get(f"{HERE}/{CSV}", self._csv), web.get(f"{HERE}/{DICTIONARY}", self._dictionary),
                web.get(f"{HERE}/{CATALOGUE}", self._catalogue)]

    async def _page(self, request: web.Request) -> web.Response:
        del request
        found = sorted(await self._service.figures(), key=lambda each: list(Indicator).index(each.indicator))
        parts = "".join(_part(indicator, list(rows)) for indicator, rows in groupby(found, key=lambda each: each.indicator))
        links = "".join(f'<li><a href="{HERE}/{name}">{title}</a></li>' for name, title in FILES)
        body = f'<h1>{TITLE}</h1><p class="lead">{LEAD}</p>{parts}<h2>Открытые данные</h2><ul>{links}</ul>'
        return web.Response(text=page(phrases(""), TITLE, body, HERE), content_type="text/html")

    async def _csv(self, request: web.Request) -> web.Response:
        del request
        text = StringIO()
        CsvFile(text).write(COLUMNS, *(each.cells() for each in await self._service.figures()))
        return _open(text.getvalue().encode(), "text/csv")

    async def _dictionary(self, request: web.Request) -> web.Response:
        del request
        return _open(msgspec.json.encode(dictionary(self._address)), "application/csvm+json")

    async def _catalogue(self, request: web.Request) -> web.Response:
        del request
        told = catalogue(self._address, self._publisher, await self._service.figures(), self._service.today)
        return _open(msgspec.json.encode(told), "application/ld+json")


def _open(body: bytes, kind: str) -> web.Response:
    """Anybody's page may read it."""
    return web.Response(body=body, content_type=kind, charset="utf-8", headers={"Access-Control-Allow-Origin": "*"})


def _part(indicator: Indicator, rows: list[OpenFigure]) -> str:
    title, unit, meaning = INDICATORS[indicator]
    head = "".join(f'<th scope="col">{each}</th>' for each in HEADINGS)
    return (f'<section class="card" data-test="indicator" data-id="{indicator}"><h2>{title}</h2>'
            f'<p class="soft">{meaning}. Единица: {unit}.</p>'
            f'<table><caption class="soft">{title}</caption><thead><tr>{head}</tr></thead>'
            f'<tbody>{"".join(_row(each) for each in rows)}</tbody></table></section>')


def _row(of: OpenFigure) -> str:
    value = HIDDEN if of.value is None else _number(of.value)
    cells = (f"{of.since:%d.%m.%Y}", f"{of.until:%d.%m.%Y}", value, _number(of.low), _number(of.high), _number(of.of))
    told = "".join(f"<td>{each}</td>" for each in cells)
    return f'<tr><th scope="row">{escape(of.name) or "не указано"}</th>{told}</tr>'


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}".removesuffix(".0").replace(".", ",")
