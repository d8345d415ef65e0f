"""Turns a typed function into an HTTP handler: authenticates, authorises, validates the input, calls, encodes the result.

    @endpoint("POST", "/api/conversations/{conversation}/close", Permission.SERVE)
    async def close(actions: Actions, call: Call, conversation: int, body: CloseIn) -> None: ...

`call` is the caller; `body` is JSON, `content` the bytes of an uploaded file, `query` is the query string, and path
variables have their names. All other parameters are parts of the hub (parts.py). The OpenAPI description (openapi.py) is generated from the
same signatures, so the two cannot differ.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from inspect import signature
from typing import Any, Protocol, get_type_hints

import msgspec
from aiohttp import web

from hub.access.operator import Operator, SignIn
from hub.access.permissions import Permission, declared
from hub.access.service_accounts import ServiceKey
from hub.desk.http.forms import ErrorOut
from hub.desk.http.parts import Parts
from hub.desk.http.session_cookie import SessionCookie
from hub.kernel.errors import ConflictError, RefusedError, UnavailableStoreError
from hub.kernel.web import bodies

BODY_LIMIT, UPLOAD_LIMIT = 1 << 20, 8 << 20
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STATUS = {
    "not_signed_in": 401, "bad_credentials": 401, "forbidden": 403, "federal": 403, "contractor": 403, "bad_csrf": 403,
    "must_change_password": 403, "must_enrol": 403, "second_factor": 401, "wrong_second_factor": 401, "already_enrolled": 409,
    "not_begun": 409, "not_enrolled": 409, "not_offered": 409, "no_passkey": 404, "no_session": 404, "wrong_passkey": 401,
    "no_service": 404, "uniqueness": 409, "second_factor_needed": 403, "wrong_password": 403, "not_yours": 403, "no_ground": 403,
    "no_such_conversation": 404, "no_such_operator": 404, "no_such_article": 404, "no_such_file": 404, "no_such_announcement": 404,
    "no_such_notice": 404, "no_such_version": 404, "no_such_path": 404, "no_draft": 404, "no_such_block": 404,
    "too_large": 413, "not_json": 415, "too_fast": 429,
    "no_offer": 409, "not_waiting": 409, "not_held": 409, "not_closed": 409, "full": 409,
    "exists": 409, "promise_open": 409, "not_promised": 409, "decide": 409, "no_way": 409,
    "not_away": 409, "line_down": 409, "other_centre": 409,
    "already_joined": 409, "not_joined": 409, "no_code": 409, "wrong_code": 409, "strangers": 409, "locked": 429,
    "not_recorded": 409, "no_number": 409, "no_telephone": 409, "calling": 409, "quiet_hours": 409,
    "no_talk": 409, "consulting": 409, "not_consulting": 409, "not_answered": 409, "nobody_free": 409, "no_such_number": 404,
    "own_announcement": 403, "other_version": 409, "not_approvable": 409,
    "other_draft": 409, "unchanged": 409, "busy": 409, "not_busy": 409, "not_taught": 409, "no_such_trial": 404, "outdated": 409,
    "already_assigned": 409, "not_assigned": 409, "example_exists": 409, "no_such_intent": 404,
    "foreign_file": 409, "quarantined": 409, "not_releasable": 409, "erased": 409, "held_back": 409, "still_open": 409,
    "no_such_demand": 404, "no_such_consent": 404, "no_such_message": 404, "not_proven": 409, "demand_over": 409, "other_kind": 409,
    "own_draft": 403, "second_person": 403,
    "own_proposal": 403, "own_consent_text": 403, "too_late": 409, "not_ready": 409,
    "no_such_flag": 404, "already_sent": 409, "own_edition": 403, "no_such_card": 404, "needed": 409, "lacking": 409, "from_above": 409,
    "no_such_case": 404, "bad_step": 409, "own_judge": 409,
    "no_such_authority": 404, "no_such_referral": 404, "no_such_recommendation": 404, "own_recommendation": 403, "nothing_selected": 409,
    "no_such_appointment": 404, "no_such_office": 404, "taken": 409, "too_many": 409, "other_keeper": 403, "no_centre": 403,
    "too_early": 409, "no_answer": 503,
    "no_such_script": 404, "no_such_walk": 404, "other_step": 409, "steps_ahead": 409, "own_script": 403, "bad_script": 409,
    "unknown_channel": 404, "not_triable": 409, "no_such_subscription": 404, "no_such_event": 404, "not_taken": 409,
    "no_such_system": 404, "system_away": 503, "system_refused": 409, "other_contract": 409,
    "no_such_portal": 404, "no_such_import": 404, "already_undone": 409, "nothing_left": 409, "nothing_new": 409,
    "case_kept": 409,
    "not_told": 409, "not_registered": 409, "status_locked": 429, "municipal_status": 409, "no_such_voucher": 404,
    "cannot_mention": 409, "no_files": 409, "no_copies": 409, "bad_type": 415, "citizen_left": 409, "owed_before": 409,
    "no_such_floor_message": 404, "no_such_alarm": 404, "no_such_call": 404, "not_at_work": 409, "lent_before": 409,
    "not_installed": 409,
    "no_such_canned": 404, "sign_taken": 409, "two_ends": 400,
    "no_such_review": 404, "own_talk": 403, "planned": 409,
    "no_such_survey": 404, "no_such_questionnaire": 404, "survey_over": 409, "nobody_selected": 409, "no_address": 409,
    "no_such_mailing": 404, "no_such_report": 404, "no_robot_talk": 409, "other_talk": 409, "story_exists": 409, "no_mail": 409,
    "no_such_course": 404, "no_such_lesson": 404, "lessons_left": 409, "attempts_over": 409, "no_attempt": 409,
    "no_such_group": 404, "not_finished": 409, "no_such_provider": 404, "licence_over": 409, "no_such_certificate": 404,
    "not_certified": 403, "no_such_assignment": 404, "not_low": 409, "lesson_done": 409,
    "no_history": 409, "no_such_roster": 404, "no_such_excuse": 404, "published": 409, "unlawful_roster": 409,
    "rostered_already": 409, "unlawful_swap": 409, "no_such_shift": 404,
    "no_such_absence": 404, "no_such_row": 404, "no_such_protocol": 404, "no_criteria": 409, "own_template": 403, "not_approved": 409,
    "own_role": 403, "no_such_role": 404, "role_in_use": 409, "role_in_rules": 409, "more_than_yours": 403,
    "own_registry": 403, "no_registry": 409, "no_such_setup": 404, "from_file": 409,
}
"""HTTP statuses of the codes of RefusedError; 400 for the others."""


SCIM_TYPES = frozenset({"invalidFilter", "invalidPath", "invalidValue", "mutability", "uniqueness"})


class Call:
    """The caller with address and cookie; `cookie` is set by the answer ("" deletes it)."""

    def __init__(self, source: str, brought: str, signed_in: tuple[SignIn, Operator] | None,
                 program: tuple[ServiceKey, Operator] | None = None) -> None:
        self.source, self.brought, self._signed_in, self._program = source, brought, signed_in, program
        self.cookie: str | None = None

    @property
    def who(self) -> Operator:
        return self._program[1] if self._program else self._known()[1]

    @property
    def key(self) -> ServiceKey | None:
        """The service account's key; None for a person."""
        return self._program[0] if self._program else None

    @property
    def sign_in(self) -> SignIn:
        """Raises RefusedError for a program, which has no session."""
        return self._known()[0]

    def _known(self) -> tuple[SignIn, Operator]:
        if self._signed_in is None:
            raise RefusedError("not_signed_in", "Войдите, чтобы продолжить.")
        return self._signed_in


