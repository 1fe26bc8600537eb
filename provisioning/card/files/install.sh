#!/bin/sh
# First boot, part one: puts what the card brought where it belongs. Needs no network and takes a second.
# `install.sh now` also starts part two (cloud-init); without it part two starts after the next boot (firstrun.sh).
set -eu
card=$(cd "$(dirname "$0")" && pwd)

install -d -m 755 /etc/watchpost /opt/watchpost
install -m 644 "$card/card.env" /etc/watchpost/card.env
rm -f /etc/watchpost/hub-ca.pem
[ ! -f "$card/hub-ca.pem" ] || install -m 644 "$card/hub-ca.pem" /etc/watchpost/hub-ca.pem
install -m 644 "$card/edge.toml" /etc/watchpost/edge.toml
install -m 755 "$card/setup.sh" "$card/agent.sh" /opt/watchpost/
install -m 644 "$card/watchpost-setup.service" "$card/watchpost-edge.service" /etc/systemd/system/
install -d -m 755 /etc/systemd/journald.conf.d /etc/systemd/system.conf.d
# The card wears out by writing: the journal is small and written rarely.
printf '[Journal]\nSystemMaxUse=64M\nSyncIntervalSec=15m\n' >/etc/systemd/journald.conf.d/watchpost.conf
# A Raspberry Pi's hardware watchdog takes 15 s at most.
printf '[Manager]\nRuntimeWatchdogSec=14s\nRebootWatchdogSec=2min\n' >/etc/systemd/system.conf.d/watchpost.conf

# A new start on a card that was set up before: part two runs again.
rm -f /etc/watchpost/setup-done
systemctl daemon-reload || true
systemctl enable --quiet watchpost-setup.service
systemctl enable --quiet ssh || true
if [ "${1:-later}" = now ]; then
  systemctl start --no-block ssh || true
  systemctl start --no-block watchpost-setup.service
fi
