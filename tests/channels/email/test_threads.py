"""Addresses and Message-IDs that say which conversation a letter belongs to."""

from hypothesis import given
from hypothesis import strategies as st

from channels.email.threads import message_id, record_of, sign, thread_of

KEY = b"k" * 32
THREADS = st.text(max_size=40).filter(lambda text: text.isprintable())


@given(thread=THREADS)
def test_a_signed_address_leads_back(thread: str) -> None:
    # CH-03
    address = sign(KEY, "ask", "okno.example", thread)
    assert thread_of(KEY, address) == thread
    assert thread_of(KEY, address.upper()) == thread  # some servers change the case of local parts
    assert thread_of(b"other", address) is None


@given(thread=THREADS, at=st.integers(0, 100), sign_at=st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_changed_address_leads_nowhere_else(thread: str, at: int, sign_at: str) -> None:
    # CH-03: nobody writes himself into the conversation of another
    address = sign(KEY, "ask", "okno.example", thread)
    start = len("ask+")
    token = address[start:address.index("@")]
    place = start + at % len(token)
    changed = address[:place] + sign_at + address[place + 1:]
    assert thread_of(KEY, changed) in {None, thread}


@given(address=st.one_of(st.text(max_size=60), st.from_regex(r"ask\+[a-z2-7]{0,60}@okno\.example", fullmatch=True)))
def test_a_strangers_address_leads_nowhere(address: str) -> None:
    assert thread_of(KEY, address) is None


def test_no_thread_is_a_thread_too() -> None:
    assert thread_of(KEY, sign(KEY, "ask", "okno.example", "")) == ""
    assert thread_of(KEY, "ask@okno.example") is None


def test_it_fits_a_local_part() -> None:
    # CH-03: RFC 5321 4.5.3.1.1
    assert len(sign(KEY, "spravka", "okno.example", "x" * 20).partition("@")[0]) <= 64


def test_message_ids_of_ours() -> None:
    # CH-03
    assert record_of(message_id(42, "okno.example"), "okno.example") == 42
    assert record_of("<42.okno@OKNO.example>", "okno.example") == 42
    assert record_of("42.okno@evil.example", "okno.example") is None
    assert record_of("٤٢.okno@okno.example", "okno.example") is None
    assert record_of("CAGf3Q0bq@mail.gmail.com", "okno.example") is None