class Endpoint(msgspec.Struct, frozen=True):
    """Metadata of one handler."""

    method: str
    path: str
    function: Callable[..., Awaitable[object]]
    needs: tuple[Permission, ...]
    """Any one of them is enough."""
    first: bool
    """May be called before a one-time password is changed, and before a mandatory second factor is set up."""
    public: bool
    """Needs no sign-in and no permission."""
    status: int
    """Status of a successful answer."""
    limit: int
    """Most bytes of its body."""
    hints: dict[str, Any]

    def inputs(self) -> dict[str, Any]:
        """Inputs of a request with their types: path variables, `body`, `content` and `query`."""
        brought = {"body", "content", "query", *re.findall(r"{(\w+)", self.path)}
        return {name: hint for name, hint in self.hints.items() if name in brought}

    def parts(self) -> dict[str, Any]:
        """Parts of the hub, with their types."""
        return {name: hint for name, hint in self.hints.items() if name not in {"call", "return", *self.inputs()}}


def endpoint(
    method: str, path: str, *needs: Permission, first: bool = False, public: bool = False, status: int = 200,
    limit: int = 0,
) -> Callable[[Callable[..., Awaitable[object]]], Endpoint]:
    """`limit` is the body's where it is not the default. Raises UndeclaredError for one neither public nor with a permission."""
    def wrap(function: Callable[..., Awaitable[object]]) -> Endpoint:
        if not public:
            declared(f"{method} {path}", needs)
        hints = get_type_hints(function, include_extras=True)
        names = list(signature(function).parameters)
        most = limit or (UPLOAD_LIMIT if "content" in names else BODY_LIMIT)
        return Endpoint(method, path, function, needs, first, public, status, most, {n: hints[n] for n in [*names, "return"]})
    return wrap


