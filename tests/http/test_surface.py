"""The outer surface: headers on every kind of answer, the description of the API, one hub for one data folder (SE-01, SE-02)."""

import json
import re
from http.cookies import SimpleCookie
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from hub.conversations.attachments import ALLOWED
from hub.desk.rooms import ENDPOINTS
from hub.desk.server import description
from okno.serving.http_server import HEADERS
from tests.house import ADMIN, Clerk, House, NotStartedError, People, house_in, knowledge_alone, people

ANSWERS = [
    ("GET", "/", 200), ("GET", "/chat/widget.js", 200), ("GET", "/desk/", 200), ("GET", "/desk", 302), ("GET", "/desk/service-worker.js", 200), ("GET", "/healthz", 200),
    ("GET", "/readyz", 200), ("GET", "/metrics", 200), ("GET", "/api/openapi.json", 200), ("GET", "/api/me", 401), ("GET", "/nowhere", 404),
    ("GET", "/desk/nowhere.js", 404), ("GET", "/desk/../../etc/passwd", 404), ("PATCH", "/api/me", 405), ("POST", "/chat/sessions", 200),
    ("POST", "/api/session", 415), ("OPTIONS", "/chat/sessions", 204), ("GET", "/chat/socket?token=x", 404), ("GET", "/api/socket", 401),
]


def archive(*names: str) -> bytes:
    """A ZIP of such parts."""
    content = BytesIO()
    with ZipFile(content, "w") as made:
        for name in names:
            made.writestr(name, "application/vnd.oasis.opendocument.text" if name == "mimetype" else "x")
    return content.getvalue()


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS, ids=lambda value: str(value))
async def test_security_headers_are_on_every_answer(at: People, house: House, method: str, path: str, status: int) -> None:
    async with at.http.request(method, house.base + path, allow_redirects=False) as answer:
        assert answer.status == status
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
        assert "Strict-Transport-Security" not in answer.headers
        if answer.content_type.startswith("text/"):
            assert answer.charset == "utf-8"
        if path.startswith(("/api", "/chat/s", "/metrics")):
            assert answer.headers["Cache-Control"] == "no-store"
        if status >= 400 and answer.content_type == "application/json":
            assert set(await answer.json()) == {"error", "text"}


async def test_only_files_whose_names_change_with_their_content_are_kept_for_long(at: People, house: House) -> None:
    async with at.http.get(f"{house.base}/desk/") as answer:
        script, = re.findall(r'src="(/desk/assets/[^"]+)"', await answer.text())
    for path, kind, lasts in ((script, "javascript", "public, max-age=31536000, immutable"), ("/desk/", "html", "no-cache"),
                              ("/desk/assets/nowhere.js", "", "no-store"), ("/desk/service-worker.js", "javascript", None),
                              ("/desk/manifest.webmanifest", "manifest+json", None), ("/desk/offline.html", "html", None)):
        async with at.http.get(house.base + path) as answer:
            assert (answer.content_type.endswith(kind), answer.headers.get("Cache-Control")) == (True, lasts), path


# SE-01: ASVS 5.0 3.3.1, 3.3.3, 3.4.1
async def test_by_https_the_cookie_is_this_hosts_alone(tmp_path: Path) -> None:
    config = knowledge_alone(tmp_path)
    config.write_text(f"{config.read_text('utf8')}\n[listen]\nsecure = true\n", "utf8")
    with house_in(tmp_path, config) as house:
        async with people(house) as present:
            at, body = present.stranger().http, {"login": ADMIN, "password": house.password}
            async with at.post("/api/session", json=body) as answer:
                assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
                (name, cookie), = SimpleCookie(answer.headers["Set-Cookie"]).items()
            assert (name, cookie["secure"], cookie["httponly"], cookie["path"], cookie["domain"]) == ("__Host-okno", True, True, "/", "")
            for brought, status in (("okno", 401), ("__Host-okno", 200)):
                async with at.get("/api/me", headers={"Cookie": f"{brought}={cookie.value}"}) as answer:
                    assert answer.status == status


