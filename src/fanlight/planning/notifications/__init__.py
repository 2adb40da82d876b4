"""Notifications: what a person is told of their money when it happens, and over which channels.

`evaluate` finds what is to be told, `store` keeps it, `deliverables` are its texts by channel, `profiles` what a
person wants to hear of.
"""
