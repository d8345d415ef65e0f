"""Rules that an administrator writes: when something happens, and if it is so, then the hub does it.

A rule acts after the commit that it answers to, in a step of its own. What a rule does starts no rule, and a rule that fails stops
nobody: neither the citizen's message nor the next rule.

Uses: access, actions, conversations, dispatch, kernel, organisation.
"""
