"""A mailbox that takes no passwords: a real Dovecot that asks a token server whose a token is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bots.russian import Russian
from channels.email import imap
from channels.email.settings import OAuth
from channels.email.tokens import Tokens
from hub.kernel.errors import UnavailableError
from tests.channels.email.hub import hub_in
from tests.channels.email.sender import mail
from tests.peers.cable import Cable
from tests.peers.dovecot import BY_TOKEN, Dovecot, dovecot
from tests.peers.post_office import PostOffice
from tests.peers.tokens import TokenServer
from tests.rig import eventually

USER = "ask"


@pytest.fixture(scope="module")
def tokens() -> Iterator[TokenServer]:
    with TokenServer(USER).running() as server:
        yield server


@pytest.fixture(scope="module")
def server(tokens: TokenServer) -> Iterator[Dovecot]:
    with dovecot(BY_TOKEN.format(url=f"{tokens.base}/introspect?token=")) as running:
        yield running


@pytest.fixture
def box(tokens: TokenServer, tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "secret").write_text("client secret\n", encoding="utf8")
    (tmp_path / "refresh").write_text(f"{tokens.refresh}\n", encoding="utf8")
    oauth = {"token_url": f"{tokens.base}/token", "client_id": "okno", "client_secret_file": str(tmp_path / "secret"),
             "refresh_token_file": str(tmp_path / "refresh")}
    return {"host": "127.0.0.1", "user": USER, "tls": "none", "oauth": oauth}


@pytest.mark.peers
@pytest.mark.parametrize(("mechanism", "changes"), [
    (b"OAUTHBEARER", {}), (b"XOAUTH2", {b"AUTH=OAUTHBEARER": b"AUTH=UNKNOWNNNNN"}),
])
async def test_mail_is_fetched_with_a_token(
    server: Dovecot, box: dict[str, Any], tmp_path: Path, russian: Russian, office: PostOffice, mechanism: bytes, changes: dict[bytes, bytes],
) -> None:
    # CH-05: RFC 7628
    await office.open()
    cable = await Cable(server.imap).lay()
    cable.changes = changes
    server.put(USER, [mail("по токену", f"{mechanism.decode()}@home.example")])
    async with hub_in(tmp_path, russian, office.port, mailboxes=[box | {"port": cable.port}]) as hub:
        await hub.holds("по токену")
    assert any(b"AUTHENTICATE " + mechanism in line for line in cable.passed)
    cable.take_away()


@pytest.mark.peers
async def test_a_token_that_is_revoked_is_asked_for_anew(
    server: Dovecot, tokens: TokenServer, box: dict[str, Any], tmp_path: Path, russian: Russian, office: PostOffice, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(imap, "FIRST_PAUSE_S", 0.05)
    await office.open()
    cable = await Cable(server.imap).lay()
    async with hub_in(tmp_path, russian, office.port, mailboxes=[box | {"port": cable.port}]) as hub:
        await cable.sees(b" IDLE")
        tokens.revoked |= set(tokens.given)
        asked = len(tokens.given)
        cable.cut()
        await cable.sees(b" IDLE", 2)
        assert len(tokens.given) == asked + 1
        assert hub.mail.health().up
    cable.take_away()


@pytest.mark.peers
async def test_a_refusal_of_the_token_server_is_told(server: Dovecot, box: dict[str, Any], tmp_path: Path, russian: Russian, office: PostOffice) -> None:
    await office.open()
    (tmp_path / "refresh").write_text("stolen\n", encoding="utf8")
    async with hub_in(tmp_path, russian, office.port, mailboxes=[box | {"port": server.imap}]) as hub:
        async def told() -> bool:
            return "invalid_grant" in hub.mail.health().words
        await eventually(told)


def test_a_refresh_token_that_is_replaced_is_kept_for_the_next_start(tokens: TokenServer, box: dict[str, Any]) -> None:
    tokens.rotates, tokens.life_s = True, 0
    oauth = OAuth(**box["oauth"])
    asking = Tokens(oauth)
    assert asking.token() != asking.token()
    assert Tokens(oauth).token() == tokens.given[-1]
    assert Path(oauth.refresh_token_file).read_text(encoding="utf8").strip() == tokens.refresh
    tokens.rotates, tokens.life_s = False, 3600
    assert Tokens(oauth).token() == tokens.given[-1]


def test_without_a_refresh_token_the_client_asks_for_itself(tokens: TokenServer, box: dict[str, Any]) -> None:
    oauth = OAuth(token_url=f"{tokens.base}/token", client_id="okno", client_secret_file=box["oauth"]["client_secret_file"], scope="imap")
    asking = Tokens(oauth)
    assert asking.token() == asking.token() == tokens.given[-1]
    assert tokens.forms[-1] == {"client_id": "okno", "client_secret": "client secret", "scope": "imap", "grant_type": "client_credentials"}


def test_a_token_server_that_is_away(tokens: TokenServer) -> None:
    with pytest.raises(UnavailableError, match="не отвечает"):
        Tokens(OAuth(token_url="http://127.0.0.1:1/token", client_id="okno")).token()
