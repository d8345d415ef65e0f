"""Writes the `__init__.py` of each room: what it is for, its face, what it must not do, and what it uses."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = {
    "kernel": ("What every room stands on: errors, ids, documents and their indexes, timers, limits, patterns.",
               "Knows no conversation, no citizen and no operator."),
    "kernel/web": ("What adapters of HTTP share: bodies, cookies, downloads, a WebSocket's writer.", ""),
    "audit": ("The chain of audit entries: how it is verified, and its signed daily seals.",
              "Does not decide what is audited: each step brings its entry."),
    "organisation": ("Centres, their queues, hours and territory, and the settings in all their versions.",
                     "Knows places and lines, and nobody who works there."),
    "conversations": ("The aggregate: a conversation, its journal, its one writer, delivery to channels, and files.",
                      "Decides nothing about who answers; a conversation has one holder at a time."),
    "access": ("Who may do what, by which account, and why something was read.", "Grants nothing by default."),
    "federation": ("Conversations, files and figures between deployments, over a line that may be down.",
                   "The federal level gets nothing that says who somebody is (D19)."),
    "notifications": ("Announcements to all, notices to one, and who wants none.", "Sends nothing to those who opted out."),
    "knowledge": ("Articles and service cards in their editions, and how they are searched, edited and kept up to date.",
                  "Publishes nothing that only one person has seen."),
    "knowledge/catalogue": ("The catalogue of public services in and out: TOML, CSV, XLSX, JSON-LD, portals.", ""),
    "knowledge/scripts": ("Scripts that lead an operator through a talk: their versions, checks, runs and figures.", ""),
    "reporting": ("Figures out of the journal: days, periods, exports, reports by mail.", "Counts; changes nothing that it counts."),
    "dispatch": ("Who is offered what, and where a conversation goes when its line cannot answer in time.",
                 "Moves conversations; says nothing to citizens but how long it takes."),
    "actions": ("What operators do with a conversation: answer, note, transfer, promise, snooze, close.",
                "Every action checks its permission, and is in the audit where it must be."),
    "monitoring": ("The floor as it is now: wallboard, alarms, health of the channels.", "Shows and warns; steers nothing."),
    "telephony": ("Calls beyond the conversation: outbound, consultation, supervision, recordings, transcripts.",
                  "Knows no exchange: drivers in channels/voice do."),
    "citizens": ("One person: linked addresses, verification, consents, code words.", "Links by proof alone, never by a guess (CH-16)."),
    "cases": ("Registered cases, complaints, recommendations and referrals, with the terms of the law.",
              "A case changes by transitions.py alone."),
    "robot": ("Dialogues of the robot: versions, drafts, training, figures.", "Thinks nothing itself: bots/ does."),
    "quality": ("How talks are judged, and how content citizens are.", ""),
    "quality/surveys": ("Surveys: planned, asked, answered and counted.", "Answers are nobody's once consent is withdrawn."),
    "appointments": ("Slots at offices, bookings, invitations and their upkeep.", "Promises no slot that it does not hold."),
    "integrations": ("Departments, the status of applications, webhooks.", "Gives a system no more than its contract names."),
    "privacy": ("The register of personal data, its retention and erasure, and subjects' rights (152-ФЗ).",
                "What is erased comes back with no backup."),
    "intake": ("The way in: a message is filtered, accepted, stored and reacted to.", "Acknowledges nothing that is not stored."),
}
DESK = {
    "http": "The HTTP server of the desk: endpoints, paging, OpenAPI, what travels by REST.",
    "live": "The live socket of the desk: frames, open desks, who is told of what.",
    "sign_in": "Signing in: passwords, second factors, passkeys, single sign-on, sessions.",
}
OKNO = {
    "okno/commands": "The commands of `okno`, one a module.",
    "okno/serving": "The process: HTTP server, supervisor, cluster, logs, metrics.",
    "okno/adapters": "Adapters with libraries of their own, imported only where they are configured.",
}


def main() -> None:
    for room, (purpose, limit) in ROOMS.items():
        text = f'"""{purpose}\n\n{limit}\n"""\n' if limit else f'"""{purpose}"""\n'
        (ROOT / "hub" / room / "__init__.py").write_text(text)
        desk = ROOT / "hub/desk" / room
        if desk.is_dir():
            (desk / "__init__.py").write_text(f'"""hub/{room} at the desk: endpoints, and what travels by them."""\n')
        tests = ROOT / "tests" / room
        if tests.is_dir():
            (tests / "__init__.py").touch()
    for name, purpose in DESK.items():
        (ROOT / "hub/desk" / name / "__init__.py").write_text(f'"""{purpose}"""\n')
    for folder, purpose in OKNO.items():
        (ROOT / folder / "__init__.py").write_text(f'"""{purpose}"""\n')


main()
