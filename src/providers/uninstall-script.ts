/**
 * Takes everything off a machine that the install script put there: the agent, its units and containers, its user, its
 * files and the models it kept. May be run any number of times, also on a machine where the installation broke off or
 * still runs. It ends well only when nothing is left. The install script leaves it behind as `inventiv-uninstall`.
 *
 * Variables it reads: INVENTIV_MACHINE_ROOT and INVENTIV_SKIP_OS, as the install script does.
 */
export const UNINSTALL_SCRIPT = String.raw`#!/bin/sh
# Removes the Inventiv worker agent and all that belongs to it. Safe to run again.
set -u
root=\${INVENTIV_MACHINE_ROOT:-}
skip_os=\${INVENTIV_SKIP_OS:-}
etc=$root/etc/inventiv opt=$root/opt/inventiv state=$root/var/lib/inventiv log=$root/var/log/inventiv
install=$root/var/lib/inventiv-install
units=$root/etc/systemd/system
user=inventiv

if [ "$skip_os" != 1 ] && [ "$(id -u)" != 0 ]; then
  echo 'uninstall: run this as root' >&2
  exit 1
fi

# An installation that still runs would put back what is removed here.
pid=$(cat "$install/pid" 2>/dev/null || :)
case $pid in
  '' | *[!0-9]*) ;;
  *) if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q -F "$install/loop"; then kill -s KILL -- "-$pid" 2>/dev/null; fi ;;
esac

if [ "$skip_os" != 1 ] && command -v systemctl >/dev/null 2>&1; then
  for unit in inventiv-install.service inventiv-worker.service inventiv-power-off.path inventiv-power-off.service \
    inventiv-cache.service inventiv-user-data.service; do
    if [ -f "$units/$unit" ]; then
      systemctl disable --now "$unit" >/dev/null 2>&1
      rm -f "$units/$unit"
    fi
  done
  systemctl daemon-reload
fi

for runtime in docker podman; do
  if [ "$skip_os" != 1 ] && command -v "$runtime" >/dev/null 2>&1; then
    "$runtime" ps -aq --filter name=^inventiv- 2>/dev/null | while IFS= read -r container; do
      "$runtime" rm -f "$container" >/dev/null 2>&1
    done
  fi
done

if command -v mountpoint >/dev/null 2>&1 && mountpoint -q "$state/models" 2>/dev/null; then
  umount "$state/models" || exit 1
fi
# The programs last: as long as they are there, this can be run again from them.
for folder in "$etc" "$state" "$log" "$install" "$opt"; do
  if [ -e "$folder" ]; then rm -rf --one-file-system "$folder"; fi
done
if [ "$skip_os" != 1 ] && getent passwd "$user" >/dev/null; then
  pkill -KILL -u "$user" 2>/dev/null
  userdel "$user" 2>/dev/null || { sleep 1; userdel "$user"; }
fi

left=
for folder in "$etc" "$state" "$log" "$install" "$opt"; do
  if [ -e "$folder" ]; then left="$left $folder"; fi
done
if [ "$skip_os" != 1 ] && getent passwd "$user" >/dev/null; then left="$left user:$user"; fi
if [ -n "$left" ]; then
  echo "uninstall: could not remove$left" >&2
  exit 1
fi
echo 'uninstall: nothing of Inventiv is left on this machine'
`.replaceAll('\\${', '${');
