"""The activation memory pool: planned by a pure function, allocated once.

Knows bytes and lifetimes; it must not know networks or streams.
"""
