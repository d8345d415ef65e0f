"""A configuration that cannot be used stops the start and names the key; the three levels are one build (LV-10)."""

import socket
from collections.abc import Callable
from importlib.resources import files
from operator import attrgetter
from pathlib import Path

import pytest

from okno.commands.cli import main
from okno.config import deprecated_settings, load
from okno.faults.former_keys import FORMER_KEYS
from tests.house import House, NotStartedError, house_in, people

BUILTIN = files("okno.demo").joinpath("okno.toml").read_text(encoding="utf8")
MINIMAL = '[[queues]]\nid = "general"\ntitle = "Общие"\n[[topics]]\nid = "other"\ntitle = "Другое"\n'
Check = Callable[[str], tuple[int, str]]


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Check:
    """`okno check` on a configuration: exit code and what it says on stderr."""
    for name in ("OKNO_LISTEN", "OKNO_LIMITS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OKNO_DATA", str(tmp_path / "data"))

    def run(content: str) -> tuple[int, str]:
        config = tmp_path / "okno.toml"
        config.write_text(content, encoding="utf8")
        code = main(["check", "--config", str(config)])
        return code, capsys.readouterr().err

    return run


@pytest.mark.parametrize(("addition", "named"), [
    ("colour = 1", "colour"), ("[centre]\ncolour = 1", "colour"), ("[listen]\ncolour = 1", "colour"), ("[store]\ncolour = 1", "colour"),
    ("[log]\ncolour = 1", "colour"), ("[routing]\ncolour = 1", "colour"), ("[[channels]]\ndriver = 'web.chat'\ncolour = 1", "colour"),
    ("[centre]\ncode = '12'", "centre.code"), ("[centre]\nlevel = 'lunar'", "centre.level"), ("[centre]\ntimezone = 'Europe/Nowhere'", "centre.timezone"),
    ("[listen]\nport = 70000", "listen.port"), ("[listen]\nport = '80'", "listen.port"), ("[store]\nkind = 'paper'", "store.kind"),
    ("[log]\nformat = 'verse'", "log.format"), ("[log]\nlevel = 'loud'", "log.level"), ("[routing]\noffer_s = 4", "routing.offer_s"),
    ("[routing]\nqueue = 'none'", "routing.queue"), ("[[channels]]\ndriver = '../x'", "channels"),
    ("[notices]\ncolour = 1", "colour"), ("[notices]\nquiet_from = '9:00'", "notices.quiet_from"), ("[notices]\nquiet_until = '24:00'", "notices.quiet_until"),
    ("[notices]\nstop = []", "notices.stop"), ("[notices]\nstop = ['...']", "notices.stop"), ("[notices]\nstart = ['_']", "notices.start"),
    ("[notices]\nstop = ['Всё']\nstart = ['все!']", "both stops and starts"),
    ("data = 1", "data"), ("limited = false", "limited"), ("former_keys = []", "former_keys"),
    ("[centre", "not TOML")])
def test_what_is_wrong_is_named(check: Check, addition: str, named: str) -> None:
    code, said = check(f"{MINIMAL}\n{addition}" if addition.startswith("[") else f"{addition}\n{MINIMAL}")
    assert code == 1
    assert named in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("table", ["queues", "topics"])
def test_a_misspelt_key_of_a_list_is_named(check: Check, table: str) -> None:
    code, said = check(f'{MINIMAL}\n[[{table}]]\nid = "x"\ntitle = "X"\ncolour = 1')
    assert code == 1
    assert "colour" in said


HOURS = '[[queues]]\nid = "far"\ntitle = "Д"\ncentre = "016"\n[[hours]]\n'


@pytest.mark.parametrize(("hours", "named"), [
    ('queue = "nowhere"', "hours: there is no queue 'nowhere'"), ('centre = "099"', "hours: no queue is of a centre '099'"),
    ('centre = "016"\nqueue = "general"', "'general' is not of the centre '016'"), ("colour = 1", "colour"), ('zone = "X/Y"', "X/Y"),
    ('week = { monday = ["9-18"] }', "hours[0].week"), ('topic = "social"', "topic")])
