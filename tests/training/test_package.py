"""Courses as packages for the learning systems of others."""

import re
from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZipFile

import pytest
from lxml import etree

from hub.training.course import Course
from hub.training.scorm.manifest import ScormEdition
from hub.training.scorm.package import QuotedCard, package
from okno.training import shipped_courses
from tests.house import People
from tests.peers.lms import manifest_schema

COURSES = [each.course(datetime(2026, 12, 1, tzinfo=UTC)) for each in shipped_courses()]
OPERATOR = next(each for each in COURSES if each.key == "operator")


@pytest.mark.smoke
@pytest.mark.peers
@pytest.mark.parametrize("edition", ScormEdition)
def test_manifests_are_valid_by_the_schemas_of_others(edition: ScormEdition) -> None:
    # TR-02
    schema = manifest_schema(edition)
    for course in COURSES:
        schema.assertValid(etree.fromstring(ZipFile(BytesIO(package(course, {}, "01.12.2026", edition))).read("imsmanifest.xml")))


@pytest.mark.parametrize("edition", ScormEdition)
@pytest.mark.parametrize("course", COURSES, ids=lambda each: each.key)
def test_all_that_a_manifest_names_is_there_and_nothing_else(course: Course, edition: ScormEdition) -> None:
    # TR-02
    archive = ZipFile(BytesIO(package(course, {}, "01.12.2026", edition)))
    named = set(re.findall(r'<file href="([^"]+)"', archive.read("imsmanifest.xml").decode()))
    assert {"imsmanifest.xml", *named} == set(archive.namelist())
    assert {f"lesson-{each.key}.html" for each in course.lessons()} <= named


def test_a_lesson_quotes_the_handbook_and_hides_no_markup() -> None:
    # TR-02: what an editor has written is text
    cards = {"article/mfc": QuotedCard("МФЦ <b>рядом</b>", "Первый & второй.\n\nТретий.")}
    page = ZipFile(BytesIO(package(OPERATOR, cards, "01.12.2026", ScormEdition.V1_2))).read("lesson-levels.html").decode()
    assert "<h2>Из справочника на 01.12.2026</h2><details><summary>МФЦ &lt;b&gt;рядом&lt;/b&gt;</summary><p>Первый &amp; второй.</p><p>Третий.</p>" in page


async def test_whoever_teaches_downloads_it(at: People) -> None:
    # TR-02, SE-01
    admin = await at.admin()
    teacher, trainee = await at.clerk(admin, "supervisor"), await at.clerk(admin)
    async with teacher.http.get("/api/courses/operator/scorm?edition=2004") as answer:
        assert (answer.status, answer.content_type) == (200, "application/zip")
        assert 'filename="operator-1-scorm-2004.zip"' in answer.headers["Content-Disposition"]
        assert b"2004 3rd Edition" in ZipFile(BytesIO(await answer.read())).read("imsmanifest.xml")
    async with trainee.http.get("/api/courses/operator/scorm") as answer:
        assert answer.status == 403
    async with teacher.http.get("/api/courses/nothing/scorm") as answer:
        assert answer.status == 404
