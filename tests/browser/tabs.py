"""Tabs that nobody looks at, in a browser without windows."""

from playwright.sync_api import Page

HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def hide(page: Page) -> None:
    """Another tab came before it."""
    page.evaluate(HIDE, True)


def look_at(page: Page) -> None:
    """It is in front again."""
    page.evaluate(HIDE, False)