async def test_metrics_are_for_watchers(tmp_path: Path) -> None:
    # SE-01: ASVS 5.0 13.4.5
    config = knowledge_alone(tmp_path)
    config.write_text(f"{config.read_text('utf8')}\n[listen]\nbehind_proxy = true\nmetrics_networks = ['192.0.2.0/24', '2001:db8::/32']\n", "utf8")
    with house_in(tmp_path, config) as house:
        async with people(house) as present:
            for source, status in (("192.0.2.7", 200), ("2001:db8::1", 200), ("::ffff:192.0.2.7", 200), ("198.51.100.1", 403), ("127.0.0.1", 403),
                                   ("192.0.2.7, 198.51.100.1", 403), ("nonsense", 403), ("", 403)):
                async with present.http.get(f"{house.base}/metrics", headers={"X-Forwarded-For": source}) as answer:
                    assert answer.status == status, source


async def test_neither_traces_nor_listings_are_given(at: People, house: House) -> None:
    # SE-02: ASVS 5.0 13.4.3, 13.4.4
    for method, path, status in (("TRACE", "/", 405), ("TRACE", "/api/me", 405), ("GET", "/chat/", 403), ("GET", "/desk/assets/", 403)):
        async with at.http.request(method, house.base + path, allow_redirects=False) as answer:
            assert answer.status in {status, 404}, path
            assert "Index of" not in await answer.text()


async def test_of_two_values_of_one_parameter_none_is_taken(admin: Clerk) -> None:
    # SE-01: ASVS 5.0 15.3.7
    status, answer = await admin.call("GET", "/api/inbox?view=mine&view=all")
    assert (status, answer["error"]) == (400, "bad_request")


async def test_files_of_strangers_are_saved_and_run_nothing(at: People, house: House) -> None:
    citizen = await at.citizen()
    address = f"{house.base}/chat/files"
    async with at.http.post(f"{address}?token={citizen.token}", data=b"plain words", headers={"X-File-Name": "..%2F%22Ann%0D%0A%22%3B.txt"}) as answer:
        file = await answer.json()
    async with at.http.get(f"{address}/{file['file']}?token={citizen.token}") as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("content", [b"<html><script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"MZ\x90\0", b"PK\x03\x04junk", archive("evil.exe"),
    archive("META-INF/MANIFEST.MF", "A.class"), archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), b"\0\1\2", b"%!PS"])
async def test_what_a_browser_or_a_desk_would_run_is_not_let_in(at: People, house: House, content: bytes) -> None:
    citizen = await at.citizen()
    async with at.http.post(f"{house.base}/chat/files?token={citizen.token}", data=content, headers={"X-File-Name": "a.png"}) as answer:
        assert (answer.status, (await answer.json())["error"]) == (415, "bad_type")


@pytest.mark.parametrize("content", [
    archive("[Content_Types].xml", "word/document.xml"), archive("[Content_Types].xml", "xl/workbook.xml"), archive("mimetype"),
    "обычный текст".encode(), b"%PDF-1.4\n%\xe2\xe3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF", b"GIF89a\1\0\1\0\0\0\0;"])
async def test_documents_are_let_in(at: People, house: House, content: bytes) -> None:
    citizen = await at.citizen()
    async with at.http.post(f"{house.base}/chat/files?token={citizen.token}", data=content) as answer:
        assert answer.status == 200
        assert (await answer.json())["type"] in ALLOWED


@pytest.mark.parametrize(("name", "content", "saved"), [
    ("passport.PNG", b"\x89PNG\r\n\x1a\n" + b"\0" * 20, "passport.PNG"), ("run.exe", b"%PDF-1.4\n%%EOF", "run.exe.pdf"),
    ("start.bat", b"del *.*", "start.bat.txt"), ("table.csv", b"a;b", "table.csv"), ("photo.jpg", b"GIF89a\1\0\1\0\0\0\0;", "photo.gif"), ("x.html", b"GIF89a\1\0\1\0\0\0\0;", "x.html.gif"),
    ("..%2f..%2frun.jpg%00.cmd", b"echo", "run.jpg.cmd.txt"), ("", b"words", "file.txt")])
