"""Processes beside our own: the children of a command, and an embedded Redis."""
