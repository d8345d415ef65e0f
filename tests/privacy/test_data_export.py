"""The copy of a citizen's data names the calls of theirs that the exchange did not answer (SE-03, CH-19)."""

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

from hub.monitoring.trunk import RefusedCall
from hub.privacy.data_export import DataExport, Titles
from tests.rig import MOSCOW, Rig
from tests.traits import TRAITS

CALLER, OTHER = "+79161234567", "+79161234568"


async def nobody(_: Iterable[str]) -> Sequence[str]:
    return ()


async def test_a_call_that_was_not_answered_is_in_the_copy(rig: Rig) -> None:
    # SE-03, CH-19: 152-ФЗ ст. 14
    now = rig.clock()
    await rig.store.put(RefusedCall("a1-1.1", now, "a1/trunk", "88001002030", CALLER, 17))
    await rig.store.put(RefusedCall("a1-1.2", now + timedelta(minutes=1), "a1/trunk", "88001002030", CALLER, 17, "boss", now))
    await rig.store.put(RefusedCall("a1-1.3", now, "a1/trunk", "88001002030", OTHER, 17))
    named = Titles("Центр", MOSCOW, str, str, str, False, lambda _: "", TRAITS, str)
    export = DataExport(rig.store, rig.files, rig.actions.authorization, rig.consent_service, rig.opt_outs, named, lambda _number, _file: None, (), nobody)
    archive = ZipFile(BytesIO(await export.packed((), (f"voice.asterisk:{CALLER}", f"sms.smpp:{CALLER}"), (), (), now, lambda _: None)))
    told = json.loads(archive.read("data.json"))["refused"]
    assert [(each["dialled"], each["owed"]) for each in told] == [("88001002030", False), ("88001002030", True)]
    page = archive.read("Ваши данные.html").decode()
    assert ("Звонки, которые не удалось принять" in page, page.count("88001002030"), OTHER in page) == (True, 2, False)
