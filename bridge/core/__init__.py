"""Deciding what quantity is true. Pure: no I/O, no clock, no randomness; time is an argument.

Besides the standard library it knows one page: the values of `connectors.base`.
"""
