#!/bin/sh
# mosquitto in its container: it waits for the guard's first lists, and reads them again whenever they change.
# The guard has a container of its own and cannot signal the broker; this shell becomes it, so that $$ is the broker's.
cd "${1:-/broker}" || exit 1
until [ -s lists/acl ]; do sleep 0.2; done
state() { sha256sum lists/* certs/*; }
known=$(state)
while sleep 1 && kill -0 $$; do
    now=$(state)
    [ "$now" = "$known" ] || kill -HUP $$
    known=$now
done 2>/dev/null &
exec mosquitto -c "${2:-/etc/mosquitto.conf}"