async def test_a_name_ends_as_its_content_is(at: People, house: House, name: str, content: bytes, saved: str) -> None:
    # SE-02: ASVS 5.0 5.2.2, 5.4.1, 5.4.2
    citizen = await at.citizen()
    async with at.http.post(f"{house.base}/chat/files?token={citizen.token}", data=content, headers={"X-File-Name": name}) as answer:
        assert (await answer.json())["name"] == saved


def references(part: Any) -> set[str]:
    """All $ref in a piece of the description."""
    if isinstance(part, dict):
        here = {part["$ref"]} if "$ref" in part else set()
        return here.union(*map(references, part.values()))
    return set().union(*map(references, part)) if isinstance(part, list) else set()


async def test_the_description_is_openapi_and_names_every_endpoint(at: People, house: House) -> None:
    async with at.http.get(house.base + "/api/openapi.json") as answer:
        described = await answer.json()
    assert re.fullmatch(r"3\.1\.\d+", described["openapi"])
    assert {"title", "version"} <= set(described["info"])
    assert described["security"] == [{name: []} for name in described["components"]["securitySchemes"]]
    operations = {(method.upper(), path): what for path, item in described["paths"].items() for method, what in item.items()}
    assert set(operations) == {(each.method, each.path) for each in ENDPOINTS}
    assert len({what["operationId"] for what in operations.values()}) == len(operations)
    for (_, path), what in operations.items():
        assert what["summary"]
        assert {p["name"] for p in what["parameters"] if p["in"] == "path"} == set(re.findall(r"{(\w+)}", path))
        assert all(p["required"] and p["schema"] for p in what["parameters"] if p["in"] == "path")
        assert all(response["description"] for response in what["responses"].values())
    schemas = described["components"]["schemas"]
    assert references(described) <= {f"#/components/schemas/{name}" for name in schemas}
    assert [name for name in schemas if "." in name] == [], "two structs of one name are told apart by their modules"


# SE-01: a limit that the description promises is kept.
@pytest.mark.parametrize(("method", "path"), [
    ("POST", "/api/conversations/-1/accept"), ("POST", "/api/conversations/9223372036854775808/accept"), ("PUT", "/api/articles/UPPER"),
    ("POST", "/api/operators/UPPER/reset"), ("GET", "/api/files/xyz?conversation=1"), ("GET", "/api/inbox?after=-1"), ("GET", "/api/inbox?view=x")])
async def test_addresses_are_checked(admin: Clerk, method: str, path: str) -> None:
    assert (await admin.call(method, path, {} if method != "GET" else None))[1]["error"] == "bad_request"


async def test_a_second_hub_on_the_same_data_is_refused(house: House) -> None:
    second = House(house.folder)
    second.log = house.folder / "second.log"
    with pytest.raises(NotStartedError, match="another okno"):
        second.start()
    assert second.wait() == 1
    assert house.alive


def schemas(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(each for inner in value.values() for each in schemas(inner))]
    return [each for inner in value for each in schemas(inner)] if isinstance(value, list) else []


def test_tuples_are_lists_of_a_length() -> None:
    # IN-01: openapi-python-client knows no `items: false`
    told = [each for each in schemas(json.loads(description())) if "prefixItems" in each]
    assert told
    for each in told:
        assert each["items"] == each["prefixItems"][0]
        assert each["minItems"] == each["maxItems"] == len(each["prefixItems"])


def test_files_are_of_a_type_that_generators_know() -> None:
    # IN-01: openapi-python-client leaves out an answer of another type
    told = json.loads(description())
    answers = [answer["content"] for path in told["paths"].values() for operation in path.values() for answer in operation["responses"].values()]
    assert {next(iter(content)) for content in answers} == {"application/json", "application/octet-stream"}
