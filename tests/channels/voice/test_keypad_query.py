"""What a caller does by keys alone: books at an office and cancels, follows his case. A real Asterisk, an SMSC, a hub that starts again."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.appointments.appointment import Appointment, BookingState
from hub.conversations.address import Address
from hub.conversations.conversation import InQueue
from hub.conversations.journal import CallStage, Telephoned
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from hub.conversations.redaction import HIDDEN
from tests.appointment_centre import CATALOGUE, RECEPTIONS
from tests.channels.appointment import STEPS
from tests.channels.sms.phone import FROM_CITIZEN, joined, smsc_settings, ucs2
from tests.channels.voice.ami_listener import at
from tests.channels.voice.test_appointment import CENTRE, NUMBER, Caller, ready
from tests.channels.voice.test_telephone import Switchboard
from tests.house import people
from tests.http.test_cases import draft
from tests.paper import near
from tests.peers.asterisk import Asterisk
from tests.peers.scenarios import wait
from tests.peers.sipp import town
from tests.peers.smsc import Peer, node_smsc
from tests.rig import eventually

pytestmark = pytest.mark.peers

MORE = """[[channels]]
driver = "sms.smpp"
settings = {{ smscs = [{{ name = "node", host = "127.0.0.1", port = {smsc}, system_id = "okno", password_file = "{password}", source = "7788" }}] }}
"""

BEFORE = (("робот", "Запись в МФЦ"),)


class Telephone:
    """Of one number: it calls whenever the hub runs, and gets SMS."""

    def __init__(self, exchange: Asterisk, folder: Path, smsc: Peer) -> None:
        self._exchange, self._folder, self._smsc = exchange, folder, smsc
        for name in ("sounds", "recordings"):
            (exchange.base / name).mkdir(exist_ok=True)
        (folder / "registry.toml").write_text((files("okno.demo") / "registry.toml").read_text(encoding="utf8"), encoding="utf8")
        (folder / "offices.toml").write_text(CATALOGUE, encoding="utf8")
        (folder / "receptions.toml").write_text(RECEPTIONS, encoding="utf8")
        centre = CENTRE.replace('"077"', '"001"').replace("municipal", "regional")
        carried = MORE.format(smsc=smsc.port, password=smsc_settings(folder, smsc.port)["password_file"])
        self._config = ('catalogue = "offices.toml"\nbooking = { receptions = "receptions.toml" }\nnotices = { quiet_from = "00:00", quiet_until = "00:00" }\n'
                        + centre.format(base=exchange.base, ami=exchange.ami, hub=exchange.hub) + carried)

    @asynccontextmanager
    async def hub(self) -> AsyncIterator[Switchboard]:
        """One start of the hub."""
        around = self._folder / f"town-{len(list(self._folder.glob('town-*')))}"
        around.mkdir()
        async with (at(self._exchange) as self._line, near(self._folder, self._config) as (house, hub), people(house) as crowd,
                    town(self._exchange, around, ends_calls=True) as those):
            await ready(house, crowd)
            yield Switchboard(hub, crowd, await crowd.admin(), those, self._exchange)

    async def calls(self, board: Switchboard) -> Caller:
        before = await self._begun(board)
        await board.town.calls(wait(1), number=NUMBER[1:])

        async def begins() -> bool:
            return await self._begun(board) > before

        await eventually(begins)
        caller = Caller(board, self._line)
        await caller.sees("робот")
        return caller

    async def _begun(self, board: Switchboard) -> int:
        if await board.store.at_address(Address("voice.asterisk", NUMBER)) is None:
            return 0
        return sum(isinstance(entry, Telephoned) and entry.stage is CallStage.BEGAN for entry in await board.journal(NUMBER))

    def writes(self, words: str) -> None:
        """An SMS to the centre."""
        self._smsc.tell("deliver", key=words, pdu=FROM_CITIZEN | {"source_addr": NUMBER[1:]} | ucs2(words))

    async def reads(self, part: str) -> str:
        """An SMS, as soon as all of it is there."""
        async def there() -> bool:
            return any(part in each for each in joined(self._smsc.told("submit")))
        await eventually(there)
        return next(each for each in joined(self._smsc.told("submit")) if part in each)


@pytest.fixture
async def telephone(exchange: Asterisk, tmp_path: Path) -> AsyncIterator[Telephone]:
    async with node_smsc() as smsc:
        yield Telephone(exchange, tmp_path, smsc)


async def made_of(store: Store) -> Appointment:
    made, = await store.all(Appointment)
    return made


async def test_an_appointment_by_digits(telephone: Telephone) -> None:
    # BK-01, BK-04, BK-07, CH-01
    async with telephone.hub() as board:
        caller = await telephone.calls(board)
        for asked, choice in (*BEFORE, *STEPS, ("номер", "Этот номер"), ("Всё верно?", "Да")):
            await caller.sees(asked)
            await caller.picks(choice.format(place="Клин"))
        await caller.sees("Свободно: МФЦ района")
        times, = [message.choices for message in caller.told if "Свободно" in message.text]
        await caller.picks(times[0])
        await caller.sees("Готово, вы записаны")
        made = await made_of(board.store)
        clock = times[0].rpartition(", ")[2]
        said, = [message.text for message in caller.told if "Готово" in message.text]
        assert re.search(rf", в {clock} \(по омскому времени; у вас \d", said)  # the number is one of Moscow
        assert f"\nНомер записи: {made.number}.\nВсё это придёт и по SMS." in said
        await board.spoken(said)
        aloud = (await caller.hears("Код записи")).text
        found = re.match(r"Код записи: (\d{8})\.\nПовторяю: (\d{8})\.\n", aloud)
        assert found is not None
        code = found[1]
        assert found[2] == code
        assert f"«отмена {made.number} {code}»" in await telephone.reads("Код записи")
        invited = await telephone.reads("Вы записаны: Прописка")
        assert f"в {clock} (по омскому времени" in invited
        assert (made.number in invited, "Возьмите с собой: Паспорт" in invited) == (True, True)
        # A day before it, while the hub is off.
        await board.store.put(replace(made, reminder=datetime.now(UTC)))
    async with telephone.hub() as board:
        reminded = await telephone.reads("Напоминаем: Прописка")
        assert (made.number in reminded, f"в {clock} (по омскому времени" in reminded) == (True, True)
        caller = await telephone.calls(board)
        await caller.types(f"*{made.number}*{code}#")  # from any telephone
        await caller.hears(f"Запись № {made.number} (записан): Прописка")
        await caller.types(f"*{made.number}#")
        await caller.hears(f"Запись № {made.number} (записан): Прописка")
        await caller.picks(f"Отменить {made.number}")
        await caller.hears(f"Запись № {made.number} (отменена)")
        assert (await made_of(board.store)).state is BookingState.CANCELLED
        await telephone.reads(f"Запись № {made.number} отменена")


async def test_a_case_by_its_number_and_code(telephone: Telephone) -> None:
    # RQ-04, ST-04
    async with telephone.hub() as board:
        clerk, written = await board.operator("op1"), Address("sms.smpp", NUMBER)
        telephone.writes("оператор")

        async def waits() -> bool:
            head = await board.store.at_address(written)
            return head is not None and isinstance(head.holder, InQueue)

        await eventually(waits)
        head = await board.store.at_address(written)
        assert head is not None
        await clerk.does("POST", f"/api/conversations/{head.id}/take")
        number = (await clerk.does("POST", f"/api/conversations/{head.id}/cases", draft(topic="other")))["case"]["number"]
        found = re.search(r"«статус \S+ (\d{8})»", await telephone.reads("Код для просмотра"))
        assert found is not None
        code = found[1]
        caller = await telephone.calls(board)
        await caller.types(f"*{number}*{code}#")
        await caller.hears(f"Обращение № {number}: зарегистрировано")
        for _ in range(3):
            await caller.types(f"*{number}*{(int(code) + 1) % 10**8:08}#")
            await caller.hears("Обращения с таким номером и кодом нет")
        await caller.types(f"*{number}*{code}#")
        await caller.hears("Код трижды не подошёл")
        typed = [entry.text for entry in await board.journal(NUMBER) if isinstance(entry, Message) and entry.author is Author.CITIZEN]
        assert typed == [f"статус {number.replace('-', '')} {HIDDEN}"] * 5
        assert not [deed for _, deed in await board.store.audit_entries(limit=1000) if code in str(deed)]
