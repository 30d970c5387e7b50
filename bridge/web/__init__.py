"""What is served over HTTP. Nothing here decides: a request becomes a step of the flows, and its outcome an answer."""
