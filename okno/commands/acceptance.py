"""`okno acceptance`: the protocol of state trials from the reports of the test suite (GV-07)."""

import argparse
import asyncio
import platform
import re
from collections.abc import Iterator
from datetime import date, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree as ET

from hub.kernel.errors import OknoError
from hub.programme.protocol import ProofOutcome, ProofResult, RequirementTests, Trial, Verdict, protocol, rows
from okno.adapters.document_printer import DocumentPrinter

ROW = re.compile(r"^\| ([A-Z]{2}-\d\d)(?: \(= ([A-Z]{2}-\d\d)\))? \| (\w+)", re.MULTILINE)
"""Of docs/acceptance.md: the requirement, another one that it is by its own words, and «none» where no test names it."""
FORMS = ("docx", "pdf")


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    acceptance = commands.add_parser(
        "acceptance", parents=[common], help="write the protocol of state trials from reports of the test suite",
        description="Write the protocol of state trials as DOCX or PDF from reports of the suite (pytest --junitxml). "
                    "Exits with 1 when a requirement has failed.")
    acceptance.add_argument("reports", nargs="+", type=Path, metavar="XML", help="reports of the suite; of a test in several the last one")
    acceptance.add_argument("--requirements", type=Path, required=True, metavar="FILE", help="docs/acceptance.md of the build")
    acceptance.add_argument("--build", metavar="NAME", help="the commit that was tried (default: the version)")
    acceptance.add_argument("--to", type=Path, required=True, metavar="FILE", help="the protocol, .docx or .pdf")


def accept(options: argparse.Namespace) -> int:
    """Raises OknoError for unreadable files, RefusedError where okno[papers] is not installed."""
    form = options.to.suffix.removeprefix(".")
    if form not in FORMS:
        raise OknoError("--to: name a .docx or a .pdf")
    reports = {path.name: _content(path) for path in options.reports}
    results: dict[str, ProofResult] = {}
    machines, days = set[str](), set[date]()
    for name, content in reports.items():
        root = _parsed(name, content)
        for suite in root.iter("testsuite"):
            machines.add(suite.get("hostname", platform.node()))
            days.add(datetime.fromisoformat(suite.get("timestamp", f"{date.today()}T00:00")).date())  # noqa: DTZ011 - of this machine
        results |= {each.name: each for each in _results(root)}
    found = rows(_known(options.requirements), results.values())
    suites = tuple((name, sha256(content).hexdigest()) for name, content in reports.items())
    trial = Trial(options.build or version("okno"), max(days), ", ".join(sorted(machines)), suites)
    options.to.write_bytes(asyncio.run(DocumentPrinter()(protocol(trial, found), form)))
    counted = {verdict: sum(each.verdict is verdict for each in found) for verdict in Verdict}
    print(f"{options.to}: " + ", ".join(f"{verdict} {number}" for verdict, number in counted.items()))
    return 1 if counted[Verdict.FAILED] else 0


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise OknoError(message) from error


def _parsed(name: str, content: bytes) -> ET.Element:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        message = f"{name}: a report has no document type"
        raise OknoError(message)
    try:
        return ET.fromstring(content)  # noqa: S314 - without a document type there are no entities to expand
    except ET.ParseError as error:
        message = f"{name}: {error}"
        raise OknoError(message) from error


def _results(root: ET.Element) -> Iterator[ProofResult]:
    for case in root.iter("testcase"):
        told = tuple(each.get("value", "") for each in case.iter("property") if each.get("name") == "requirement")
        failed, skipped = (any(case.find(name) is not None for name in names) for names in (("failure", "error"), ("skipped",)))
        outcome = ProofOutcome.FAILED if failed else ProofOutcome.SKIPPED if skipped else ProofOutcome.PASSED
        yield ProofResult(f"{case.get('classname')}.{case.get('name')}", outcome, told)


def _known(path: Path) -> dict[str, RequirementTests]:
    listed = ROW.findall(_content(path).decode("utf8"))
    found = {requirement: RequirementTests(verdict != "none", same) for requirement, same, verdict in listed}
    if not found:
        message = f"{path}: it lists no requirements"
        raise OknoError(message)
    return found
