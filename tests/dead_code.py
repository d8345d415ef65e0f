"""Code that nothing but tests calls: `python -m tests.dead_code` fails with whatever is not in the reviewed list, or is in it for nothing."""

import sys
from pathlib import Path

from vulture import Vulture

ROOT = Path(__file__).parent.parent
PRODUCT = ("bots", "channels", "hub", "okno", "routing", "storage")
KINDS = frozenset({"class", "function", "import", "method", "property", "unreachable_code"})
"""Fields and members of enums are read by name, from documents and configurations."""

ACTION_SERVER = "actions of designers call it: the interface of an action server"
SMTP = "aiosmtpd calls it"
ASYNCIO = "asyncio calls it"
REVIEWED = {
    "bots/dialogue/sdk.py": dict.fromkeys((
        "utter_message", "active_loop_name", "active_form", "current_slot_values", "get_slot", "get_latest_entity_values",
        "get_latest_input_channel", "get_intent_of_latest_message", "is_paused", "events_after_latest_restart",
        "last_executed_action_has"), ACTION_SERVER),
    "channels/email/mime_builder.py": {"EmailPolicy": "in a quoted type"},
    "channels/email/smtp.py": dict.fromkeys(("handle_EHLO", "handle_RCPT", "handle_DATA", "handle_exception", "smtp_DATA"), SMTP),
    "channels/messenger/telegram_api.py": {"make_request": "aiogram calls it"},
    "channels/sms/http.py": {"return": "makes an empty generator"},
    "channels/sms/pdu.py": {"parse_optional_params": "smpplib calls it"},
    "channels/sms/session.py": dict.fromkeys(("pause_writing", "resume_writing"), ASYNCIO),
    "channels/voice/agi.py": {"get_data": "a command of AGI: tests against Asterisk read keys by it"},
    "channels/web/hook.py": {"return": "makes an empty generator"},
    "hub/conversations/assignment_reason.py": {"is_right": "the audit of a choice by whoever reads the journal (CH-08)"},
    "hub/monitoring/wallboard.py": {"caught_up": "the only way to see that the day was read"},
    "hub/organisation/registry.py": {
        "information_only": "the registry's rule for МФЦ that are attached to the federal centre (D7)"},
    "hub/telephony/speech_to_text.py": {"__call__": "the shape of a function"},
    "okno/demo/portals.py": {"PortalServer": "a far end for demonstrations and tests"},
    "okno/serving/channel_routes.py": dict.fromkeys(("add_prefix", "get_info", "raw_match", "url_for"), "aiohttp calls it"),
    "okno/serving/traces.py": {
        "AttributeValue": "in a quoted type", "generate_trace_id": "OpenTelemetry calls it", "generate_span_id": "OpenTelemetry calls it"},
    "hub/workforce/erlang.py": {"erlang_c": "the published formula, which the tables of the literature are compared with"},
    "hub/workforce/coverage.py": {"covered_centres": "the roster's rule of covered centres: no screen asks for it yet (GV-01)"},
    "storage/files.py": {"FileStore": "files in a folder, as benchmarks and tests open them"},
}
"""File, name, and why it stays."""


def unused() -> set[tuple[str, str]]:
    """File and name of what the product does not use."""
    found = Vulture()
    found.scavenge([str(ROOT / part) for part in PRODUCT])
    return {(str(Path(item.filename).relative_to(ROOT)), item.name) for item in found.get_unused_code(min_confidence=60) if item.typ in KINDS}


def main() -> int:
    found, reviewed = unused(), {(file, name) for file, names in REVIEWED.items() for name in names}
    for file, name in sorted(found - reviewed):
        print(f"{file}: nothing of the product uses {name}: wire it, remove it, or review it in tests/dead_code.py")
    for file, name in sorted(reviewed - found):
        print(f"{file}: {name} is used or gone: remove it from the list in tests/dead_code.py")
    return int(found != reviewed)


if __name__ == "__main__":
    sys.exit(main())
