"""What an operator does to a whole server: backups, and everything of one account.

It lies beside `work` and `api` and is used by the command line alone.
"""
