"""A Corner Shop on this machine: it works like the real one, refuses what that refuses, and fails when told to.

shop.py the shop itself · app.py its API, and what goes wrong with it · control.py what people do there, for other
processes · storefront.py the shop in the demo · `python -m corner_shop.sandbox` a process of its own
"""

from corner_shop.sandbox.app import KEY, Sandbox
from corner_shop.sandbox.control import CONTROL
from corner_shop.sandbox.shop import Shop

__all__ = ["CONTROL", "KEY", "Sandbox", "Shop"]
