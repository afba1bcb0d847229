"""Networks as data: one frozen description that every executor and builder reads.

Describes and computes in NumPy only; it must not know packs, backends or graph formats.
"""
