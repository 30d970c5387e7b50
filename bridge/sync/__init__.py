"""The flows: reads, pulls, maps and pushes. Every decision is the core's; every effect is here.

read(store) ─┐
             ├→ levels, ledger, readings, due marks in Redis ─→ push(store)
pull(source)─┘
"""
