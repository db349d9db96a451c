/**
 * What is run on an owner's machine. Each is one command for the user's shell: it becomes root without ever asking
 * (`sudo -n`), and reads what it needs from its input, so that no secret is among the words of a command.
 *
 * A script is copied whole, compared with its checksum, and only then executed. It runs on without us: a connection
 * that breaks changes nothing, and a script that was killed is run again by the loop beside it, after a reboot too.
 */
import { createHash } from 'node:crypto';

/** Exit codes of ours, told apart from those of programs. */
export const EXIT_CODES = { noSudo: 97, wrongChecksum: 96, otherClaim: 95 } as const;

const FOLDER = `\${INVENTIV_MACHINE_ROOT:-}/var/lib/inventiv-install`;

/** Says what the machine is, as `name=value` lines. Changes nothing, and needs no root. */
export const PROBE = `sh -c ${quoted(`
echo "user=$(id -un)"
echo "uid=$(id -u)"
if [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then echo root=yes; else echo root=no; fi
echo "arch=$(uname -m)"
echo "os=$(. /etc/os-release 2>/dev/null && echo "$PRETTY_NAME")"
echo "cpus=$(getconf _NPROCESSORS_ONLN 2>/dev/null || nproc)"
echo "memory_kb=$(awk "/^MemTotal:/ { print \\$2 }" /proc/meminfo)"
echo "disk_kb=$(df -Pk /var/lib 2>/dev/null | awk "NR == 2 { print \\$4 }")"
for tool in systemctl curl wget sha256sum flock; do
  if command -v $tool >/dev/null 2>&1; then echo "tool=$tool"; fi
done
for runtime in docker podman; do
  if command -v $runtime >/dev/null 2>&1; then echo "runtime=$runtime $($runtime --version 2>/dev/null | head -n 1)"; fi
done
if command -v nvidia-ctk >/dev/null 2>&1; then echo "toolkit=$(nvidia-ctk --version 2>/dev/null | head -n 1)"; fi
if command -v nvidia-smi >/dev/null 2>&1; then
  if rows=$(nvidia-smi --query-gpu=name,memory.total,driver_version,compute_cap --format=csv,noheader,nounits 2>&1); then
    echo "$rows" | while IFS= read -r row; do echo "nvidia=$row"; done
  else
    echo "nvidia_error=$(echo "$rows" | tail -n 1)"
  fi
fi
if command -v rocm-smi >/dev/null 2>&1; then
  echo "rocm=$(rocm-smi --showproductname --showmeminfo vram --showdriverversion --json 2>/dev/null | tr -d "\\n")"
fi
exit 0
`)}`;

/** Starts the script that comes as input, unless it has ended well already or runs now. */
export function launchCommand(claim: string, script: string): string {
  return asRoot(`
set -eu
umask 077
dir=${FOLDER}
mkdir -p "$dir"
new=$dir/new.$$
trap "rm -f \\"$new\\"" EXIT
cat >"$new"
if ! printf "%s  %s\\n" ${sha256(script)} "$new" | sha256sum -c - >/dev/null 2>&1; then
  echo "the copied script has a wrong checksum and was not run" >&2
  exit ${EXIT_CODES.wrongChecksum}
fi
holder=$(cat "$dir/claim" 2>/dev/null || :)
if [ -n "$holder" ] && [ "$holder" != ${claim} ]; then
  echo "this machine is in use by $holder" >&2
  exit ${EXIT_CODES.otherClaim}
fi
echo ${claim} >"$dir/claim.new"
mv -f "$dir/claim.new" "$dir/claim"
if [ "$(cat "$dir/done" 2>/dev/null)" = ${sha256(script)} ]; then exit 0; fi
mv -f "$new" "$dir/script"
cat >"$dir/loop.new" <<"LOOP"
${LOOP}
LOOP
mv -f "$dir/loop.new" "$dir/loop"
if [ -d /run/systemd/system ] && [ "\${INVENTIV_SKIP_OS:-}" != 1 ]; then
  cat >/etc/systemd/system/inventiv-install.service <<UNIT
[Unit]
Description=Installs the Inventiv worker agent
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart=/bin/sh $dir/loop

[Install]
WantedBy=multi-user.target
UNIT
  systemctl daemon-reload
  systemctl enable inventiv-install.service >/dev/null 2>&1
  systemctl start --no-block inventiv-install.service
else
  setsid sh "$dir/loop" </dev/null >/dev/null 2>&1 &
fi
`);
}

/** Runs the script that comes as input and waits for its end; on a machine that another claim holds nothing is done. */
export function uninstallCommand(claim: string): string {
  return asRoot(`
dir=${FOLDER}
holder=$(cat "$dir/claim" 2>/dev/null || :)
if [ -n "$holder" ] && [ "$holder" != ${claim} ]; then cat >/dev/null; exit 0; fi
exec sh -s
`);
}

/** Runs the script until it ends well once, a few times; one such loop at a time. Whoever comes late finds it done. */
const LOOP = `#!/bin/sh
dir=$(dirname "$0")
if command -v flock >/dev/null 2>&1; then exec 8>"$dir/lock"; flock -w 900 8 || exit 0; fi
echo $$ >"$dir/pid"
tries=0
while [ "$tries" -lt 5 ]; do
  sum=$(sha256sum <"$dir/script" | cut -d " " -f 1)
  if [ "$sum" = "$(cat "$dir/done" 2>/dev/null)" ]; then break; fi
  if sh "$dir/script" >>"$dir/output" 2>&1 8>&-; then
    echo "$sum" >"$dir/done"
  else
    tries=$((tries + 1))
    sleep 2 8>&-
  fi
done
rm -f "$dir/pid"`;

function asRoot(script: string): string {
  return `sh -c ${quoted(`
if [ "$(id -u)" = 0 ]; then exec sh -c "$0"; fi
if ! sudo -n true 2>/dev/null; then
  echo "this user may not run sudo without a password" >&2
  exit ${EXIT_CODES.noSudo}
fi
exec sudo -n sh -c "$0"
`)} ${quoted(script)}`;
}

function quoted(text: string): string {
  return `'${text.trim().replaceAll("'", `'\\''`)}'`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
