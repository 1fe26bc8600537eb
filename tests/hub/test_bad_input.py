"""Hostile requests: every one gets a problem with a 4xx status, never a 5xx, and the hub goes on."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from people import Api, Login, approved_device

DEEP = "[" * 200_000 + "]" * 200_000
BODIES: list[tuple[str | bytes, str, set[int]]] = [
    ("", "application/json", {400}),
    ("{", "application/json", {400}),
    (DEEP, "application/json", {400}),
    ('{"a":' * 100_000 + "1" + "}" * 100_000, "application/json", {400}),
    ("null", "application/json", {422}),
    ("[]", "application/json", {422}),
    ('"text"', "application/json", {422}),
    (b"\xff\xfe\x00", "application/json", {400}),
    ('{"name": "a", "source_url": "picamera://0", "name": "b"}', "application/json", {422}),
    (
        '{"name": "a", "source_url": "picamera://0", "settings": {"dwell_s": 1, "dwell_s": 2}}',
        "application/json",
        {422},
    ),
    ("name=x", "application/x-www-form-urlencoded", {415}),
    ("{}", "text/plain", {415}),
    ("{}", "", {415}),
    ('{"name": "x\\u0000", "source_url": "picamera://0"}', "application/json", {422}),
    ('{"name": "\\ud800", "source_url": "picamera://0"}', "application/json", {400, 422}),
    ('{"name": 5, "source_url": "picamera://0"}', "application/json", {422}),
    ('{"name": "x", "source_url": "picamera://0", "enabled": "yes"}', "application/json", {422}),
    ('{"name": "x", "source_url": "picamera://0", "extra": 1}', "application/json", {422}),
    ('{"name": "x", "source_url": "picamera://0", "settings": {"min_score": NaN}}', "application/json", {400, 422}),
    (
        '{"name": "x", "source_url": "picamera://0", "settings": {"min_face_px": 1' + "0" * 4000 + "}}",
        "application/json",
        {422},
    ),
    (
        '{"name": "x", "source_url": "picamera://0", "settings": {"include": ' + "[" * 150 + "]" * 150 + "}}",
        "application/json",
        {422},
    ),
    ("1" * 10_000, "application/json", {400, 422}),
    (b"x" * (4 * 1024 * 1024), "application/json", {413}),
]
PATHS = [
    "/api/cameras/0",
    "/api/cameras/-1",
    "/api/cameras/" + "9" * 5000,
    "/api/cameras/1e3",
    "/api/cameras/%00",
    "/api/nope",
    "/api/devices/%00",
    "/api/devices/" + "x" * 500,
    "/api/devices/..%2f",
    "/api/users/9999999999999999",
    "/api/cameras/1/",
    "/api/%ff",
    "/api/cameras/999999999999999",
]
QUERIES = [
    "limit=0",
    "limit=201",
    "limit=x",
    "limit=" + "9" * 5000,
    "limit=1&limit=2",
    "cursor=0",
    "cursor=-1",
    "cursor=%00",
    "cursor=9007199254740993",
    "unknown=1",
    "actor=%00",
    "limit=1%00",
    "=",
    "limit=",
    "actor=" + "x" * 100,
]


@pytest.fixture
def admin(login: Login) -> Api:
    approved_device("door")
    return login("admin")


def check(answer: Any, statuses: set[int]) -> None:
    assert answer.status_code in statuses, answer.text[:500]
    assert answer.mimetype == "application/problem+json"
    body = answer.get_json()
    assert body["status"] == answer.status_code
    assert body["title"]


@pytest.mark.parametrize(("data", "media_type", "statuses"), BODIES, ids=range(len(BODIES)))
def test_bodies(admin: Api, data: str | bytes, media_type: str, statuses: set[int]) -> None:
    check(admin.post("/api/cameras", data=data, content_type=media_type), statuses)
    assert admin.get("/api/cameras").get_json() == {"items": []}


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
def test_paths(admin: Api, path: str) -> None:
    check(admin.get(path), {404})


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_queries(admin: Api, query: str) -> None:
    check(admin.get(f"/api/audit?{query}"), {422})


@pytest.mark.parametrize("query", ["actor=%ff", "actor=%c0%af", "%ff=1"])
def test_bytes_that_are_no_utf_8_are_not_read_as_something_else(admin: Api, query: str) -> None:
    check(admin.get(f"/api/audit?{query}"), {400})


def test_unknown_parameters_are_refused_where_there_are_none(admin: Api) -> None:
    answer = admin.get("/api/cameras?colour=red")
    check(answer, {422})
    assert answer.get_json()["errors"] == [{"field": "query.colour", "detail": "no such parameter"}]


def test_wrong_methods_say_which_are_right(admin: Api) -> None:
    answer = admin.call("PUT", "/api/cameras")
    check(answer, {405})
    assert {"GET", "POST"} <= set(answer.headers["Allow"].replace(" ", "").split(","))


def test_every_wrong_field_is_named_at_once(admin: Api) -> None:
    answer = admin.post("/api/cameras", json={"name": "", "source_url": "x", "device_id": "UPPER", "more": 1})
    fields = {error["field"] for error in answer.get_json()["errors"]}
    assert fields == {"body.name", "body.source_url", "body.device_id", "body.more"}


def test_strangers_learn_nothing_about_their_input(client: FlaskClient) -> None:
    check(client.post("/api/cameras", data="{", content_type="application/json"), {401})
    check(client.get("/api/audit?limit=x"), {401})


def test_an_unexpected_error_is_a_problem_without_details(app: Flask, client: FlaskClient) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/api/broken", view_func=lambda: 1 / 0)
    answer = client.get("/api/broken", headers={"X-Request-Id": "find-me"})
    check(answer, {500})
    assert "ZeroDivision" not in answer.text
    assert (answer.get_json()["request_id"], answer.headers["X-Request-Id"]) == ("find-me", "find-me")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
NAMES = [
    "name",
    "source_url",
    "location",
    "device_id",
    "enabled",
    "settings",
    "username",
    "password",
    "role",
    "camera_ids",
    "csr_pem",
    "token",
    "replace",
    "valid_hours",
    "refresh_token",
    "disabled",
    "current_password",
    "new_password",
]
TARGETS = [
    "/api/cameras",
    "/api/users",
    "/api/devices",
    "/api/enroll",
    "/api/auth/login",
    "/api/auth/signup",
    "/api/auth/refresh",
    "/api/auth/password",
]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(target=st.sampled_from(TARGETS), body=st.dictionaries(st.sampled_from(NAMES), JSON_VALUES, max_size=5))
def test_any_json_at_all(admin: Api, target: str, body: dict[str, Any]) -> None:
    answer = admin.post(target, data=json.dumps(body), content_type="application/json")
    assert answer.status_code < 500, answer.text
