"""`_fields`: which parts of an answer are sent. As rest_filter_response_fields() of WordPress does it."""

from typing import Any

Tree = dict[str, Any]


def wanted_fields(text: str) -> Tree | None:
    """ "id,environment.version" → {"id": True, "environment": {"version": True}}; None: everything."""
    tree: Tree = {}
    for name in (part.strip() for part in text.split(",")):
        branch: Any = tree
        *above, leaf = name.split(".")
        for step in above:
            branch = branch.setdefault(step, {}) if isinstance(branch, dict) else branch
        if name and isinstance(branch, dict):
            branch[leaf] = True  # the whole of something goes before a part of it
    return tree or None


def keep(data: Any, tree: Tree | None) -> Any:
    """A dotted name does not reach into a list: `line_items.id` leaves an empty list there."""
    if tree is None:
        return data
    if isinstance(data, list):
        return [keep(each, tree) for each in data]
    return _intersect(data, tree)


def _intersect(data: Any, tree: Any) -> Any:
    if tree is True or not isinstance(data, dict | list):
        return data
    if isinstance(data, list):
        return []
    return {name: _intersect(value, tree[name]) for name, value in data.items() if name in tree}