def test_hours_of_what_does_not_exist_are_named(check: Check, hours: str, named: str) -> None:
    # CH-11
    code, said = check(f"{MINIMAL}\n{HOURS}{hours}")
    assert code == 1
    assert named in said


def test_check_prints_the_hours_of_lines_that_are_not_always_open(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    # CH-11
    monkeypatch.setenv("OKNO_DATA", str(tmp_path / "data"))
    config = tmp_path / "okno.toml"
    far = 'centre = "016"\nzone = "Asia/Omsk"\nweek = { working_day = ["09:00-18:00"] }\n'
    own = '[[hours]]\nqueue = "general"\ncentre = "000"\nweek = { every_day = ["круглосуточно"] }\n[hours.special]\n2026-12-31 = ["09:00-12:00"]'
    config.write_text(f"{MINIMAL}\n{HOURS}{far}{own}", encoding="utf8")
    assert main(["check", "--config", str(config)]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("✓ hours")] == ["✓ hours: far, по будням с 9:00 до 18:00 (по омскому времени)"]


def test_the_least_that_is_enough(check: Check) -> None:
    assert check(MINIMAL) == (0, "")


@pytest.mark.parametrize(("channel", "named"), [
    ("driver = 'no.such'", "no.such"), ("driver = 'web.chat'\nsettings = { colour = 1 }", "colour"),
    ("driver = 'web.chat'\nsettings = { file_limit = 'big' }", "file_limit")])
def test_what_is_wrong_with_a_channel_is_named(tmp_path: Path, channel: str, named: str) -> None:
    config = tmp_path / "okno.toml"
    config.write_text(f"{MINIMAL}\n[[channels]]\n{channel}", encoding="utf8")
    house = House(tmp_path, config)
    with pytest.raises(NotStartedError, match=named):
        house.start()
    assert house.wait() == 1
    assert "Traceback" not in house.log.read_text(encoding="utf8")


@pytest.mark.parametrize(("name", "value"), [
    ("OKNO_LISTEN", "nonsense"), ("OKNO_LISTEN", "127.0.0.1:x"), ("OKNO_LISTEN", "127.0.0.1:99999"), ("OKNO_LISTEN", "127.0.0.1:²"),
    ("OKNO_LISTEN", "127.0.0.1:-1"), ("OKNO_LIMITS", "maybe")])
def test_a_bad_environment_is_named(check: Check, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    code, said = check(BUILTIN)
    assert code == 1
    assert name in said


def test_the_file_may_be_missing_or_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--config", str(tmp_path / "none.toml")]) == 1
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    assert main(["check", "--config", str(tmp_path / "bytes.toml")]) == 1
    assert "none.toml" in capsys.readouterr().err


def test_the_environment_goes_before_the_file() -> None:
    config = load(None, {"OKNO_LISTEN": "[::1]:9000", "OKNO_DATA": "/elsewhere", "OKNO_LIMITS": "off"})
    assert (config.listen.host, config.listen.port, config.data, config.limited) == ("::1", 9000, "/elsewhere", False)


def test_defaults_are_safe() -> None:
    config = load(None, {})
    assert (config.listen.host, config.store.kind, config.limited) == ("127.0.0.1", "sqlite", True)
    assert not config.listen.behind_proxy


# LV-10: the same build at every level; the difference is configuration only.
@pytest.mark.parametrize(("level", "code"), [("federal", "000"), ("regional", "001"), ("municipal", "077")])
async def test_the_three_levels_start_from_one_build(tmp_path: Path, level: str, code: str) -> None:
    config = tmp_path / "okno.toml"
    config.write_text(BUILTIN.replace('level = "regional"', f'level = "{level}"').replace('code = "001"', f'code = "{code}"'), encoding="utf8")
    with house_in(tmp_path, config) as house:
        async with people(house) as present:
            citizen = await present.citizen()
            await citizen.tell("Как получить загранпаспорт?")
            assert (await citizen.line.hear("state"))["number"].startswith(f"{code}-")
        assert house.stop() == 0
        assert level in house.run("check").stdout


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        house = House(tmp_path)
        house.listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(NotStartedError, match=house.listen):
            house.start()
        assert house.wait() == 1


def test_a_data_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file", encoding="utf8")
    house = House(tmp_path)
    with pytest.raises(NotStartedError, match="data"):
        house.start()
    assert house.wait() == 1
    assert "Traceback" not in house.log.read_text(encoding="utf8")


async def test_the_demonstration_knows_where_its_mfcs_are(tmp_path: Path) -> None:
    # AL-01: without a file
    with house_in(tmp_path) as house:
        async with people(house) as present:
            citizen = await present.citizen()
            await citizen.tell("где МФЦ в Серпухове")
            told = await citizen.line.hear("message", author="bot", choices=["Мои права", "Позвать оператора", "Да, помогло", "Нет, не помогло"])
    assert "Серпухов, Пример ул., 1." in told["text"]
    assert told["source"]["title"] == "Реестр МФЦ"


def value(config: object, key: str) -> object:
    return attrgetter(key)(config)


def test_a_file_of_before_is_read_with_a_notice_for_each_former_key(tmp_path: Path) -> None:
    # CH-12
    before, plain = load(Path(__file__).with_name("before.toml"), {}), tmp_path / "plain.toml"
    plain.write_text(MINIMAL)
    keys = [key for former, key in FORMER_KEYS.items() if "." in former] + ["calls.listeners_shown"]
    for key in keys:
        assert value(before, key) != value(load(plain, {}), key), key
    assert deprecated_settings(before) == [f"{former} is named {key} now: rename it" for former, key in FORMER_KEYS.items()]


def test_a_key_by_both_of_its_names_is_refused(check: Check) -> None:
    code, said = check(f"{MINIMAL}\n[listen]\nwatchers = []\nmetrics_networks = []")
    assert code == 1
    assert "listen.watchers is the former name of listen.metrics_networks" in said


# F20 (b) of the security review: one setting says whether a proxy is in front, and a driver's own is read for a while.
@pytest.mark.parametrize(("listen", "chat", "holds", "notices"), [
    ("behind_proxy = true", "", True, 0), ("", "", False, 0), ("", "behind_proxy = true", True, 1), ("", "behind_proxy = false", False, 1),
    ("behind_proxy = true", "behind_proxy = false", True, 1), ("behind_proxy = false", "behind_proxy = true", False, 1),
    ("behind_proxy = true", "behind_proxy = true", True, 1)])
def test_one_setting_says_whether_a_proxy_is_in_front(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], listen: str, chat: str, holds: bool, notices: int,
) -> None:
    path = tmp_path / "centre.toml"
    path.write_text(f'data = "{tmp_path}/data"\n{MINIMAL}[listen]\n{listen}\n[[channels]]\ndriver = "web.chat"\n[channels.settings]\n{chat}\n')
    assert load(path, {}).listen.behind_proxy is holds
    assert main(["check", "--config", str(path)]) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if "behind_proxy" in line]
    assert len(told) == notices
    if told:
        assert "web.chat" in told[0]
        assert ("contradicts" in told[0]) is (("true" in chat) is not holds)


def test_a_proxy_is_said_by_yes_or_no(tmp_path: Path) -> None:
    path = tmp_path / "centre.toml"
    for driver, told in (("web.chat", '"yes"'), ("web.hook", "1")):
        path.write_text(f'{MINIMAL}[[channels]]\ndriver = "{driver}"\n[channels.settings]\nbehind_proxy = {told}\n')
        assert main(["check", "--config", str(path)]) == 1
