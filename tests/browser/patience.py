"""Waiting for what a page says of itself."""

import time
from typing import Any

from playwright.sync_api import Page


def wait_until(page: Page, condition: str, arg: Any = None, patience_s: float = 20, clue: str = "null") -> None:
    """Ask the page again and again from outside until the condition, JavaScript, holds; `clue` is what is told if not.

    Playwright's own wait_for_function asks a second time by eval(), which the pages' content policy forbids.
    """
    until = time.monotonic() + patience_s
    while not page.evaluate(condition, arg):
        assert time.monotonic() < until, f"not within {patience_s:g} s: {condition}; {page.evaluate(clue)}"
        page.wait_for_timeout(50)
