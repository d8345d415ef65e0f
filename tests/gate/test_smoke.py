"""The stories of the gate: as many as it has time for, each beside a real far end, one for each room that has any (docs/testing.md)."""

import ast
from collections import Counter
from pathlib import Path

from tests import parts

ROOT = Path(__file__).parents[2]
LEAST, MOST = 40, 70
STORIES = {
    "access": "browser/access/test_own_roles.py::test_a_role_is_made_approved_given_worked_with_and_narrowed",
    "actions": "browser/test_journey.py::test_from_question_to_reopening",
    "appointments": "journeys/test_appointment.py::test_an_appointment_by_chat",
    "automation": "browser/automation/test_rules.py::test_a_rule_is_written_tried_and_seen_at_work",
    "cases": "browser/test_cases.py::test_a_case_is_registered_answered_and_followed",
    "citizens": "http/test_proving.py::test_a_chat_is_proved_and_the_desk_shows_it",
    "conversations": "conversations/test_quarantine.py::test_an_infected_file_is_never_opened",
    "desk": "http/test_sso.py::test_roles_follow_the_directory",
    "dispatch": "journeys/test_danger.py::test_danger_goes_before_all_who_wait_with_an_alarm",
    "federation": "federation/test_fetching_over_nats.py::test_both_ways_with_talk_in_between",
    "intake": "journeys/test_kill.py::test_twenty_power_cuts_lose_and_double_nothing",
    "integrations": "journeys/test_status.py::test_a_status_request_that_is_refused_verified_and_answered",
    "knowledge": "browser/test_handbook.py::test_two_clicks_tell_that_a_fee_is_outdated_and_others_put_it_right",
    "link": "link/test_nats_faults.py::test_a_hub_is_killed_that_sends",
    "monitoring": "okno/test_monitoring.py::test_alerts_come_when_they_should",
    "notifications": "channels/sms/test_outreach.py::test_a_notice_begins_a_conversation",
    "organisation": "browser/organisation/test_registry.py::test_a_centre_a_contract_and_an_mfc_change_with_a_second_person",
    "privacy": "journeys/test_rights.py::test_a_citizen_by_chat_asks_for_a_copy_and_gets_what_is_his_alone",
    "programme": "browser/programme/test_programme.py::test_the_plan_is_changed_and_a_gate_is_signed",
    "quality": "journeys/test_survey.py::test_from_a_closed_conversation_to_nobodys_answers",
    "reporting": "channels/email/test_mailed_reports.py::test_what_is_read_there_is_what_the_desk_shows",
    "robot": "browser/test_workshop.py::test_from_an_upload_to_what_citizens_hear_and_back",
    "telephony": "channels/voice/test_telephone.py::test_a_call_reaches_an_operator_by_one_key",
    "training": "training/test_package.py::test_manifests_are_valid_by_the_schemas_of_others",
    "workforce": "browser/workforce/test_planner.py::test_what_comes_and_how_far_forecasts_were_off",
}
"""A story of each room of hub/."""
ALONE = {"audit": "its chain is walked in storage/test_mongo.py, whose contract is run whole", "kernel": "has no far end"}


def marked(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and any(
        ast.unparse(each) == f"pytest.mark.{parts.SMOKE}" for each in node.decorator_list)


def stories() -> list[str]:
    """Functions and classes with the mark, as paths below tests/."""
    files = (file for file in parts.HERE.rglob("test_*.py") if f"mark.{parts.SMOKE}" in file.read_text("utf8"))
    return [f"{file.relative_to(parts.HERE).as_posix()}::{node.name}"
            for file in files for node in ast.parse(file.read_text("utf8")).body if marked(node)]  # type: ignore[attr-defined]


def test_the_gate_has_time_for_its_stories() -> None:
    assert LEAST <= len(stories()) <= MOST
    assert not [each for each, times in Counter(stories()).items() if times > 1]


def test_each_room_has_a_story_beside_a_real_far_end() -> None:
    rooms = {each.parent.name for each in (ROOT / "hub").glob("*/__init__.py")} - {"data"}
    assert rooms == STORIES.keys() | ALONE.keys()
    assert not set(STORIES.values()) - set(stories())


def test_no_story_is_of_logic() -> None:
    """It would run twice."""
    for file in {each.partition("::")[0] for each in stories()}:
        text = (parts.HERE / file).read_text("utf8")
        assert file.startswith(("browser/", "journeys/")) or parts.WHOLE.search(text) or "@pytest.mark.peers" in text, file
