#!/bin/sh
# rootfs.sh SUITE FILE.tar: a small Debian machine with systemd and cloud-init; what a hub installs lies in its apt cache,
# so that it needs no way out. About a minute.
set -eu
later="postgresql mosquitto caddy unattended-upgrades"
exec mmdebstrap --mode=root --variant=minbase --skip=cleanup/apt \
  --aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
  --include=systemd,systemd-sysv,dbus,libpam-systemd,udev,procps,tzdata,ca-certificates,netbase,iproute2,curl \
  --include=openssh-server,sudo,cloud-init,python3,python3-venv,python3-apt \
  --customize-hook="chroot \$1 apt-get install -y -q --no-install-recommends --download-only $later" \
  --customize-hook='rm -f $1/etc/ssh/ssh_host_*; : >$1/etc/machine-id' \
  "$1" "$2"
