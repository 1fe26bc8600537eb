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
  # The system brought its own.
  [ -n "$WATCHPOST_REQUIREMENT" ] || { [ -x "$venv/bin/watchpost-edge" ] || fail "there is no agent in this system"; return 0; }
  release=/opt/watchpost/releases/card
  # The card may bring another version than last time.
  grep -qsx "$WATCHPOST_MADE_AT" "$release/.complete" || {
    sh /opt/watchpost/agent.sh "$release" "$WATCHPOST_REQUIREMENT" "$WATCHPOST_OFFLINE" "$card/wheels" 2>/run/watchpost-agent.err \
      || { cat /run/watchpost-agent.err >&2; fail "$(tail -n 1 /run/watchpost-agent.err)"; }
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
# An image was made under emulation, where compiling takes longest; from the next start on the agent starts faster.
[ -n "$WATCHPOST_REQUIREMENT" ] || nice -n 19 "$venv/bin/python" -m compileall -q "$(readlink -f "$venv")/lib" >/dev/null 2>&1 || true
