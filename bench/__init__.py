"""Measurements behind the README's claims. Each module is one command: `python -m bench.floor`. On which server they
run: see `bench.server`."""
