"""What a card installs must be said: a name, a wheel, a folder of wheels, or what the image has."""

from pathlib import Path

from card_run import BARE, GOOD, run, snapshot


def test_where_the_agent_comes_from_must_be_said(boot: Path) -> None:
    before = snapshot(boot)
    done = run("--boot", str(boot), *BARE)
    assert (done.exit_code, snapshot(boot)) == (1, before)
    assert "package: it is missing" in done.stderr
    (boot / "watchpost").mkdir()
    (boot / "watchpost/agent.txt").write_text("watchpost 0.1.0 is in this system\n")
    assert run("--boot", str(boot), *BARE).exit_code == 0


def test_a_wheel_of_ones_own_is_that_very_file(boot: Path, tmp_path: Path) -> None:
    wheel, other = (tmp_path / f"{name}-0.1.0-py3-none-any.whl" for name in ("watchpost", "click"))
    for path in (wheel, other):
        path.write_bytes(b"PK")
    before = snapshot(boot)
    done = run("--boot", str(boot), *GOOD, "--package", str(other))
    assert (done.exit_code, snapshot(boot)) == (1, before)
    assert done.stderr == f"Error: package: {other} is a wheel of click, not of watchpost\n"
    assert run("--boot", str(boot), *GOOD, "--package", str(wheel)).exit_code == 0
    assert (boot / "watchpost/wheels" / wheel.name).read_bytes() == b"PK"
    assert "WATCHPOST_OFFLINE=0" in (boot / "watchpost/card.env").read_text()


def test_a_wheel_house_needs_exactly_one_of_ours(boot: Path, tmp_path: Path) -> None:
    house = tmp_path / "house"
    house.mkdir()
    (house / "click-8.1-py3-none-any.whl").write_bytes(b"x")
    assert "no wheel of watchpost" in run("--boot", str(boot), *GOOD, "--package", str(house)).stderr
    (house / "watchpost-0.1.0-py3-none-any.whl").write_bytes(b"y")
    assert run("--boot", str(boot), *GOOD, "--package", str(house)).exit_code == 0
    assert (boot / "watchpost/wheels/watchpost-0.1.0-py3-none-any.whl").read_bytes() == b"y"
    assert "WATCHPOST_OFFLINE=1" in (boot / "watchpost/card.env").read_text()
