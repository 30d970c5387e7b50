"""`/api/v1`: what the page does, for programs. FastAPI is known here alone: it makes the document of these routes, and
checks what is asked. Who may ask, how large a body may be and what an error looks like is ours."""
