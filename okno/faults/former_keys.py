"""Former names of configuration keys: they are still read, with a notice for each, and their faults have the line in the file."""

from collections.abc import Mapping

from okno.faults.toml_lines import Key

FORMER_KEYS: Mapping[str, str] = {
    "senders": "flood_limits", "talks": "calls", "rights": "subject_requests", "events": "webhooks",
    "flood_limits.alike": "flood_limits.same_text_senders", "flood_limits.alike_within_min": "flood_limits.same_text_within_min",
    "flood_limits.alike_signs": "flood_limits.same_text_min_length", "flood_limits.elsewhere": "flood_limits.other_contact",
    "subject_requests.names": "subject_requests.reader_names", "webhooks.inside": "webhooks.internal_networks",
    "listen.watchers": "listen.metrics_networks", "listen.patience_s": "listen.client_timeout_s",
    "desk.leaked": "desk.leaked_passwords", "traces.share": "traces.sample_ratio",
    "routing.absence_s": "routing.reconnect_s", "routing.remembers_h": "routing.last_operator_h",
    "routing.redial_s": "routing.queue_place_s", "keys.keeper": "keys.driver",
    "retention.quiet_days": "retention.idle_chats_days", "retention.flags_days": "retention.outdated_reports_days",
    "retention.sought_days": "retention.knowledge_gaps_days",
    "quality.ask": "quality.csat_channels", "quality.least": "quality.min_answers",
}
"""Former name to present name. Tables come first: their keys follow under the new name."""


def rename_former_keys(raw: dict[str, object]) -> tuple[list[str], list[tuple[Key, str]]]:
    """Give former keys their new names, in place: a notice for each, and a fault for each key with both names, which keeps the new one."""
    notices, faults = list[str](), list[tuple[Key, str]]()
    for former, key in FORMER_KEYS.items():
        section, _, name = former.rpartition(".")
        table = raw.get(section) if section else raw
        if not isinstance(table, dict) or name not in table:
            continue
        value, new = table.pop(name), key.rpartition(".")[2]
        if new in table:
            faults.append((tuple(former.split(".")), f"{former} is the former name of {key}: give one of them"))
        else:
            table[new] = value
            notices.append(f"{former} is named {key} now: rename it")
    return notices, faults


def with_present_names(lines: Mapping[Key, int]) -> dict[Key, int]:
    """Lines of keys, and the same lines by the present names of former keys."""
    found = dict(lines)
    for former, key in FORMER_KEYS.items():
        old, new = tuple(former.split(".")), tuple(key.split("."))
        for place, line in list(found.items()):
            if place[:len(old)] == old:
                found.setdefault((*new, *place[len(old):]), line)
    return found
