"""A server of access tokens: gives them (RFC 6749) and tells a mail server whose they are (RFC 7662)."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class TokenServer:
    def __init__(self, user: str) -> None:
        self.user = user
        self.refresh, self.rotates = "refresh-0", False
        self.given: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.life_s = 3600
        self.revoked: set[str] = set()
        server = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = {name: values[0] for name, values in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
                self._say(*server.token(form))

            def do_GET(self) -> None:
                token = parse_qs(urlsplit(self.path).query).get("token", [""])[0]
                active = token in server.given and token not in server.revoked
                self._say(200, {"active": active, "username": server.user} if active else {"active": False})

            def _say(self, status: int, answer: dict[str, object]) -> None:
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.base = f"http://127.0.0.1:{self._http.server_port}"

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        self.forms.append(form)
        if form.get("grant_type") == "refresh_token" and form.get("refresh_token") != self.refresh:
            return 400, {"error": "invalid_grant"}
        self.given.append(f"access-{len(self.given)}")
        answer: dict[str, object] = {"access_token": self.given[-1], "token_type": "Bearer", "expires_in": self.life_s}
        if self.rotates:
            self.refresh = f"refresh-{len(self.given)}"
            answer["refresh_token"] = self.refresh
        return 200, answer

    @contextmanager
    def running(self) -> Iterator["TokenServer"]:
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        try:
            yield self
        finally:
            self._http.shutdown()
            self._http.server_close()
