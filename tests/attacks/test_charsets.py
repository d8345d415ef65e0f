"""Forms in encodings that their sender names: none is looked up, none makes an error of the hub, none costs it time (SE-02)."""

from collections.abc import Iterator
from time import perf_counter

import pytest

from tests.attacks.conftest import house_with_form
from tests.house import House, People

pytestmark = pytest.mark.journeys

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
PART = "--x\r\nContent-Disposition: form-data; name=token\r\n{head}\r\n\r\na\r\n--x--\r\n"
PAGES = ("/chat/verify", "/form", "/form/look", "/case")
FORMS = {
    "punycode": (f"{URLENCODED}; charset=punycode", b"token=x-" + b"bacd" * 60_000),
    "no such charset": (f"{URLENCODED}; charset=none", b"token=a"),
    "half of a pair": (f"{URLENCODED}; charset=unicode_escape", rb"token=\ud800"),
    "bytes": (f"{URLENCODED}; charset=hex", b"00"),
    "no UTF-8": (URLENCODED, b"token=\xff"),
    "many fields": (URLENCODED, b"a=&" * 80_000),
    "no boundary": (MULTIPART, b"a"),
    "a part without a name": (f"{MULTIPART}; boundary=x", b"--x\r\n\r\na\r\n--x--\r\n"),
    "a part of no charset": (f"{MULTIPART}; boundary=x", PART.format(head="Content-Type: text/plain; charset=none").encode()),
    "a part of no coding": (f"{MULTIPART}; boundary=x", PART.format(head="Content-Transfer-Encoding: none").encode()),
    "a part of parts": (f"{MULTIPART}; boundary=x", PART.format(head="Content-Type: multipart/mixed; boundary=y").encode()),
}
AT_ONCE_S = 0.7


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_with_form(tmp_path_factory.mktemp("charsets")) as running:
        yield running


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("page", PAGES)
async def test_no_form_is_an_error_of_the_hub(house: House, at: People, page: str, kind: str) -> None:
    said, body = FORMS[kind]
    headers = {"Content-Type": said, "Origin": house.base}
    began = perf_counter()
    async with at.http.post(house.base + page, data=body, headers=headers) as answer:
        assert 400 <= answer.status < 500, await answer.text()
    assert perf_counter() - began < AT_ONCE_S


def test_nothing_went_wrong(house: House) -> None:
    assert house.complaints() == []
