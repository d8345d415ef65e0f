"""Departments, the status of applications, webhooks.

Gives a system no more than its contract names.

Uses: access, actions, cases, citizens, conversations, kernel, organisation, robot.
"""
