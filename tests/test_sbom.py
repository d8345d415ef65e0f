"""The bill of materials: valid, whole, pinned, and of nothing whose licence is not ours to use."""

import re
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from msgspec import json
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from sbom import bill, hashes, may_need

ROOT = Path(__file__).parents[1]
UNTOLD = {"imapclient": "BSD-3-Clause", "protobuf": "BSD-3-Clause", "pypdfium2": "BSD-3-Clause, Apache-2.0", "dkimpy": "Zlib",
          "aiosmtpd": "Apache-2.0", "sherpa_onnx": "Apache-2.0"}
"""Packages that tell no licence, or none that can be read by a program: looked up by a person."""
OURS = re.compile(r"MIT|BSD|Apache|ISC|PSF|Python-2|MPL|LGPL|Zlib|0BSD|CC0|OFL")
"""Permissive, or binding for changes to that very package alone."""


URL = re.compile(r"[a-z][a-z0-9+.-]*://(?:[\w.-]+@)?[\w.-]+(?::\d+)?(?:/(?:[\w.~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?"
                 r"(?:\?(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?(?:#(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?", re.ASCII)
"""What is one by RFC 3986, and so an IRI of RFC 3987."""


def plain(part: Any) -> Any:
    """The same with the shortest address for each that is good: the validator's own grammar takes a tenth of a second for each."""
    if isinstance(part, dict):
        return {key: "x:" if key == "url" and URL.fullmatch(value) else plain(value) for key, value in part.items()}
    return [plain(each) for each in part] if isinstance(part, list) else part


@pytest.fixture(scope="module")
def inside() -> dict[str, Any]:
    return bill(ROOT)


# SE-01: what a release is made of is told, in a form that scanners read.
def test_it_is_valid(inside: dict[str, Any]) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.encode(plain(inside)).decode()) is None
    named = {part["bom-ref"] for part in inside["components"]} | {inside["metadata"]["component"]["bom-ref"]}
    edges = inside["dependencies"]
    assert {edge["ref"] for edge in edges} == named == {ref for edge in edges for ref in (edge["ref"], *edge["dependsOn"])}


def test_all_that_runs_and_nothing_else(inside: dict[str, Any]) -> None:
    names = {canonicalize_name(part["name"]) for part in inside["components"]}
    needed = [Requirement(each) for each in may_need(ROOT)]
    assert {canonicalize_name(each.name) for each in needed if not each.marker or each.marker.evaluate()} <= names
    assert {"vue", "reka-ui", "jssip", "yarl"} <= names  # the desk's pages, and what aiohttp needs
    assert not {"pytest", "mypy", "ruff", "playwright", "cyclonedx-bom", "vite", "vitest"} & names


def test_all_is_pinned(inside: dict[str, Any]) -> None:
    lock = (ROOT / "requirements-all.lock").read_text("utf8")
    pins = hashes(lock)
    for part in inside["components"]:
        if part["purl"].startswith("pkg:pypi"):
            told = [each["value"] for each in part["properties"] if each["name"] == "okno:allowed:sha256"]
            assert told == pins[canonicalize_name(part["name"])]
            assert re.search(rf"^{re.escape(canonicalize_name(part['name']))}=={re.escape(part['version'])}( |$)", lock, re.MULTILINE | re.IGNORECASE)
        elif part["name"] != "ui":
            assert part["hashes"]


def test_licences(inside: dict[str, Any]) -> None:
    strange = {}
    for part in inside["components"]:
        told = [each.get("expression") or each["license"].get("id") or each["license"]["name"] for each in part.get("licenses", ())]
        if not any(OURS.search(each) for each in told) and part["name"].lower() not in UNTOLD:
            strange[part["name"]] = told
    assert strange == {}
