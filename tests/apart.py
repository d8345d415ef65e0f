"""What each request owes to another centre of the same hub (F6 of the security review; SE-01): an answer for every endpoint, in one table.

A request that only people of one centre may make about what is that centre's is tried by an account of another one; how, stands here. A new
endpoint that stands in no row fails test_lists_apart.py.
"""

from typing import Any

from hub.access.permissions import PERMISSION_MATRIX, Scope
from hub.desk.http.endpoint import Endpoint

MINE = "Метка-первого-центра"
"""Stands in everything that is made for the first centre, and nowhere else."""
NUMBER = "+79160007731"

SELF = {
    "GET /api/me", "POST /api/password", "PUT /api/presence", "GET /api/phone", "DELETE /api/session",
    "GET /api/push", "PUT /api/push", "DELETE /api/push",
    "GET /api/security", "POST /api/security/authenticator", "POST /api/security/authenticator/confirm", "POST /api/security/authenticator/remove",
    "POST /api/security/passkeys", "POST /api/security/passkeys/ask", "POST /api/security/passkeys/{passkey}/remove", "POST /api/security/recovery",
    "GET /api/security/sessions", "POST /api/security/sessions/end-others", "DELETE /api/security/sessions/{session}",
    "GET /api/own-reviews", "POST /api/reviews/{review}/agree", "POST /api/reviews/{review}/object", "POST /api/reviews/{review}/notes/{note}/read",
    "POST /api/floor/messages/{message}/read", "GET /api/own-courses", "GET /api/own-courses/{course}",
    "POST /api/own-courses/{course}/lessons/{lesson}", "POST /api/own-courses/{course}/exam", "POST /api/own-courses/{course}/exam/answers",
    "GET /api/own-coaching", "GET /api/own-shifts", "GET /api/own-shifts/file"}
"""About the caller's own account, talks and messages: nobody else's can be named."""

COMMON = {
    "GET /api/access", "GET /api/access.csv", "GET /scim/v2/ServiceProviderConfig", "GET /api/places", "GET /api/systems", "GET /api/systems/names",
    "POST /api/systems/{system}/check", "POST /api/channels/{channel}/trial", "GET /api/channels", "GET /api/trunks", "POST /api/gaps",
    "GET /api/offices", "GET /api/office-days", "GET /api/specialists", "POST /api/handbook/{sort}/{card}/outdated",
    "POST /api/notices/preview", "GET /api/national-surveys",
    # The plan of the programme is one of the hub.
    "GET /api/programme/sheets/{sheet}", "GET /api/programme/sheets/{sheet}/changes", "GET /api/programme/sheets/{sheet}/file",
    "GET /api/programme/gate-protocols/{protocol}/file", "GET /api/programme/council/pack",
    "GET /api/programme/visits", "GET /api/programme/visits/file",
    "GET /api/programme/templates", "GET /api/programme/templates/{template}/file",
    # The registry is one of the country.
    "GET /api/registry", "GET /api/registry/versions", "GET /api/registry/compare", "GET /api/registry/file",
    "PUT /api/registry/centres/{centre}", "PUT /api/registry/mfcs/{mfc}", "POST /api/registry/attachments",
    "POST /api/registry/discard", "POST /api/registry/restore", "POST /api/registry/file",
    # One set of lines and hours for the whole hub, edited as a whole (decision 0063).
    "GET /api/settings", "PUT /api/settings", "GET /api/settings/file", "POST /api/settings/file", "POST /api/settings/preview", "POST /api/settings/revert",
    # Likewise its channels (decision 0151).
    "GET /api/channel-setups", "PUT /api/channel-setups/{driver}", "POST /api/channel-setups/{driver}/trial",
    "POST /api/channel-setups/{driver}/switch",
    # Likewise the rules (decision 0140); a dry run lists conversations that one sees.
    "GET /api/rules", "PUT /api/rules", "POST /api/rules/revert", "GET /api/rules/trial", "POST /api/rules/trial"}
"""Of the whole hub by its nature: no centre's own."""

SUMS = {
    "GET /api/case-reports", "GET /api/case-reports/file", "GET /api/case-reports/cases", "GET /api/complaints", "GET /api/complaints/cases",
    "GET /api/figures", "GET /api/figures.csv", "GET /api/figures/breaches", "GET /api/figures/national", "GET /api/figures/national.csv",
    "GET /api/periods", "GET /api/periods/behind", "GET /api/periods/bottlenecks", "GET /api/periods/file", "GET /api/quality",
    "GET /api/robot/figures", "GET /api/robot/figures.csv", "GET /api/robot/intents.csv", "GET /api/script-figures",
    "GET /api/floor/alarms", "GET /api/floor/alarms/log", "GET /api/floor/alarms/file", "GET /api/trained-shares",
    "GET /api/workforce/choices", "GET /api/workforce/forecast", "GET /api/workforce/what-if", "GET /api/workforce/intraday", "GET /api/workforce/coverage",
    "GET /api/programme/coverage", "GET /api/programme/services", "GET /api/programme/gates", "GET /api/programme/funding",
    "GET /api/programme/campaigns", "GET /api/programme/effect", "GET /api/programme/effect/file",
    "GET /api/workforce/contracts", "GET /api/workforce/contracts/file"}
