#!/bin/sh
# Installs the Debian packages that some tests need, where root or sudo allows; else says which tests will be skipped.
set -u
missing=""
need() { # need COMMAND-OR-FILE PACKAGES... : which tests
  command -v "$1" >/dev/null 2>&1 || [ -e "$1" ] || { shift; missing="$missing $*"; }
}
need chromium chromium
need mosquitto mosquitto
need ffmpeg ffmpeg
need gcc gcc libc6-dev
need "$(ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null || echo none)" libfaketime
need mcopy mtools
need /usr/sbin/mkfs.vfat dosfstools
need /usr/sbin/sfdisk fdisk
need "$(ls /usr/lib/*/girepository-1.0/GstRtspServer-1.0.typelib 2>/dev/null || echo none)" \
  gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav
[ -z "$missing" ] && exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null && as_root="sudo -n" || {
    echo "not root and no sudo: without$missing the tests that need them are skipped (browser, real broker, camera simulator)"
    exit 0
  }
fi
echo "installing$missing ..."
export DEBIAN_FRONTEND=noninteractive
{ $as_root apt-get update -q && $as_root apt-get install -y -q --no-install-recommends $missing; } >/dev/null 2>&1 \
  || echo "could not install$missing: the tests that need them are skipped"
# A packaged mosquitto service would listen on 1883; the tests start their own.
$as_root service mosquitto stop >/dev/null 2>&1 || true