def refused(handle: Handler) -> Handler:
    """Report refusals and store errors in the common form."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handle(request)
        except RefusedError as error:
            headers = {"Retry-After": str(error.wait_s)} if error.wait_s else {}
            status = STATUS.get(error.code, 400)
            scim = request.path.startswith("/scim/")
            return _json(_scim_error(error, status) if scim else ErrorOut(error.code, error.text), status, headers)
        except UnavailableStoreError:
            error_out = ErrorOut("unavailable", "Хранилище недоступно: ничего не изменено, попробуйте чуть позже.")
            return _json(error_out, 503, {"Retry-After": "5"})
        except ConflictError:
            return _json(ErrorOut("conflict", "Обращение только что изменилось: посмотрите ещё раз."), 409)
    return answer


def _scim_error(error: RefusedError, status: int) -> dict[str, object]:
    """RFC 7644 3.12: `scimType` is one of its words, where one fits; `detail` begins with our own code."""
    told: dict[str, object] = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status),
        "detail": f"{error.code}: {error.text}"}
    return told | ({"scimType": error.code} if error.code in SCIM_TYPES else {})


class Admission(Protocol):
    """Default deny: identifies the caller, or refuses."""

    async def admit(self, request: web.Request, what: Endpoint) -> Call:
        """Raises RefusedError."""


def handler(what: Endpoint, parts: Parts, admission: Admission, cookie: SessionCookie) -> Handler:
    """The aiohttp handler of an endpoint; raises MissingPartError for an unknown part."""
    bound = parts.bound(f"{what.method} {what.path} ({what.function.__name__})", what.parts())
    called, inputs = {"call"} & what.hints.keys(), what.inputs()

    @refused
    async def handle(request: web.Request) -> web.StreamResponse:
        call = await admission.admit(request, what)
        outcome = await what.function(**bound, **dict.fromkeys(called, call), **await _inputs(request, inputs, what.limit))
        if isinstance(outcome, web.StreamResponse):
            return outcome
        response = _json({} if what.hints["return"] is type(None) else outcome, what.status)
        if call.cookie is not None:
            cookie.set(response, call.cookie)
        return response
    return handle


def source_of(request: web.Request) -> str:
    """The caller's address, for rate limits and the audit."""
    return request.remote or ""


def _json(body: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    # Personal data and passwords are not cached.
    kept = {"Cache-Control": "no-store"} | (headers or {})
    return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/json", headers=kept)


async def _inputs(request: web.Request, asked: Mapping[str, Any], limit: int) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    for name, hint in asked.items():
        if name == "body":
            inputs[name] = await read_json(request, hint, limit)
            continue
        if name == "content":
            inputs[name] = await read_upload(request, limit)
            continue
        raw: Any = _query(request) if name == "query" else request.match_info[name]
        try:
            inputs[name] = msgspec.convert(raw, hint, strict=False)
        except msgspec.ValidationError as error:
            raise RefusedError("bad_request", f"{name}: {error}") from None
    return inputs


def _query(request: web.Request) -> dict[str, str]:
    """Each key once: with two values the meaning would be ambiguous."""
    if len(request.query) > len(set(request.query)):
        raise RefusedError("bad_request", "Параметр запроса повторяется.")
    return dict(request.query)


async def read_json(request: web.Request, kind: Any, limit: int = BODY_LIMIT) -> Any:  # noqa: ANN401 - whatever the endpoint declares
    if request.content_type not in {"application/json", "application/scim+json"}:
        raise RefusedError("not_json", "Ожидается Content-Type: application/json.")
    content = await bodies.read(request.content.iter_chunked(1 << 16), limit)
    if content is None:
        raise RefusedError("too_large", f"Тело запроса больше {limit >> 10} КБ.")
    try:
        return msgspec.json.decode(content, type=kind)
    except bodies.UNREADABLE as error:
        raise RefusedError("bad_request", f"Запрос не понят: {error}") from None


async def read_upload(request: web.Request, limit: int = UPLOAD_LIMIT) -> bytes:
    content = await bodies.read(request.content.iter_chunked(1 << 16), limit)
    if content is None:
        raise RefusedError("too_large", f"Файл больше {limit >> 20} МБ: уменьшите его или пришлите по частям.")
    return content
