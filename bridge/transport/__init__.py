"""What every foreign request passes: retries, the shared request budget, and the sign that it is at work."""
