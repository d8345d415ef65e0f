"""Departments' systems, status of applications, webhooks.

Gives a system only the data named in its contract.

Uses: access, actions, cases, citizens, conversations, kernel, organisation, robot.
"""
