"""`okno acceptance` and `okno visits` from outside: the protocol of a real run of tests, the effect from a file (GV-07, GV-12)."""

import subprocess
import sys
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document

from hub.programme.protocol import ProofOutcome, ProofResult, RequirementTests, Verdict, rows
from tests.gate.whole import RUNS, Suite
from tests.house import House

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/acceptance.md"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a file of this suite, as pytest writes it."""
    made = tmp_path_factory.mktemp("report") / "suite.xml"
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", f"--junitxml={made}",
                    "tests/programme/test_visits.py"], cwd=ROOT, check=True, capture_output=True)
    return made


def table_of(protocol: Path) -> dict[str, list[str]]:
    printed = next(each for each in Document(BytesIO(protocol.read_bytes())).tables if each.rows[0].cells[0].text == "Требование")
    return {row.cells[0].text: [cell.text for cell in row.cells[1:]] for row in printed.rows[1:]}


def test_the_protocol_of_this_build_has_a_row_for_each_requirement(report: Path, tmp_path: Path) -> None:
    # GV-07
    made, listed = tmp_path / "protocol.docx", tmp_path / "acceptance.md"
    listed.write_text(f"{PAGE.read_text('utf8')}| XX-01 | none | | |\n", "utf8")
    said = House(tmp_path).run("acceptance", str(report), "--requirements", str(listed), "--build", "abc123", "--to", str(made))
    assert said.returncode == 0, said.stderr
    found = table_of(made)
    assert (found["GV-12"][0], found["XX-01"][0], found["CH-01"][0]) == ("выполнено", "нет испытания", "не проверялось")
    assert int(found["GV-12"][1]) >= 2
    assert len(found) == PAGE.read_text("utf8").count("\n| ")
    text = "\n".join(cell.text for table in Document(BytesIO(made.read_bytes())).tables for row in table.rows for cell in row.cells)
    assert "abc123" in text
    assert "SHA-256" in text


def test_a_whole_run_makes_the_protocol_of_its_own_reports(report: Path, tmp_path: Path) -> None:
    # GV-07
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/acceptance.md").write_bytes(PAGE.read_bytes())
    suite = Suite(tmp_path, RUNS)
    suite.report(RUNS[0]).parent.mkdir()
    suite.report(RUNS[0]).write_bytes(report.read_bytes())
    said = House(tmp_path).run(*suite.protocol("abc123", made := tmp_path / "protocol.docx"))
    assert said.returncode == 0, said.stderr
    assert table_of(made)["GV-12"][0] == "выполнено"


def test_a_failed_test_fails_its_requirement_and_the_command(report: Path, tmp_path: Path) -> None:
    # GV-07
    bad = tmp_path / "bad.xml"
    text = report.read_text("utf8")
    bad.write_text(text.replace("</properties></testcase>", '</properties><failure message="x">x</failure></testcase>', 1), "utf8")
    assert bad.read_text("utf8") != text
    made = tmp_path / "protocol.pdf"
    said = House(tmp_path).run("acceptance", str(bad), "--requirements", str(PAGE), "--to", str(made))
    assert said.returncode == 1
    assert made.read_bytes().startswith(b"%PDF")
    assert "failed 1" in said.stdout


@pytest.mark.parametrize("content", ["", "<a", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_what_is_no_report_is_refused(tmp_path: Path, content: str) -> None:
    # GV-07
    (tmp_path / "x.xml").write_text(content, "utf8")
    said = House(tmp_path).run("acceptance", str(tmp_path / "x.xml"), "--requirements", str(PAGE), "--to", str(tmp_path / "p.pdf"))
    assert said.returncode == 1
    assert "x.xml" in said.stderr
    assert "Traceback" not in said.stderr


def test_a_skipped_test_proves_nothing_and_another_name_is_proven_by_the_same_tests() -> None:
    # GV-07
    known = {"AA-01": RequirementTests(named=True), "AA-02": RequirementTests(named=True, same="AA-03"), "AA-03": RequirementTests(named=True),
             "AA-04": RequirementTests(named=False)}
    results = [ProofResult("one", ProofOutcome.SKIPPED, ("AA-01",)), ProofResult("two", ProofOutcome.PASSED, ("AA-03",))]
    assert [each.verdict for each in rows(known, results)] == [Verdict.UNTRIED, Verdict.PASSED, Verdict.PASSED, Verdict.NO_TEST]


def test_visits_say_the_effect_and_how_sure_it_is(tmp_path: Path) -> None:
    # GV-12
    lines = ["subject,month,visits"]
    for subject in range(1, 13):
        for month in range(1, 13):
            size = 1000 * subject + 10 * month + 7 * (subject * month % 5)
            lines += [f"{subject:02},{date(2025, month, 1):%Y-%m},{size}", f"{subject:02},{date(2026, month, 1):%Y-%m},{size * (80 if subject < 7 else 100) // 100}"]
    (tmp_path / "visits.csv").write_text("\n".join(lines), "utf8")
    since = [word for subject in range(1, 7) for word in ("--since", f"{subject:02}=2026-01")]
    said = House(tmp_path).run("visits", str(tmp_path / "visits.csv"), *since)
    assert said.returncode == 0, said.stderr
    assert "против 6 без центра" in said.stdout
    assert "Визитов стало −20,0%" in said.stdout
    assert "Сокращение на 15%: достигнуто." in said.stdout
    (tmp_path / "visits.csv").write_text("subject,month\n01,2026-01\n", "utf8")
    assert "Первая строка таблицы называет столбцы" in House(tmp_path).run("visits", str(tmp_path / "visits.csv"), *since).stderr
