"""Pure: from a report of the state to what a template shows."""
