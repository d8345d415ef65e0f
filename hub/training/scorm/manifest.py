"""imsmanifest.xml of a course: what the other system lists, and what it starts. Pure.

A lesson or the final test is passed from `pass_percent` of right answers on; where nothing is asked it is done when it was read.
"""

from enum import StrEnum
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from hub.training.course import Course, Lesson

SHARED = ("runtime.js", "lesson.css")
TEST = "test"
"""The id of the final test; keys of lessons begin with `lesson-` beside it."""


class ScormEdition(StrEnum):
    V1_2 = "1.2"
    V2004 = "2004"


_SPACES = {
    ScormEdition.V1_2: {"xmlns": "http://www.imsproject.org/xsd/imscp_rootv1p1p2", "xmlns:adlcp": "http://www.adlnet.org/xsd/adlcp_rootv1p2"},
    ScormEdition.V2004: {"xmlns": "http://www.imsglobal.org/xsd/imscp_v1p1", "xmlns:adlcp": "http://www.adlnet.org/xsd/adlcp_v1p3",
                         "xmlns:imsss": "http://www.imsglobal.org/xsd/imsss"}}
_SCHEMA = {ScormEdition.V1_2: "1.2", ScormEdition.V2004: "2004 3rd Edition"}


def manifest(course: Course, edition: ScormEdition) -> bytes:
    root = Element("manifest", {"identifier": f"okno-{course.key}-{course.version}", "version": str(course.version)} | _SPACES[edition])
    about = SubElement(root, "metadata")
    SubElement(about, "schema").text = "ADL SCORM"
    SubElement(about, "schemaversion").text = _SCHEMA[edition]
    organizations = SubElement(root, "organizations", default="course")
    organization = SubElement(organizations, "organization", identifier="course")
    SubElement(organization, "title").text = course.title.ru
    resources = SubElement(root, "resources")
    for number, day in enumerate(course.days, 1):
        part = SubElement(organization, "item", identifier=f"day-{number}")
        SubElement(part, "title").text = day.title
        for lesson in day.lessons:
            asks = bool(lesson.questions)
            _item(part, resources, page_of(lesson), lesson.title, edition, course.exam.pass_percent if asks else None)
    _item(organization, resources, TEST, "Итоговая проверка", edition, course.exam.pass_percent)
    indent(root)
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def page_of(lesson: Lesson) -> str:
    """The name of its page, without `.html`."""
    return f"lesson-{lesson.key}"


def _item(above: Element, resources: Element, name: str, title: str, edition: ScormEdition, needed: int | None) -> None:
    """`needed` is the per cent of right answers."""
    item = SubElement(above, "item", identifier=f"item-{name}", identifierref=f"page-{name}")
    SubElement(item, "title").text = title
    if needed is not None and edition is ScormEdition.V1_2:
        SubElement(item, "adlcp:masteryscore").text = str(needed)
    elif needed is not None:
        objectives = SubElement(SubElement(item, "imsss:sequencing"), "imsss:objectives")
        objective = SubElement(objectives, "imsss:primaryObjective", satisfiedByMeasure="true")
        SubElement(objective, "imsss:minNormalizedMeasure").text = f"{needed / 100:.2f}"
    kind = "adlcp:scormtype" if edition is ScormEdition.V1_2 else "adlcp:scormType"
    resource = SubElement(resources, "resource", {"identifier": f"page-{name}", "type": "webcontent", kind: "sco", "href": f"{name}.html"})
    for file in (f"{name}.html", *SHARED):
        SubElement(resource, "file", href=file)