"""Counts, told for one's own centre and those below it; what they are of is tried by test_figures.py, test_periods.py and their like."""

LISTS = {
    "GET /api/aside", "GET /api/audit", "GET /api/blocks", "GET /api/blocks.csv", "GET /api/canned", "GET /api/cases?view=all", "GET /api/cases/terms",
    "GET /api/colleagues", "GET /api/demands", "GET /api/floor/messages", "GET /api/floor/people", "GET /api/inbox?view=waiting",
    "GET /api/inbox?view=held", "GET /api/inbox/filtered?view=waiting", "GET /api/mailings", "GET /api/notices", "GET /api/operators", "GET /api/people/file",
    "GET /api/past-term", "GET /api/promises", "GET /api/quarantine", "GET /api/refused-calls",
    "GET /api/questionnaires", "GET /api/saved-reports", "GET /api/referrals", "GET /api/review-plans", "GET /api/scorecards",
    "GET /api/search?text=Метка", "GET /api/services", "GET /api/surveys", "GET /api/systems/submissions", "GET /api/views", "GET /scim/v2/Users",
    "GET /api/courses", "GET /api/training-groups", "GET /api/training-providers", "GET /api/certificates",
    "GET /api/workforce/rosters", "GET /api/workforce/absences", "GET /api/workforce/adherence"}
"""Hold nothing of another centre."""
SHOWN = {
    "GET /api/blocks", "GET /api/blocks.csv", "GET /api/canned", "GET /api/cases?view=all", "GET /api/colleagues", "GET /api/floor/messages",
    "GET /api/operators", "GET /api/people/file", "GET /api/questionnaires", "GET /api/review-plans",
    "GET /api/scorecards", "GET /api/search?text=Метка", "GET /api/services", "GET /api/surveys", "GET /api/views",
    "GET /scim/v2/Users"}
"""Those that do hold something for the centre's own people: the mark is there to be found."""

QUESTION = {"kind": "one", "text": {"ru": "Помогли?"}, "options": [{"ru": "да"}, {"ru": "нет"}]}
ITEM = {"key": "hello", "text": {"ru": MINE}}
ACCOUNT = {"name": MINE, "role": "operator", "queues": ["{queue}"], "skills": {}, "languages": ["ru"]}
USER = {"userName": "scim-first", "externalId": "scim-first", "displayName": MINE, "active": True, "roles": [{"value": "{queue}"}]}
PLANNED = {"questionnaire": "first-form", "version": 1, "since": "{now}", "until": "{later}"}
FORM = {"version": 0, "title": {"ru": MINE}, "lead": {"ru": ""}, "questions": [QUESTION]}
CARD = {"version": 0, "title": {"ru": MINE}, "items": [ITEM]}
PLAN = {"version": 0, "card": "first-card", "criteria": {"number": 1}}
VIEW = {"title": MINE, "filter": "view=waiting", "shared": True}
REPLY = {"version": 0, "title": MINE, "text": "Здравствуйте", "queues": ["{queue}"]}

MADE: dict[str, Any] = {
    "POST /api/blocks": {"family": "sms", "pattern": NUMBER, "reason": MINE},
    "PUT /api/questionnaires/first-form": FORM, "PUT /api/scorecards/first-card": CARD, "PUT /api/surveys/first-survey": PLANNED,
    "PUT /api/review-plans/first-plan": PLAN, "POST /api/operators": ACCOUNT | {"login": "first-operator"},
    "POST /api/services": {"name": "first-key", "role": "supervisor", "scopes": ["search"], "queues": ["{queue}"]},
    "PUT /api/canned/first-reply": REPLY, "PUT /api/views/first-view": VIEW, "POST /scim/v2/Users": USER,
    "PUT /api/floor/messages/first-message": {"text": MINE, "to": "centre:{code}"},
    "POST /api/conversations/{conversation}/take": {}, "POST /api/conversations/{conversation}/note": {"key": "n", "text": MINE},
    "POST /api/conversations/{conversation}/cases": {"key": "k", "kind": "request", "topic": "other", "text": MINE}}
"""How the first centre's own administrator makes all this."""

