"""The player in a real Chromium: a moving picture through each media server and the hub, gone and back again."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from media_rig import KINDS, Agent, MediaRig, need, running_rig
from patience import wait_until
from playwright.sync_api import Browser, Page

HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
FLOAT = """floats => {
  const video = document.getElementById("video");
  Object.defineProperty(document, "pictureInPictureElement", { value: floats ? video : null, configurable: true });
  if (!floats) video.dispatchEvent(new Event("leavepictureinpicture", { bubbles: true }));
}"""
"""As a browser with windows does it; one without has nothing to float over."""
START = Path(__file__).with_name("play.js").read_text()


@pytest.fixture(scope="module", params=KINDS)
def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaRig]:
    need(request.param)
    with running_rig(request.param, tmp_path_factory.mktemp(request.param)) as running:
        yield running


@pytest.fixture(scope="module")
def agent(rig: MediaRig) -> Agent:
    return rig.agent("door")


@pytest.fixture
def play(rig: MediaRig, page: Page) -> Callable[[int, str], Page]:
    """Open the bare page and start the player for a camera, as the user with this access token."""

    def playing(camera_id: int, access_token: str) -> Page:
        page.goto(f"{rig.url}/test/page")
        page.evaluate(START, [f"/api/cameras/{camera_id}/stream/watch", access_token])
        return page

    return playing


def wait_for(page: Page, condition: str, seconds: float = 20) -> None:
    """Until the player is so; else its states so far are told."""
    wait_until(page, condition, patience_s=seconds, clue="seen.states")


@pytest.mark.browser
def test_the_picture_moves_and_comes_back(rig: MediaRig, agent: Agent, play: Callable[[int, str], Page]) -> None:
    camera_id = rig.camera(agent)
    publisher = rig.publish(camera_id, agent.token(camera_id))
    rig.wait_online(camera_id)
    page = play(camera_id, rig.user(f"watcher-{camera_id}"))

    wait_for(page, "seen.clocks.length > 25")
    assert page.evaluate("player.state") == "live"
    assert page.evaluate("document.getElementById('video').currentTime") > 0
    clocks = page.evaluate("seen.clocks.slice(-10)")
    assert clocks == sorted(clocks)
    assert len(set(clocks)) == len(clocks)
    stats = page.evaluate("player.stats()")
    assert (stats["width"], stats["height"]) == (672, 360)
    assert stats["frames"] > 20

    publisher.kill()
    wait_for(page, "player.state !== 'live'")
    rig.wait_online(camera_id, online=False)
    before = page.evaluate("seen.clocks.length")
    rig.publish(camera_id, agent.token(camera_id))
    wait_for(page, f"player.state === 'live' && seen.clocks.length > {before + 25}")


@pytest.mark.browser
def test_stop_for_everybody_reaches_the_page(rig: MediaRig, agent: Agent, play: Callable[[int, str], Page]) -> None:
    camera_id = rig.camera(agent)
    rig.publish(camera_id, agent.token(camera_id))
    rig.wait_online(camera_id)
    operator = rig.user(f"operator-{camera_id}", "operator")
    page = play(camera_id, operator)
    wait_for(page, "player.state === 'live'")

    rig.call(operator, f"/api/cameras/{camera_id}/stream/stop")
    wait_for(page, "player.state === 'stopped'")
    assert page.evaluate("player.reason") == f"stopped by operator-{camera_id}"
    rig.call(operator, f"/api/cameras/{camera_id}/stream/start")
    wait_for(page, "player.state === 'live'")


@pytest.mark.browser
def test_logging_out_ends_the_video_and_nobody_elses(
    rig: MediaRig, agent: Agent, play: Callable[[int, str], Page], chromium: Browser
) -> None:
    camera_id = rig.camera(agent)
    rig.publish(camera_id, agent.token(camera_id))
    rig.wait_online(camera_id)
    leaver, stayer = rig.user(f"leaver-{camera_id}"), rig.user(f"stayer-{camera_id}")
    page = play(camera_id, leaver)
    other = chromium.new_page()
    other.goto(f"{rig.url}/test/page")
    other.evaluate(START, [f"/api/cameras/{camera_id}/stream/watch", stayer])
    wait_for(page, "player.state === 'live'")
    wait_for(other, "player.state === 'live'")

    rig.http.request("POST", f"{rig.url}/api/auth/logout", headers={"Authorization": f"Bearer {leaver}"})
    assert len(rig.look()) == 1
    wait_for(page, "player.state === 'offline'")
    assert [state for state, *_ in other.evaluate("seen.states")] == ["connecting", "live"]
    other.close()


@pytest.mark.browser
def test_a_frozen_picture_is_noticed_and_mends(rig: MediaRig, agent: Agent, play: Callable[[int, str], Page]) -> None:
    camera_id = rig.camera(agent)
    publisher = rig.publish(camera_id, agent.token(camera_id))
    rig.wait_online(camera_id)
    page = play(camera_id, rig.user(f"patient-{camera_id}"))
    wait_for(page, "player.state === 'live'")
    publisher.send_signal(signal.SIGSTOP)
    wait_for(page, "player.state === 'frozen'")
    publisher.send_signal(signal.SIGCONT)
    wait_for(page, "player.state === 'live'")


@pytest.mark.browser
def test_a_hidden_page_costs_nothing(rig: MediaRig, agent: Agent, play: Callable[[int, str], Page]) -> None:
    camera_id = rig.camera(agent)
    rig.publish(camera_id, agent.token(camera_id))
    rig.wait_online(camera_id)
    page = play(camera_id, rig.user(f"sleeper-{camera_id}"))
    wait_for(page, "player.state === 'live'")
    page.evaluate(HIDE, True)
    assert page.evaluate("[player.state, player.pc]") == ["stopped", None]
    page.evaluate(HIDE, False)
    wait_for(page, "player.state === 'live'")


@pytest.mark.browser
def test_a_page_may_come_before_the_publisher(rig: MediaRig, agent: Agent, play: Callable[[int, str], Page]) -> None:
    camera_id = rig.camera(agent)
    page = play(camera_id, rig.user(f"early-{camera_id}"))
    wait_for(page, "player.state === 'connecting'")
    rig.publish(camera_id, agent.token(camera_id))
    wait_for(page, "player.state === 'live'")


@pytest.mark.browser
def test_a_stopped_player_leaves_nothing_behind(rig: MediaRig, agent: Agent, play: Callable[[int, str], Page]) -> None:
    camera_id = rig.camera(agent)
    rig.publish(camera_id, agent.token(camera_id))
    rig.wait_online(camera_id)
    page = play(camera_id, rig.user(f"guest-{camera_id}"))
    wait_for(page, "player.state === 'live'")
    page.evaluate("player.stop()")
    assert page.evaluate("[player.state, player.pc, document.getElementById('video').srcObject]") == [
        "stopped",
        None,
        None,
    ]
    for _ in range(100):
        if not any(path.readers for path in rig.api.paths() if path.name == str(camera_id)):
            return
        page.wait_for_timeout(50)
    raise AssertionError("the media server still counts a reader")


@pytest.mark.browser
def test_the_reason_of_a_device_that_cannot_publish_is_told(
    rig: MediaRig, agent: Agent, play: Callable[[int, str], Page]
) -> None:
    camera_id = rig.camera(agent, stream_state="failed", state_reason="the encoder is broken")
    page = play(camera_id, rig.user(f"curious-{camera_id}"))
    wait_for(page, "player.state === 'offline' && player.reason === 'the encoder is broken'")


@pytest.mark.browser
def test_a_media_server_that_restarts_is_joined_again(
    rig: MediaRig, agent: Agent, play: Callable[[int, str], Page]
) -> None:
    camera_id = rig.camera(agent)
    rig.publish(camera_id, agent.token(camera_id))
    rig.wait_online(camera_id)
    page = play(camera_id, rig.user(f"faithful-{camera_id}"))
    wait_for(page, "player.state === 'live'")
    rig.restart_media()
    wait_for(page, "player.state !== 'live'")
    before = page.evaluate("seen.clocks.length")
    rig.publish(camera_id, agent.token(camera_id))
    wait_for(page, f"player.state === 'live' && seen.clocks.length > {before + 25}")


@pytest.mark.browser
def test_what_floats_plays_on_behind_another_tab(rig: MediaRig, agent: Agent, play: Callable[[int, str], Page]) -> None:
    camera_id = rig.camera(agent)
    rig.publish(camera_id, agent.token(camera_id))
    rig.wait_online(camera_id)
    page = play(camera_id, rig.user(f"busy-{camera_id}"))
    wait_for(page, "player.state === 'live'")
    page.evaluate(FLOAT, True)
    page.evaluate(HIDE, True)
    assert page.evaluate("player.state") == "live"
    page.evaluate(FLOAT, False)
    assert page.evaluate("[player.state, player.pc]") == ["stopped", None]
    page.evaluate(HIDE, False)
    wait_for(page, "player.state === 'live'")
