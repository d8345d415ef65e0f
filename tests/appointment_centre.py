"""A centre whose offices receive every day, for tests through its outer contract."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.house import Clerk

FULL = """
about = "Её получает гражданин."
order = "Подайте заявление и получите её."
term = { days = 30 }
fee = { free = true }
refusals = ["Нет документов"]
responsible = "Начальник отдела"
result = "Документ"
ways = ["mfc"]
appeal = { authority = "founder", how = "Письменно", term = { working_days = 15 } }
origin = { source = "Регламент", review = 2027-12-31 }
"""
CATALOGUE = f"""
[[authority]]
id = "founder"
name = "Министерство"
branch = "executive"
controlled_by = ["prosecutor"]
official = {{ post = "Министр" }}
[[authority]]
id = "prosecutor"
name = "Прокуратура"
branch = "oversight"
controlled_by = ["founder"]
official = {{ post = "Прокурор" }}
[[authority]]
id = "mfc-net"
name = "МФЦ области"
branch = "mfc"
appoints = "mfc"
superior = "founder"
official = {{ post = "Директор" }}
contacts = {{ email = "mfc@example.ru" }}

[[office]]
id = "mfc"
authority = "mfc-net"
name = "МФЦ района"
address = "Клин, Образцовая ул., 12"
place = {{ subject = "50", municipality = "46700002", mfc = "boundary" }}
hours = {{ zone = "Asia/Omsk", week = {{ every_day = ["00:00-24:00"] }} }}
[[office]]
id = "town"
authority = "mfc-net"
name = "МФЦ города"
address = "Серпухов, Пример ул., 1"
place = {{ subject = "50", municipality = "46700001", mfc = "large" }}
hours = {{ zone = "Europe/Moscow", week = {{ every_day = ["09:00-18:00"] }} }}

[[service]]
id = "passport"
title = "Загранпаспорт"
name = "Выдача загранпаспорта"
level = "federal"
authority = "mfc-net"
questions = ["получить загранпаспорт", "загран"]
documents = [{{ applicant = "Взрослый", papers = [{{ name = "Паспорт" }}, {{ name = "Фото", note = "3,5 × 4,5 см" }}] }}]
{FULL}
[[service]]
id = "address"
title = "Прописка"
name = "Регистрация по месту жительства"
level = "federal"
authority = "mfc-net"
documents = [{{ applicant = "Взрослый", papers = [{{ name = "Паспорт" }}] }}]
{FULL}
"""
RECEPTIONS = """
[[rules]]
id = "mfc"
slot_min = 30
notice_min = 0
[[reception]]
office = "mfc"
windows = [{ id = "1" }]
[[reception]]
office = "town"
windows = [{ id = "1" }]
"""


def receiving(folder: Path, more: str = "", receptions: str = RECEPTIONS) -> Path:
    """The demonstration configuration with these offices; the demonstration's registry tells whose they are."""
    (folder / "offices.toml").write_text(CATALOGUE, encoding="utf8")
    (folder / "receptions.toml").write_text(receptions, encoding="utf8")
    config = folder / "okno.toml"
    builtin = Path("okno/demo/okno.toml").read_text(encoding="utf8").replace('[booking]\nreceptions = "demo"\n', "")
    builtin = builtin.replace('catalogue = "demo"', 'catalogue = "offices.toml"')
    booking = '[booking]\nreceptions = "receptions.toml"\n'
    config.write_text(f"{builtin}\n{booking}\n{more}", encoding="utf8")
    return config


async def free(clerk: Clerk, conversation: str, days: int = 3, office: str = "mfc") -> list[dict[str, Any]]:
    """What is free in so many days, a day from now on."""
    since = datetime.now(UTC) + timedelta(days=1)
    asked = {"office": office, "service": "passport", "since": since.isoformat(), "until": (since + timedelta(days=days)).isoformat()}
    found: list[dict[str, Any]] = (await clerk.does("GET", f"/api/conversations/{conversation}/slots", params=asked))["slots"]
    return found


def draft(at: str, **more: Any) -> dict[str, Any]:
    return {"key": at, "office": "mfc", "service": "passport", "at": at, "name": "Пётр"} | more
