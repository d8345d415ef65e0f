"""What each endpoint of the desk does, as far as the federal centre is concerned (FD-04). One that is not here is refused there."""

from aiohttp import web

from hub.desk.desk import Desk
from hub.federal import NOBODY, PLACELESS, REFUSED, Action, granted

ACTIONS = {
    Action.ANSWER: (
        "GET /api/inbox", "GET /api/conversations/{conversation}", "POST /api/conversations/{conversation}/accept",
        "POST /api/conversations/{conversation}/reject", "POST /api/conversations/{conversation}/take",
        "POST /api/conversations/{conversation}/reply", "POST /api/conversations/{conversation}/note",
        "POST /api/conversations/{conversation}/close", "POST /api/conversations/{conversation}/recording",
        "POST /api/conversations/{conversation}/senior", "POST /api/conversations/{conversation}/listen",
        "PUT /api/conversations/{conversation}/hold", "POST /api/conversations/{conversation}/reason",
        "GET /api/files/{file}", "GET /api/articles",
        "PUT /api/conversations/{conversation}/place", "GET /api/places", "POST /api/conversations/{conversation}/measure"),
    Action.HAND_OVER: (
        "POST /api/conversations/{conversation}/transfer", "POST /api/conversations/{conversation}/pass",
        "POST /api/conversations/{conversation}/consult", "POST /api/conversations/{conversation}/company",
        "GET /api/conversations/{conversation}/way", "GET /api/colleagues"),
    Action.PROMISE_CALLBACK: (
        "GET /api/promises", "POST /api/conversations/{conversation}/promise", "POST /api/conversations/{conversation}/attempt",
        "POST /api/conversations/{conversation}/call",
        "POST /api/conversations/{conversation}/keep", "POST /api/conversations/{conversation}/withdraw"),
    Action.READ_STATISTICS: (
        "GET /api/figures", "GET /api/figures.csv", "GET /api/figures/breaches", "GET /api/figures/national",
        "GET /api/figures/national.csv", "GET /api/robot/figures", "GET /api/robot/figures.csv", "GET /api/robot/intents.csv"),
    Action.RUN_CENTRE: (
        "POST /api/session", "GET /api/session/ways", "POST /api/session/passkey", "POST /api/session/passkey/ask",
        "GET /api/security", "POST /api/security/authenticator", "POST /api/security/authenticator/confirm",
        "POST /api/security/authenticator/remove", "POST /api/security/passkeys/ask", "POST /api/security/passkeys",
        "POST /api/security/passkeys/{passkey}/remove", "POST /api/security/recovery", "POST /api/operators/{login}/security/reset",
        "DELETE /api/session", "GET /api/me", "POST /api/password", "PUT /api/presence", "GET /api/phone",
        "PUT /api/articles/{article}", "DELETE /api/articles/{article}", "GET /api/operators", "POST /api/operators",
        "GET /api/announcements", "PUT /api/announcements/{announcement}", "POST /api/announcements/{announcement}/approve",
        "POST /api/announcements/{announcement}/withdraw", "PUT /api/operators/{login}", "POST /api/operators/{login}/reset",
        "POST /api/operators/{login}/deactivate", "GET /api/audit", "GET /api/channels",
        "GET /api/robot/versions", "POST /api/robot/versions/{version}/speak", "GET /api/robot/versions/{version}/zip",
        "GET /api/robot/draft", "POST /api/robot/draft", "PUT /api/robot/draft", "DELETE /api/robot/draft", "GET /api/robot/draft/zip",
        "GET /api/robot/draft/file", "PUT /api/robot/draft/file", "GET /api/robot/work", "POST /api/robot/publish",
        "POST /api/robot/teach", "DELETE /api/robot/work", "GET /api/robot/graph", "POST /api/robot/try",
        "GET /api/robot/phrases", "GET /api/robot/phrases/assigned", "POST /api/robot/phrases/assign",
        "POST /api/robot/phrases/dismiss", "POST /api/robot/phrases/undo", "GET /api/robot/intents"),
    Action.SEARCH_PERSON: ("GET /api/search",),
    Action.NOTIFY: ("GET /api/notices", "GET /api/notices/{key}", "POST /api/notices", "POST /api/notices/preview"),
    Action.READ_PROFILE: (
        "GET /api/conversations/{conversation}/identity", "GET /api/conversations/{conversation}/history",
        "GET /api/conversations/{conversation}/history/{other}"),
    Action.KEEP_PROFILE: (
        "POST /api/conversations/{conversation}/identity/code", "POST /api/conversations/{conversation}/identity/confirm",
        "POST /api/conversations/{conversation}/identity/split"),
}
_DOES = {name: action for action, names in ACTIONS.items() for name in names}


def federal_refusal(desk: Desk, request: web.Request, name: str) -> str:
    """Why somebody at the federal centre may not call an endpoint, and who does it instead; "" when he may."""
    if granted(_DOES.get(name, "")):
        return ""
    number = request.match_info.get("conversation", "")
    lane = desk.lanes.active(int(number)) if number.isdecimal() else None
    place = lane.head.place if lane else None
    if place is None:
        return PLACELESS
    centre = desk.places.answers_for(place)
    return REFUSED.format(centre=centre) if centre else NOBODY
