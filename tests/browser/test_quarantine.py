"""A file in quarantine as people see it, at a hub that is reached by https."""

import base64
import ssl
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.async_api import Browser, FilePayload, expect

from tests.browser.screens import draw
from tests.browser.stage import CitizenPage, Desk, Stage, chromium, png
from tests.browser.test_accessibility import Inspector
from tests.browser.test_journey import begin, in_line, offered_and_accepted, shown
from tests.house import Clerk, House
from tests.peers.authority import Authority
from tests.peers.clamd import EICAR, Daemon

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path_factory.mktemp("clamd"))
    daemon.start()
    yield daemon
    daemon.stop()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("https")


@pytest.fixture(scope="module")
def house(folder: Path, daemon: Daemon) -> Iterator[House]:
    authority = Authority(folder)
    authority.issue(folder)
    demo = (Path(__file__).parents[2] / "okno" / "demo" / "okno.toml").read_text(encoding="utf8").replace('project = "centre"', 'project = ""')
    config = folder / "centre.toml"
    config.write_text(f'{demo}\n[scanner]\ndriver = "clamd"\nsettings = {{ socket = "{daemon.socket}" }}\n'
                      '[listen]\ncertificate = "cert.pem"\nkey = "key.pem"\n', encoding="utf8")
    house = House(folder, config)
    house.trust = ssl.create_default_context(cafile=authority.file)
    house.start()
    yield house
    house.kill()
    print(house.log.read_text(encoding="utf8")[-4000:])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser(pages: None, house: House, folder: Path) -> AsyncIterator[Browser]:
    """Trusts this hub's key, and nothing else that it would not trust anyway."""
    del pages, house
    key = x509.load_pem_x509_certificate((folder / "cert.pem").read_bytes()).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pinned = base64.b64encode(sha256(key).digest()).decode()
    async with chromium(f"--ignore-certificate-errors-spki-list={pinned}") as running:
        yield running


def locked_docx() -> bytes:
    """A document of an office that is locked by a password, as its archive says (APPNOTE 4.4.4, bit 0)."""
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        for name in ("[Content_Types].xml", "word/document.xml"):
            archive.writestr(name, "<x/>" * 20)
    content = bytearray(file.getvalue())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := content.find(mark, at + 1)) >= 0:
            content[at + flags] |= 1
    return bytes(content)


async def pictured(name: str, *pages: Desk | CitizenPage) -> None:
    for page in pages:
        await draw(page.page, f"quarantine-{name}-{type(page).__name__}")


async def send(citizen: CitizenPage, text: str, *files: FilePayload) -> None:
    async with citizen.page.expect_file_chooser() as chooser:
        await citizen.page.get_by_test_id("attach").click()
    await (await chooser.value).set_files(list(files))
    await expect(citizen.page.locator("okno-chat .tray")).to_contain_text("Прикреплён")
    await citizen.tell(text)


async def test_a_file_is_checked_before_anybody_opens_it(stage: Stage, desk: Desk, admin: Clerk, daemon: Daemon, axe: str) -> None:
    # SE-01, GV-14
    assert desk.page.url.startswith("https://")
    citizen = await begin(stage)
    await in_line(citizen)
    await offered_and_accepted(citizen, desk)
    daemon.stop()
    await send(citizen, "Вот моё фото", FilePayload(name="Фото.png", mimeType="image/png", buffer=png()))
    bubble = desk.bubble("citizen", "Вот моё фото")
    await expect(bubble.get_by_test_id("held-file")).to_have_attribute("data-state", "waiting")
    await expect(bubble).to_contain_text("Проверяется")
    await expect(bubble.get_by_role("img", name="Фото.png")).to_have_count(0)
    await expect(citizen.messages.last).to_contain_text("проверяется")
    await expect(citizen.messages.last.get_by_role("link")).to_have_count(0)
    await pictured("waiting", desk, citizen)
    daemon.start()
    await shown(bubble.get_by_role("img", name="Фото.png"))
    await shown(citizen.messages.last.get_by_role("img", name="Фото.png"))

    await send(citizen, "И справка", FilePayload(name="Справка.txt", mimeType="text/plain", buffer=EICAR))
    bubble = desk.bubble("citizen", "И справка")
    await expect(bubble.get_by_test_id("held-file")).to_have_attribute("data-state", "infected")
    await expect(bubble).to_contain_text("Eicar-Test")
    await expect(bubble.get_by_test_id("release")).to_have_count(0)
    await expect(desk.bubble("note", "заражён")).to_contain_text("Файл «Справка.txt» заражён и не открывается: Eicar-Test.UNOFFICIAL")
    await expect(citizen.messages.last).to_contain_text("не прошёл проверку")

    await send(citizen, "И заявление", FilePayload(name="Заявление.docx", mimeType="application/msword", buffer=locked_docx()))
    bubble = desk.bubble("citizen", "И заявление")
    await expect(bubble.get_by_test_id("held-file")).to_have_attribute("data-state", "unchecked")
    await pictured("held", desk, citizen)
    await bubble.get_by_test_id("release").click()
    await desk.at("release-why").fill("Заявитель подтвердил по телефону, пароль назвал")
    await pictured("release", desk)
    await desk.page.emulate_media(reduced_motion="reduce")
    inspector = Inspector(axe, desk.page)
    await inspector.look("release")
    assert inspector.faults == []
    await desk.at("release-go").click()
    await expect(bubble.get_by_test_id("attachment")).to_have_attribute("download", "Заявление.docx")
    await expect(desk.bubble("note", "открыт без проверки")).to_contain_text("Заявитель подтвердил")
    await expect(citizen.messages.last.get_by_role("link")).to_contain_text("Заявление.docx")
    await pictured("released", desk, citizen)

    await desk.page.reload()
    await expect(desk.bubble("citizen", "И справка").get_by_test_id("held-file")).to_have_attribute("data-state", "infected")
    await desk.page.goto(f"{stage.house.base}/desk/#/channels")
    await expect(desk.page.locator("[data-test=channel][data-id=scanner]")).to_contain_text("заражено: 1")
    await expect(desk.page.locator("[data-test=channel][data-id=https]")).to_contain_text("сертификат до")
    await expect(desk.at("quarantined")).to_have_count(1)
    await expect(desk.at("quarantined")).to_contain_text("Eicar-Test")
    await pictured("channels", desk)
    found = {audit_entry["what"] for audit_entry in await admin.does("GET", "/api/audit")}
    assert {"file_infected", "file_unchecked", "file_released"} <= found
