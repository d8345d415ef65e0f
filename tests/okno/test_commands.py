"""The command line beside a running hub: help, check, accounts, logs; how fast it is there, and what a full disk does."""

import json
import resource
import subprocess
import sys
from importlib.metadata import Distribution, PackageNotFoundError
from importlib.resources import files
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from okno.commands.cli import main, parser
from tests.house import House, People, house_in, people

pytestmark = pytest.mark.demonstration

CENTRE = '[log]\nformat = "json"\n[[queues]]\nid = "general"\ntitle = "Общие"\n[[topics]]\nid = "other"\ntitle = "Другое"\n'


COMMANDS = [[], ["run"], ["check"], ["directory"], ["demo"], ["user"], ["user", "add"], ["staff"], ["simulate"], ["simulate", "centre"], ["simulate", "nation"], ["simulate", "staff"], ["roster"], ["keys"], ["keys", "new"], ["keys", "rotate"], ["retention"], ["backup"], ["restore"]]


def ended(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[object, str, str]:
    """How a command ends that has nothing to do but to speak: its exit code, stdout and stderr."""
    with pytest.raises(SystemExit) as end:
        main(words)
    return end.value.code, *capsys.readouterr()


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, error = ended([*words, "--help"], capsys)
    assert (code, error) == (0, "")
    assert out.startswith("usage: okno " + " ".join(words))


@pytest.mark.parametrize("words", [["fly"], ["run", "--fast"], ["user", "add"], ["staff"], ["roster"], ["restore"]], ids=" ".join)
def test_wrong_usage_is_two(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, _, error = ended(words, capsys)
    assert code == 2
    assert "usage: okno" in error


def test_help_and_wrong_usage_of_the_process_itself(tmp_path: Path) -> None:
    for words in (["run"], ["user", "add"]):  # the hub is started in a way of its own
        said = House(tmp_path).run(*words, "--help")
        assert (said.returncode, said.stdout.startswith("usage: okno " + " ".join(words)), said.stderr) == (0, True, ""), said
    for words in (["run", "--fast"], ["staff"]):
        said = House(tmp_path).run(*words)
        assert (said.returncode, "usage: okno" in said.stderr) == (2, True), said


def test_the_robot_is_taught_before_okno_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel's build hook calls `okno bot train` where no package named okno is known yet."""
    find = Distribution.from_name

    def without_okno(name: str) -> Distribution:
        if name == "okno":
            raise PackageNotFoundError(name)
        return find(name)

    monkeypatch.setattr(Distribution, "from_name", without_okno)
    assert parser().parse_args(["bot", "train", "project"]).command == "bot"


def test_a_reader_that_has_enough_is_no_fault() -> None:
    with subprocess.Popen([sys.executable, "-m", "okno", "access"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as command:
        assert command.stdout is not None and command.stderr is not None
        command.stdout.close()
        assert command.stderr.read() == b""
    assert command.returncode == 0


def test_check_beside_a_running_hub(house: House) -> None:
    said = house.run("check")
    assert (said.returncode, said.stderr) == (0, "")
    assert "undamaged" in said.stdout


def test_check_finds_damage(tmp_path: Path) -> None:
    with house_in(tmp_path) as house:
        house.stop()
        database = house.data / "okno.db"
        content = bytearray(database.read_bytes())
        content[4096 * 3:4096 * 12] = b"\xa5" * 4096 * 9
        database.write_bytes(content)
        said = house.run("check")
        assert said.returncode == 1
        assert said.stderr.startswith("okno: ")
        assert "Traceback" not in said.stderr


async def test_an_account_is_opened_while_the_hub_runs(house: House, at: People) -> None:
    said = house.run("user", "add", "vera", "--name", "Вера", "--role", "senior", "--queue", "general")
    assert said.returncode == 0, said.stderr
    password = said.stdout.split()[-1]
    me = await (await at.stranger("vera").sign_in(password)).does("GET", "/api/me")
    assert (me["role"], me["queues"]) == ("senior", ["general"])
    assert house.run("user", "add", "lev", "--name", "Лев", "--language", "ru", "--language", "tt").returncode == 0
    lev = next(one for one in await (await at.admin()).does("GET", "/api/operators") if one["login"] == "lev")
    assert (lev["languages"], lev["skills"]) == (["ru", "tt"], {})
    again = house.run("user", "add", "vera", "--name", "Вера")
    assert again.returncode == 1
    assert "vera" in again.stderr
    nowhere = house.run("user", "add", "gleb", "--name", "Глеб", "--queue", "none")
    assert nowhere.returncode == 1
    assert "none" in nowhere.stderr
    assert house.run("user", "add", "gleb", "--name", "Глеб", "--role", "tsar").returncode == 2


@pytest.mark.parametrize("login", ["Вера", "Vera", "vera pavlova", "", "x" * 65, "-x"])
def test_a_login_that_could_not_sign_in_is_refused(house: House, login: str) -> None:
    said = house.run("user", "add", "--name", "Вера", "--", login)
    assert said.returncode == 1
    assert "login" in said.stderr


SKILLED = """queues = [{ id = "general", title = "Общие", skills = { passports = 3 } }]
topics = [{ id = "other", title = "Другое" }]
"""


@pytest.fixture
def contracted(tmp_path: Path) -> House:
    """The federal centre of the example registry, which has given information to a contractor until the end of 2027."""
    (tmp_path / "centres.toml").write_text((files("okno.demo") / "registry.toml").read_text(encoding="utf8"), encoding="utf8")
    config = tmp_path / "okno.toml"
    config.write_text('registry = "centres.toml"\ncentre = { code = "000", level = "federal" }\nqueues = [{ id = "general", title = "Общие" }]\n'
                      'topics = [{ id = "other", title = "Другое" }]\n', encoding="utf8")
    return House(tmp_path, config)


def test_an_account_of_a_contractors_employee(contracted: House) -> None:
    # LV-07
    of = ("--contractor", "ООО «Пример связи»")
    assert contracted.run("user", "add", "vera", "--name", "Вера", *of, "--function", "information").returncode == 0
    for words, named in ((("--contractor", "Никто"), "there are: ООО «Пример связи»"), (("--function", "booking"), "--contractor")):
        said = contracted.run("user", "add", "gleb", "--name", "Глеб", *words)
        assert (said.returncode, named in said.stderr) == (1, True), said.stderr
    assert contracted.run("user", "add", "gleb", "--name", "Глеб", *of, "--function", "knitting").returncode == 2


def test_a_shift_of_a_contractor_needs_a_contract(contracted: House) -> None:
    # LV-07, SL-01: up to the last day of the contract, and no further
    roster = contracted.folder / "roster.toml"
    roster.write_text('[[centres]]\nid = "000"\n[[shifts]]\nname = "Ночь"\nstaff = "contractor"\ncontractor = "ООО «Пример связи»"\n'
                      'week = { every_day = ["круглосуточно"] }\n', encoding="utf8")
    good = contracted.run("roster", str(roster), "--from", "2027-12-30", "--days", "2")
    assert (good.returncode, "договора" in good.stdout) == (0, False), good
    late = contracted.run("roster", str(roster), "--from", "2027-12-30", "--days", "5")
    assert (late.returncode, late.stdout.splitlines()[0]) == (1, "000, смена «Ночь»: с 01.01.2028 нет договора с подрядчиком «ООО «Пример связи»»")


# CH-08
def test_an_account_with_skills(tmp_path: Path) -> None:
    config = tmp_path / "okno.toml"
    config.write_text(SKILLED, encoding="utf8")
    centre = House(tmp_path, config)
    assert centre.run("user", "add", "vera", "--name", "Вера", "--skill", "passports=3", "--language", "en").returncode == 0
    for wrong, named in (("knitting=3", "there are: passports"), ("passports", "passports=3"), ("passports=10", "1 to 9"), ("passports=x", "1 to 9")):
        said = centre.run("user", "add", "gleb", "--name", "Глеб", "--skill", wrong)
        assert (said.returncode, named in said.stderr) == (1, True), said.stderr
    said = centre.run("user", "add", "gleb", "--name", "Глеб", "--language", "Русский")
    assert (said.returncode, "ISO 639" in said.stderr) == (1, True)


# Logs are one JSON object a line, and hold nothing that a citizen wrote (SE-03).
async def test_logs_are_json_and_hold_no_words(tmp_path: Path) -> None:
    config = tmp_path / "okno.toml"
    config.write_text(CENTRE, encoding="utf8")
    with house_in(tmp_path, config) as house:
        async with people(house) as present:
            citizen = await present.citizen(name="Сноповязалкин")
            await citizen.tell("моя сноповязалка")
            await (await present.admin()).does("GET", "/api/search?text=сноповязалка")
        house.kill()
        house.start()
        assert house.stop() == 0
        lines = house.log.read_text(encoding="utf8").splitlines()
    assert all(json.loads(line)["event"] for line in lines)
    assert not any("сноповязал" in line.lower() for line in lines)


def readiness(house: House) -> int:
    try:
        with urlopen(house.base + "/readyz", timeout=10) as answer:
            status: int = answer.status
            return status
    except HTTPError as error:
        return error.code


# CH-06: a full disk refuses in words, loses nothing, and work goes on when there is room again.
async def test_a_full_disk_refuses_and_recovers(tmp_path: Path) -> None:
    with house_in(tmp_path) as house:
        async with people(house) as present:
            citizen = await present.citizen()
            before = await citizen.tell("Как получить загранпаспорт?")
            size = (house.data / "okno.db-wal").stat().st_size
            resource.prlimit(house.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
            key = await citizen.say("Как поменять паспорт?")
            assert (await citizen.line.hear("error", key=key))["code"] == "not_stored"
            assert readiness(house) == 503
            with urlopen(house.base + "/healthz", timeout=10) as answer:
                assert answer.status == 200
            resource.prlimit(house.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            await citizen.say("Как поменять паспорт?", key)
            await citizen.line.hear("stored", key=key)
            assert readiness(house) == 200
            own = [frame["key"] for frame in await citizen.transcript() if frame["author"] == "citizen"]
            assert own == [before["key"], key]
        assert house.stop() == 0
