"""The programme: coverage of the country by centres, quality of services, effect, plan.

Uses: access, appointments, cases, conversations, dispatch, federation, kernel, knowledge, monitoring, organisation, quality, reporting,
telephony, training.
"""
