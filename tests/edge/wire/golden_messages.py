"""One message of each kind with every field set: what the golden bytes in tests/golden/wire/ hold.

Run this file to write them anew after a wanted change of the contract; the diff is then the change.
"""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from edge.wire import messages as m
from edge.wire.codec import decode, decode_json, encode, encode_json

FOLDER = Path(__file__).parents[2] / "golden" / "wire"
AT = datetime(2025, 3, 9, 17, 30, 5, 250000, tzinfo=UTC)
LATER = datetime(2025, 3, 9, 17, 31, tzinfo=UTC)
VISIT = UUID("0195a7c4-5e2b-7c31-9d52-6f0e5b1d2a10")
COMMAND = UUID("0195a7c4-9999-7c31-9d52-6f0e5b1d2a11")
JPEG = bytes.fromhex("ffd8ffe000104a46494600ffd9")

SETTINGS = m.CameraSettings(
    detections_per_second=2.5,
    min_face_px=24,
    min_score=0.7,
    dwell_s=1.5,
    rearm_s=30.0,
    include=(((0.0, 0.0), (1.0, 0.0), (0.5, 1.0)),),
    exclude=(((0.25, 0.25), (0.5, 0.25), (0.5, 0.5), (0.25, 0.5)),),
    boxes=m.BoxStyle.OVERLAY,
    detect_url="rtsp://camera.example/low",
)
CAMERA = m.CameraDesired("7", "Front door, Tür", "rtsp://user:pass@camera.example/main", True, True, SETTINGS, 960)
OPENED = m.Visit(VISIT, "7", AT, None, 1, 0.875, (640.0, 120.5, 88.0, 96.0), JPEG, sha256(JPEG).digest(), 41)
CLOSED = m.Visit(VISIT, "7", AT, LATER, 2, 0.96875, (600.0, 100.0, 120.0, 130.0), JPEG, sha256(JPEG).digest(), 42)

CBOR: dict[str, m.Visit | m.Ack | m.Desired | m.Reported | m.Command | m.Answer] = {
    "visit-opened": OPENED,
    "visit-closed": CLOSED,
    "visit-without-picture": m.Visit(VISIT, "7", AT, LATER, 1, 0.5, (0, 0, 1, 1), b"", sha256(b"").digest(), 43),
    "ack": m.Ack((m.Committed(VISIT, 41), m.Committed(VISIT, 42))),
    "desired": m.Desired(12, (CAMERA, m.CameraDesired("8", "Yard", "file:///srv/yard.mp4", enabled=False)), VISIT),
    "desired-empty": m.Desired(0),
    "reported": m.Reported(
        12,
        "0.1.0",
        (
            m.CameraReported(
                "7",
                m.CameraState.ONLINE,
                AT,
                "",
                m.StreamState.LIVE,
                1280,
                720,
                25.0,
                "h264",
                m.BoxStyle.OVERLAY,
                "the camera sends B-frames",
            ),
            m.CameraReported("8", m.CameraState.OFFLINE, LATER, "connection refused"),
        ),
    ),
    "command-probe": m.Command(COMMAND, m.Action.PROBE, url="rtsp://camera.example/main"),
    "command-selftest": m.Command(COMMAND, m.Action.SELFTEST),
    "command-snapshot": m.Command(COMMAND, m.Action.SNAPSHOT, camera="7"),
    "answer-snapshot": m.Answer(COMMAND, picture=JPEG),
    "answer-probe": m.Answer(COMMAND, details={"codec": "h264", "width": 1280, "fps": 24.5}),
    "answer-error": m.Answer(COMMAND, error="no such camera: 9"),
}
JSON: dict[str, m.Status | m.Health | m.Selftest] = {
    "selftest": m.Selftest(AT, (m.Checked("disk", True, "812 MB free"), m.Checked("camera 7", False, "no answer"))),
    "status-online": m.Status(True, AT, "0.1.0"),
    "status-offline": m.Status(False, AT, "0.1.0"),
    "health": m.Health(
        at=AT,
        uptime_s=3600.5,
        cpu_percent=37.5,
        memory_mb=180.25,
        outbox_length=3,
        outbox_oldest_s=12.5,
        disk_free_mb=20480.0,
        temperature_c=51.5,
        throttled=False,
        pictures_dropped=4,
        visits_dropped=1,
        trouble="disk full",
        pictures_shrunk=7,
        cameras=(
            m.CameraHealth("7", 1500, 2, 300, 3.5, 80.0, 210.0, 460.5, 42.0, 61.5, "libx264"),
            m.CameraHealth("8", 0, 0, 0),
        ),
    ),
    "health-least": m.Health(AT, 0.0, 0.0, 0.0, 0, 0.0, 0.0),
}


def write() -> None:
    """Write every golden file, checking that it reads back."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, message in CBOR.items():
        assert decode(type(message), encode(message)) == message
        (FOLDER / f"{name}.cbor").write_bytes(encode(message))
    for name, plain in JSON.items():
        assert decode_json(type(plain), encode_json(plain)) == plain
        (FOLDER / f"{name}.json").write_bytes(encode_json(plain))


if __name__ == "__main__":
    write()
