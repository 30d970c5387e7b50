"""Why a shop shows what it shows: the report of `explain`, for the command and the page."""
