"""The dashboard's files: small, kept for ever, nothing inline and nothing from elsewhere."""

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask

from hub.dashboard.assets import STATIC, Assets

TEMPLATES = STATIC.parent / "templates"
INLINE = re.compile(
    r"<script(?![^>]*(src=|type=\"application/json\"))|\sstyle=|\son[a-z]+=|<style|javascript:", re.IGNORECASE
)
ELSEWHERE = re.compile(r"""(?:src|href|import|from|url\()\s*[=(]?\s*["']?(?:https?:)?//""")
NOT_LINKS = re.compile(r"http://www\.w3\.org/[A-Za-z0-9/]+")


@pytest.fixture(scope="module")
def assets() -> Assets:
    return Assets()


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*")), ids=lambda path: path.name)
def test_nothing_inline(path: Path) -> None:
    assert not INLINE.search(path.read_text("utf-8"))


@pytest.mark.parametrize("path", sorted(p for p in STATIC.rglob("*") if p.is_file()), ids=lambda path: path.name)
def test_nothing_from_elsewhere(path: Path) -> None:
    assert not ELSEWHERE.search(NOT_LINKS.sub("", path.read_text("utf-8")))


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.js")), ids=lambda path: path.name)
def test_data_is_never_markup(path: Path) -> None:
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", path.read_text("utf-8")
    )


def test_everything_together_is_small(assets: Assets) -> None:
    packed = sum(len(gzip.compress(path.read_bytes(), 9)) for path in STATIC.rglob("*") if path.is_file())
    assert packed <= 100 * 1024, "the first load, page included, is to stay below 150 KB"


def test_kept_for_ever_under_its_digest(assets: Assets) -> None:
    with Flask("test").test_request_context(headers={"Accept-Encoding": "gzip"}) as context:
        answer = assets.answer(assets.digest, "css/base.css", context.request)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert gzip.decompress(answer.data) == (STATIC / "css/base.css").read_bytes()
        assert assets.answer("0" * 16, "css/base.css", context.request).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["nope.css", "../blueprint.py", "/etc/passwd", "css/../../blueprint.py", ""])
def test_only_its_own_files(assets: Assets, name: str) -> None:
    with Flask("test").test_request_context() as context:
        assert assets.answer(assets.digest, name, context.request).status_code == 404


def test_icons_that_are_used_exist() -> None:
    symbols = set(re.findall(r'<symbol id="([a-z-]+)"', (STATIC / "img/icons.svg").read_text("utf-8")))
    templates = "".join(path.read_text("utf-8") for path in TEMPLATES.glob("*.html"))
    scripts = "".join(path.read_text("utf-8") for path in STATIC.rglob("*.js"))
    used = set(re.findall(r"\bicon\(['\"]([a-z-]+)['\"]", templates)) | set(
        re.findall(r"\bicon\(\"([a-z-]+)\"", scripts)
    )
    assert used <= symbols