THINGS: dict[str, Any] = {
    "POST /api/blocks/{block}/lift": {}, "POST /api/blocks/{block}/restore": {},
    "PUT /api/questionnaires/{questionnaire}": FORM | {"version": 1}, "GET /api/questionnaires/{questionnaire}": None,
    "PUT /api/scorecards/{scorecard}": CARD | {"version": 1}, "GET /api/scorecards/{scorecard}": None,
    "PUT /api/surveys/{survey}": PLANNED | {"questionnaire": "service-quality"}, "GET /api/surveys/{survey}": None,
    "PUT /api/personal-surveys/{survey}": PLANNED | {"questionnaire": "service-quality", "closed_since": "{before}", "closed_until": "{now}", "size": 10},
    "GET /api/survey-files/{survey}": None, "GET /api/personal-surveys/{survey}/answers": None,
    "GET /api/personal-surveys/{survey}/interviews": None,
    "POST /api/surveys/{survey}/start": {}, "POST /api/surveys/{survey}/end": {},
    "PUT /api/review-plans/{plan}": PLAN | {"version": 1, "card": "standard"}, "DELETE /api/review-plans/{plan}": None,
    "PUT /api/operators/{login}": ACCOUNT, "GET /api/operators/{login}/access": None, "POST /api/operators/{login}/deactivate": {},
    "POST /api/limits": {"logins": ["{login}"], "limit": {"chats": 1}},
    "POST /api/operators/{login}/reset": {}, "POST /api/operators/{login}/security/reset": {}, "POST /api/operators/{login}/sessions/end": {},
    "DELETE /api/services/{service}": None, "POST /api/services/{service}/take": {},
    "GET /scim/v2/Users/{user}": None, "PUT /scim/v2/Users/{user}": USER, "DELETE /scim/v2/Users/{user}": None,
    "PATCH /scim/v2/Users/{user}": {"Operations": [{"op": "replace", "path": "active", "value": False}]},
    "PUT /api/views/{view}": VIEW | {"title": "Подмена"}, "DELETE /api/views/{view}": None,
    "PUT /api/canned/{reply}": REPLY | {"version": 1}, "DELETE /api/canned/{reply}?version=1": None,
    "GET /api/cases/{case}": None, "POST /api/cases/{case}/code": {"shown": ""}, "PUT /api/cases/{case}/matter": {"service": "Подмена"},
    "GET /api/cases/{case}/referrals": None, "POST /api/cases/{case}/referrals": {"to": "authority"},
    "POST /api/cases/{case}/referrals/{place}/receipt": {"receipt": "1"}, "PUT /api/cases/{case}/series": {"series": ""},
    "GET /api/cases/{case}/similar": None, "POST /api/cases/{case}/steps": {"act": "take"}, "POST /api/cases/{case}/submit": {"system": "x"},
    "PUT /api/cases/{case}/topic": {"topic": "other"},
    "PUT /api/floor/messages/{message}": {"text": "Подмена", "to": "centre:{foreign}"}, "DELETE /api/floor/messages/{message}": None,
    "POST /api/floor/people/{login}/pause": {"on": True},
    "PUT /api/draws/{draw}": {"card": "first-card", "criteria": {"number": 1}, "since": "{before}", "until": "{now}"},
    # What is named in the body.
    "POST /api/contacts": {"key": "k", "family": "visit", "text": "Пособие", "arrived": "{now}", "queue": "{queue}"},
    "POST /api/aside/answer": {"conversations": ["{conversation}"], "text": "ответ"}, "POST /api/aside/release": {"conversations": ["{conversation}"]},
    "POST /api/aside/dismiss": {"conversations": ["{conversation}"], "why": "реклама"},
    "POST /api/blocks": {"reason": "угрозы", "conversation": "{conversation}"}, "POST /api/operators": ACCOUNT | {"login": "new-one"},
    "POST /api/services": {"name": "foreign", "role": "supervisor", "scopes": ["search"], "queues": ["{queue}"]},
    "POST /scim/v2/Users": USER | {"userName": "new-two", "externalId": "new-two"},
    "POST /api/waiting/move": {"conversations": [{"conversation": "{conversation}", "queue": "{queue}"}], "why": "так", "queue": "{theirs}"},
    "POST /api/waiting/outlook": {"conversations": [{"conversation": "{conversation}", "queue": "{queue}"}], "queue": "{theirs}"},
    "POST /api/floor/loans": {"logins": ["first-operator"], "lines": ["{theirs}"], "until": "{later}"},
    "POST /api/floor/loans/outlook": {"logins": ["first-operator"], "lines": ["{theirs}"], "until": "{later}"},
    "POST /api/floor/loans/end": {"logins": ["first-operator"]}}
"""A body that the centre's own people could send about each thing; who sends it is of another centre."""

