#!/bin/bash
# Raspberry Pi OS Bookworm runs this once, before anything else, and restarts. It must always end well: no set -e.
for boot in /boot/firmware /boot; do [ -f "$boot/watchpost/card.env" ] && break; done
. "$boot/watchpost/card.env"
custom=/usr/lib/raspberrypi-sys-mods/imager_custom

if [ -x "$custom" ]; then "$custom" set_hostname "$WATCHPOST_NAME"; else
  echo "$WATCHPOST_NAME" >/etc/hostname
  sed -i "s/^127\.0\.1\.1.*/127.0.1.1\t$WATCHPOST_NAME/" /etc/hosts
fi
grep -q '^127\.0\.1\.1' /etc/hosts || printf '127.0.1.1\t%s\n' "$WATCHPOST_NAME" >>/etc/hosts
ln -sf "/usr/share/zoneinfo/$WATCHPOST_TIMEZONE" /etc/localtime
echo "$WATCHPOST_TIMEZONE" >/etc/timezone

if [ -s "$boot/watchpost/authorized_keys" ]; then
  # No password at all: the key is the only way in.
  if [ -x /usr/lib/userconf-pi/userconf ]; then /usr/lib/userconf-pi/userconf "$WATCHPOST_USER" '*'; fi
  getent passwd "$WATCHPOST_USER" >/dev/null || useradd --create-home --shell /bin/bash --groups adm,sudo,video "$WATCHPOST_USER"
  home=$(getent passwd "$WATCHPOST_USER" | cut -d: -f6)
  install -d -o "$WATCHPOST_USER" -g "$WATCHPOST_USER" -m 700 "$home/.ssh"
  install -o "$WATCHPOST_USER" -g "$WATCHPOST_USER" -m 600 "$boot/watchpost/authorized_keys" "$home/.ssh/authorized_keys"
  echo "$WATCHPOST_USER ALL=(ALL) NOPASSWD:ALL" >/etc/sudoers.d/010_watchpost
  chmod 440 /etc/sudoers.d/010_watchpost
  install -d -m 755 /etc/ssh/sshd_config.d
  echo 'PasswordAuthentication no' >/etc/ssh/sshd_config.d/10-watchpost.conf
fi

for connection in "$boot"/watchpost/*.nmconnection; do
  [ -f "$connection" ] || continue
  install -d -m 700 /etc/NetworkManager/system-connections
  # NetworkManager ignores connections that others may read. The card keeps no copy of the key.
  install -m 600 "$connection" /etc/NetworkManager/system-connections/ && rm -f "$connection"
done
if [ -n "$WATCHPOST_COUNTRY" ]; then
  if command -v raspi-config >/dev/null; then raspi-config nonint do_wifi_country "$WATCHPOST_COUNTRY"; fi
  for radio in /var/lib/systemd/rfkill/*:wlan; do [ ! -e "$radio" ] || echo 0 >"$radio"; done
fi

sh "$boot/watchpost/install.sh" later
sed -i 's| systemd\.[^ ]*||g' "$boot/cmdline.txt"
# Bookworm's initramfs rewrites everything from the next line on: it must stay the last step.
rm -f "$boot/firstrun.sh"
exit 0
