"""Management of the robot's dialogues: versions, drafts, training, statistics.

Does not understand language itself: bots/ does.

Uses: access, cases, conversations, kernel, knowledge, notifications, organisation, reporting.
"""
