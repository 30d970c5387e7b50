"""Processes beside our own: an embedded Redis."""
