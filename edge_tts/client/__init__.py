"""Speech from a running daemon, over its Unix socket or HTTP.

Imports nothing: ``edgetts say`` looks for a daemon before it loads anything.
"""
