"""Appointments: slots of offices, bookings, invitations and maintenance.

Never promises a slot that it has not reserved.

Uses: access, actions, cases, conversations, federation, kernel, knowledge, notifications, organisation, robot.
"""
