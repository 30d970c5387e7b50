"""What answers look like, for the document of the API: the same values as the commands print with --json. Members may
be added to them; none is taken away or changed within `/api/v1`."""
