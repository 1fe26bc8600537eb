"""A camera simulator for tests: gst-rtsp-server under the system's Python (`/usr/bin/python3 rtsp_camera.py ...`).

Prints `{"port": N}` once it listens on 127.0.0.1. Kill it, stop it (SIGSTOP), start it again on the same port: it is
a camera that dies, stalls and returns.
"""

import argparse
import json
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

CODERS = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast threads=1 bitrate=600 key-int-max={gop} ! "
    "video/x-h264,profile=baseline ! rtph264pay name=pay0 pt=96 config-interval=-1",
    "h264-bframes": "x264enc speed-preset=veryfast threads=1 bframes=2 b-adapt=false bitrate=600 key-int-max={gop} ! "
    "video/x-h264,profile=main ! rtph264pay name=pay0 pt=96 config-interval=-1",
    "h265": "x265enc tune=zerolatency speed-preset=ultrafast bitrate=600 key-int-max={gop} ! "
    "rtph265pay name=pay0 pt=96 config-interval=-1",
    "mjpeg": "jpegenc ! rtpjpegpay name=pay0 pt=26",
}
SOUND = " audiotestsrc is-live=true ! alawenc ! rtppcmapay name=pay1 pt=8"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--path", default="/cam")
    parser.add_argument("--codec", choices=CODERS, default="h264")
    parser.add_argument("--size", default="320x240")
    parser.add_argument("--fps", type=int, default=15)
    parser.add_argument("--gop", type=int, default=15)
    parser.add_argument("--sound", action="store_true")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--resize-after-s", type=float)
    parser.add_argument("--resize-to", default="640x480")
    return parser.parse_args()


def launch(options: argparse.Namespace) -> str:
    source = f"videotestsrc is-live=true pattern=ball ! capsfilter name=shape caps={caps(options.size, options.fps)}"
    sound = SOUND if options.sound else ""
    return f"( {source} ! {CODERS[options.codec].format(gop=options.gop)}{sound} )"


def caps(size: str, fps: int) -> str:
    width, height = size.split("x")
    return f"video/x-raw,format=I420,width={width},height={height},framerate={fps}/1"


def protect(
    server: GstRtspServer.RTSPServer, factory: GstRtspServer.RTSPMediaFactory, user: str, password: str
) -> None:
    auth, token = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    auth.add_digest(user, password, token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    factory.set_permissions(permissions)


def resize_later(factory: GstRtspServer.RTSPMediaFactory, options: argparse.Namespace) -> None:
    def configured(_factory: object, media: GstRtspServer.RTSPMedia) -> None:
        shape = media.get_element().get_by_name("shape")

        def resize() -> bool:
            shape.set_property("caps", Gst.Caps.from_string(caps(options.resize_to, options.fps)))
            return False

        GLib.timeout_add(int(options.resize_after_s * 1000), resize)

    factory.connect("media-configure", configured)


def main() -> None:
    options = arguments()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(options.port))
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(launch(options))
    factory.set_shared(True)
    if options.user:
        protect(server, factory, options.user, options.password or "")
    if options.resize_after_s is not None:
        resize_later(factory, options)
    server.get_mount_points().add_factory(options.path, factory)
    if server.attach(None) == 0:
        sys.exit("cannot listen")
    print(json.dumps({"port": server.get_bound_port()}), flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
