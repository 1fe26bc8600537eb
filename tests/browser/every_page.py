"""Every page of the dashboard, from the hub's own map of addresses, so that a new page is never forgotten."""

from flask import Flask
from werkzeug.routing import Rule

NO_PAGES = {"dashboard.asset", "dashboard.favicon"}
FOR_STRANGERS = {"/login", "/welcome"}
BESIDES = ("/?wall=1", "/alerts?acknowledged=true&min_score=0.99", "/nope")  # other faces of pages, and no page at all


def pages(app: Flask, **values: object) -> list[str]:
    """The path of each page for people who are logged in; `values` name what stands in its variable parts."""
    found = [rule for rule in app.url_map.iter_rules() if _is_page(rule)]
    adapter = app.url_map.bind("localhost")
    given = [(rule.endpoint, {name: values[name] for name in rule.arguments}) for rule in found]
    paths = {adapter.build(endpoint, arguments) for endpoint, arguments in given}
    return [*sorted(paths - FOR_STRANGERS), *BESIDES]


def _is_page(rule: Rule) -> bool:
    shown = rule.endpoint.startswith("dashboard.") and "GET" in (rule.methods or ())
    return shown and rule.endpoint not in NO_PAGES and "export" not in rule.rule
