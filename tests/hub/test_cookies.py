"""A browser's cookies: out of scripts' reach, no change without the CSRF header, one hub's own."""

from dataclasses import replace
from pathlib import Path

from flask import Flask
from log_ins import ANN, csrf, is_problem, logged_in_browser
from people import account

from hub.services import EXTENSION
from hub.settings import Settings
from hub.web import create_app

USUAL = ["csrf_access", "csrf_refresh"]  # what flask-jwt-extended calls them


def test_cookies_are_out_of_scripts_reach_and_changes_need_the_csrf_header(app: Flask) -> None:
    browser = logged_in_browser(app)
    assert browser.get("/api/auth/me").status_code == 200
    cookie = browser.get_cookie(app.extensions[EXTENSION].cookies.access)
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site) == (True, "Lax")
    is_problem(browser.post("/api/auth/ticket"), 401)
    assert browser.post("/api/auth/ticket", headers=csrf(browser)).status_code == 200
    is_problem(browser.post("/api/auth/ticket", headers={"X-CSRF-TOKEN": "x"}), 401)


def test_cookies_are_secure_behind_https(settings: Settings, app: Flask) -> None:
    account(app, "Ann", "viewer")
    secure = create_app(replace(settings, public_url="https://watch.example")).test_client()
    answer = secure.post("/api/auth/login", json=ANN)
    cookies = answer.headers.getlist("Set-Cookie")
    assert all("Secure" in line for line in cookies)
    named = sorted(line.partition("_token")[0] for line in cookies)
    assert named == ["__Host-access", "__Host-csrf_access", "__Host-csrf_refresh", "__Secure-refresh", *USUAL]
    assert all("Path=/" in line and "Domain" not in line for line in cookies if line.startswith("__Host-"))
    assert "Strict-Transport-Security" in answer.headers


def test_two_hubs_on_one_host_leave_each_others_people_logged_in(
    settings: Settings, app: Flask, tmp_path: Path
) -> None:
    other = create_app(replace(settings, data_dir=tmp_path / "other"))
    browser = logged_in_browser(app)
    elsewhere = other.test_client()
    elsewhere._cookies = browser._cookies  # a browser has one jar for all ports of a host
    assert elsewhere.post("/api/auth/login", json=ANN).status_code == 200
    mine = browser.get_cookie(app.extensions[EXTENSION].cookies.csrf_access)
    assert mine is not None
    for hub in (browser, elsewhere):
        assert hub.get("/api/auth/me").status_code == 200
    assert browser.post("/api/auth/ticket", headers={"X-CSRF-TOKEN": mine.value}).status_code == 200
    assert browser.post("/api/auth/logout", headers={"X-CSRF-TOKEN": mine.value}).status_code == 204
    assert elsewhere.get("/api/auth/me").status_code == 200


def test_the_browser_refreshes_by_cookie(app: Flask) -> None:
    browser = logged_in_browser(app)
    is_problem(browser.post("/api/auth/refresh", json={}), 401)
    answer = browser.post("/api/auth/refresh", json={}, headers=csrf(browser, "refresh"))
    assert answer.status_code == 200, answer.text
    assert browser.get("/api/auth/me").status_code == 200
    assert browser.post("/api/auth/logout", headers=csrf(browser)).status_code == 204
    assert browser.get_cookie(app.extensions[EXTENSION].cookies.access) is None