ELSEWHERE = {
    **dict.fromkeys((
        "GET /api/roles", "POST /api/roles", "PUT /api/roles/{role}", "DELETE /api/roles/{role}", "POST /api/roles/{role}/approve",
        "POST /api/roles/{role}/discard", "POST /api/roles/{role}/restore"), "tests/http/access/test_own_roles.py"),
    **dict.fromkeys((
        "GET /api/reviews", "GET /api/reviews/{review}", "POST /api/reviews/{review}/take", "POST /api/reviews/{review}/return",
        "POST /api/reviews/{review}/decide", "POST /api/reviews/{review}/score", "GET /api/reviews/{review}/notes",
        "PUT /api/reviews/{review}/notes/{note}", "GET /api/calibrations", "GET /api/calibrations/{calibration}", "PUT /api/calibrations/{calibration}",
        "POST /api/calibrations/{calibration}/end", "POST /api/calibrations/{calibration}/score"), "tests/quality/test_quality.py"),
    **dict.fromkeys((
        "GET /api/recommendations", "POST /api/recommendations", "GET /api/recommendations/{recommendation}",
        "PUT /api/recommendations/{recommendation}", "GET /api/recommendations/{recommendation}/file",
        "POST /api/recommendations/{recommendation}/moves"), "tests/cases/test_complaints.py"),
    **dict.fromkeys((
        "GET /api/appointments", "GET /api/waiting-list", "GET /api/appointments/{appointment}", "POST /api/appointments/{appointment}/code",
        "GET /api/appointments/{appointment}/invitation", "POST /api/appointments/{appointment}/steps"), "tests/appointments/test_booking.py"),
    "POST /api/programme/services/recommendations": "tests/browser/programme/test_effect.py",
    "POST /api/refused-calls/{key}/call-back": "tests/telephony/test_refused_calls.py",
    **dict.fromkeys(("POST /api/floor/alarms/{alarm}/acknowledge", "POST /api/floor/alarms/{alarm}/silence"), "tests/monitoring/test_alarm_service.py"),
    **dict.fromkeys(("PUT /api/saved-reports/{report}", "DELETE /api/saved-reports/{report}"), "tests/reporting/test_saved_reports.py"),
    **dict.fromkeys(("PUT /api/mailings/{mailing}", "DELETE /api/mailings/{mailing}", "POST /api/mailings/{mailing}/send"), "tests/reporting/test_report_schedule.py"),
    **dict.fromkeys(("POST /api/notices", "GET /api/notices/{key}"), "tests/notifications/test_notice.py"),
    **dict.fromkeys((
        "PUT /api/courses/{course}", "GET /api/courses/{course}/scorm", "GET /api/training-groups/{group}", "PUT /api/training-groups/{group}",
        "PUT /api/training-groups/{group}/days/{day}", "POST /api/training-groups/{group}/certificates/{login}",
        "PUT /api/training-providers/{provider}", "POST /api/certificates/{code}/revoke",
        "PUT /api/operators/{login}/exemptions/{course}"), "tests/training/test_certificates.py"),
    **dict.fromkeys((
        "GET /api/coaching", "GET /api/coaching-map", "PUT /api/coaching-map/{scorecard}/{item}", "GET /api/reviews/{review}/lessons",
        "PUT /api/reviews/{review}/lessons/{item}", "DELETE /api/reviews/{review}/lessons/{item}",
        "POST /api/reviews/{review}/lessons/{item}/seen"), "tests/training/test_coaching.py"),
    "POST /api/training-results": "tests/training/test_lms_import.py",
    **dict.fromkeys((
        "GET /api/workforce/rosters/{roster}", "PUT /api/workforce/rosters/{roster}", "POST /api/workforce/rosters/{roster}/publish",
        "POST /api/workforce/absences/{absence}", "PUT /api/own-swaps/{swap}", "POST /api/own-swaps/{swap}",
        "PUT /api/own-absences/{absence}"), "tests/workforce/test_rosters.py"),
    **dict.fromkeys((
        "GET /api/workforce/adherence/file", "PUT /api/workforce/excuses/{excuse}", "DELETE /api/workforce/excuses/{excuse}"),
        "tests/workforce/test_adherence.py"),
    "GET /api/files/{file}": "tests/http/test_matrix.py", "POST /api/blocks/affected": "tests/http/test_lists_apart.py"}
"""What needs more than one request to be there, and the tests that try it."""


def is_common(each: Endpoint) -> bool:
    """Whatever it needs reaches over the whole hub."""
    return all(PERMISSION_MATRIX[need].scope is Scope.HUB for need in each.needs)


def is_of_a_conversation(each: Endpoint) -> bool:
    """test_matrix.py asks it of another centre's conversation, for every account."""
    return "{conversation}" in each.path


def answered() -> set[str]:
    """Each request that the table has an answer for, as it is declared."""
    named = {*SELF, *COMMON, *SUMS, *LISTS, *THINGS, *ELSEWHERE}
    return {each.partition("?")[0].replace("{user}", "{login}") for each in named}
