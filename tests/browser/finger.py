"""A finger on a page: touches as Chromium's own input has them."""

from playwright.sync_api import Locator, Page


class Finger:
    """One at a time; the page's context was made with `has_touch`."""

    def __init__(self, page: Page) -> None:
        self._devtools = page.context.new_cdp_session(page)

    def press(self, element: Locator) -> None:
        """In its middle."""
        self._touch("touchStart", element)

    def move(self, element: Locator) -> None:
        """To the middle of another."""
        self._touch("touchMove", element)

    def lift(self) -> None:
        self._touch("touchEnd")

    def _touch(self, kind: str, element: Locator | None = None) -> None:
        box = element.bounding_box() if element else None
        points = [{"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}] if box else []
        self._devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
