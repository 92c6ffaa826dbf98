"""The outbox, written in the transaction of a change, and its delivery.

Import its modules by name; nothing is re-exported here.
"""
