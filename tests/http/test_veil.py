"""What is left of rows and entries where nobody may know who the citizen is (LV-07)."""

from datetime import UTC, datetime

from hub.conversations.address import Address
from hub.conversations.callback_promise import promise
from hub.conversations.message import Attachment, Author
from hub.desk.conversations.citizen_view import promise_out
from hub.desk.conversations.forms import ConversationOut, EntryOut, HolderOut, LineOut
from hub.desk.conversations.redaction import gone, veiled_entry, veiled_row
from hub.desk.http.forms import NamedOut
from hub.desk.organisation.forms import PlaceOut

NOW = datetime(2026, 1, 1, 3, tzinfo=UTC)
NUMBER, MASKED = "+79161234521", "•••21"
ROW = ConversationOut(
    "1", "001-260101-00001-4", "voice.asterisk", "Иван Петров", "individual", NOW, HolderOut("queue", NOW, "general"), "other", "2", f"звоните {NUMBER}",
    Author.CITIZEN, NOW, NOW, None, 1, typing=False, promise=promise_out(promise(NOW, Address("voice.asterisk", NUMBER), f"просит на {NUMBER}", "anna", None)),
    place=PlaceOut("50", "", "Московская область"), proposed=[NamedOut("50", "Московская область")], address=NUMBER)


def test_a_row_without_name_number_and_guesses_by_the_number() -> None:
    # LV-07, SE-03
    row = veiled_row(ROW)
    assert row.promise is not None
    assert (row.name, row.address, row.last_text, row.proposed) == ("", MASKED, f"звоните {MASKED}", [])
    assert NUMBER not in str(row)
    assert (row.number, row.topic, row.place) == (ROW.number, ROW.topic, ROW.place)


def test_an_entry_without_name_numbers_and_files() -> None:
    # LV-07, SE-03
    lines = [LineOut(0, Author.CITIZEN, f"мой номер {NUMBER}")]
    entry = EntryOut("1", "1", "message", NOW, Author.CITIZEN, "Иван Петров", f"мой номер {NUMBER}, почта ivan@mail.example", f"{NUMBER}", folded=NUMBER,
                     attachments=[Attachment("a" * 64, "паспорт.pdf", "application/pdf", 1)], lines=lines,
                     cc=["petr@mail.example"])
    veiled = veiled_entry(entry)
    assert (veiled.name, veiled.cc, veiled.text, veiled.attachments) == ("", [], f"мой номер {MASKED}, почта •••@•••", [])
    assert NUMBER not in str(veiled)
    colleague = EntryOut("1", "1", "note", NOW, Author.OPERATOR, "Анна", "спросить у Бориса")
    assert veiled_entry(colleague) == colleague


def test_what_is_gone_says_only_which_one_it_was() -> None:
    # SE-01
    row = gone(ROW)
    assert (row.id, row.number) == (ROW.id, ROW.number)
    assert (row.name, row.address, row.last_text, row.topic, row.promise, row.place) == ("", "", "", "", None, None)
