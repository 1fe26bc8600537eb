"""The pages of a whole running system, and its video as a browser shows it."""

from demo_process import RunningDemo
from playwright.sync_api import Locator, Page, expect

NEW_PICTURES = """([name, count]) => new Promise((resolve, reject) => {
  const video = document.querySelector(`.tile[aria-label="${name}"] video`);
  setTimeout(() => reject(new Error(`${name}: not ${count} new pictures in 40 s`)), 40000);
  let left = count;
  const next = () => { if (left-- > 0) video.requestVideoFrameCallback(next); else resolve(); };
  next();
})"""


def log_in(page: Page, demo: RunningDemo) -> None:
    """As the demo's own account, through the form."""
    sign_in(page, demo.url, demo.ready["username"], demo.ready["password"])


def sign_in(page: Page, url: str, username: str, password: str) -> None:
    """Through the form, to the live page."""
    page.goto(f"{url}/login")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Live")).to_be_visible()


def tile_of(page: Page, camera: str) -> Locator:
    return page.get_by_role("article", name=camera, exact=True)


def expect_video(page: Page, camera: str, pictures: int = 8) -> None:
    """The camera's tile is live, and so many more pictures of it come to the screen."""
    expect(tile_of(page, camera)).to_have_attribute("data-picture", "live", timeout=60_000)
    page.evaluate(NEW_PICTURES, [camera, pictures])


def width(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box
    return box["width"]
