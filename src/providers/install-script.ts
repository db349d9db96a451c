import type { Secret } from '#kernel/secret.ts';
import { MACHINE_CHECKS } from './machine-checks.ts';
import { UNINSTALL_SCRIPT } from './uninstall-script.ts';

/**
 * The script that turns a machine into a worker: user data of a cloud's server, or run over SSH on a bare one.
 *
 * It may run any number of times, be killed at any point and run again: downloads are verified against the checksums
 * written here before anything of them is executed, files appear by atomic rename, the previous agent is kept beside
 * the new one. Every step is a line in `var/log/inventiv/install.log`, and what commands complained of when it fails.
 * Until there is an agent the script sends that log itself, as well as it can: nothing waits long for it.
 *
 * Variables it reads: INVENTIV_MACHINE_ROOT (prefix of every path), INVENTIV_SKIP_OS=1 (leaves out users and systemd:
 * whoever asked for that executes `etc/inventiv/run`, as systemd does), INVENTIV_NODE (a Node 24 that is there already),
 * INVENTIV_MACHINE_ADDRESS (the address to listen on, for agent and engine), INVENTIV_POWER_OFF_COMMAND (with
 * INVENTIV_SKIP_OS: how this machine is switched off).
 *
 * Where the machine may be switched off, the agent finds a command for it in INVENTIV_POWER_OFF_COMMAND. The agent has
 * no rights of its own: under systemd the command leaves a file, and a unit of root's sees it.
 */
export interface InstallOrder {
  readonly controlUrl: string;
  readonly instanceId: string;
  /** Used once, bound to this instance; what a provider keeps of its user data is worthless soon. */
  readonly bootstrapToken: Secret;
  readonly workerUrl: string;
  readonly workerSha256: string;
  readonly nodeUrl: string;
  readonly nodeSha256: string;
  /** False on machines that nobody rents by the hour: an owner's machine is never switched off by its agent. */
  readonly mayPowerOff: boolean;
}

/**
 * On rented machines two programs of root's are left behind, run by systemd at each boot. `mount-cache` gives the model
 * cache the fastest disk that is empty, or carries its label already; a disk that holds anything is never touched.
 * `run-user-data` is for Scaleway, whose cloud-init runs user data once: it runs it again when it has changed, so that
 * a machine with a dead agent can be installed anew from outside.
 */
export function renderInstallScript(order: InstallOrder): string {
  const fixed = JSON.stringify({
    control_url: order.controlUrl,
    instance_id: order.instanceId,
    bootstrap_token: order.bootstrapToken.reveal(),
    agent_port: 8080,
    data_port: 8000,
    engine_port: 8001,
  });
  const values = [
    `worker_url=${quoted(order.workerUrl)}`,
    `worker_sha256=${quoted(order.workerSha256)}`,
    `node_url=${quoted(order.nodeUrl)}`,
    `node_sha256=${quoted(order.nodeSha256)}`,
    `control_url=${quoted(order.controlUrl)}`,
    // Open at its end: the lines follow.
    `report_head=${quoted(`${JSON.stringify({ instance_id: order.instanceId, bootstrap_token: order.bootstrapToken.reveal() }).slice(0, -1)},"lines":[`)}`,
    `may_power_off=${order.mayPowerOff ? '1' : ''}`,
    // Open at its end: the script adds what only the machine knows.
    `config=${quoted(fixed.slice(0, -1))}`,
  ];
  const parts = { checks: MACHINE_CHECKS, uninstall: UNINSTALL_SCRIPT };
  const body = BODY.replace(/^@(checks|uninstall)@\n/gm, (_mark, name: keyof typeof parts) => parts[name]);
  return [HEAD, ...values, body].join('\n');
}

/** One word for the shell, whatever it holds. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

const HEAD = `#!/bin/sh
# Installs the Inventiv worker agent. Safe to run again.
set -eu
umask 022`;

const BODY = String.raw`
root=\${INVENTIV_MACHINE_ROOT:-}
skip_os=\${INVENTIV_SKIP_OS:-}
address=\${INVENTIV_MACHINE_ADDRESS:-0.0.0.0}
engine_host=\${INVENTIV_MACHINE_ADDRESS:-127.0.0.1}
node=\${INVENTIV_NODE:-$root/opt/inventiv/node}
etc=$root/etc/inventiv opt=$root/opt/inventiv state=$root/var/lib/inventiv log=$root/var/log/inventiv
user=inventiv

step() { printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >>"$log/install.log"; }
fail() { failed=1; step "failed: $*" || :; printf 'install: %s\n' "$*" >&2; exit 1; }
plain() { case $2 in *[!A-Za-z0-9_./:@+,=\ -]*) printf 'install: %s has characters that cannot be used\n' "$1" >&2; exit 1 ;; esac; }

post() {
  if command -v curl >/dev/null 2>&1; then
    curl -fsS --connect-timeout 2 --max-time 5 -H 'content-type: application/json' --data-binary "@$2" "$1"
  elif command -v wget >/dev/null 2>&1; then
    wget -q -T 5 -t 1 -O /dev/null --header 'content-type: application/json' --post-file "$2" "$1"
  elif [ -n "\${INVENTIV_NODE:-}" ]; then
    "$node" -e 'fetch(process.argv[1],{method:"POST",headers:{"content-type":"application/json"},body:require("fs").readFileSync(process.argv[2]),signal:AbortSignal.timeout(5000)}).then(r=>process.exit(r.ok?0:1),()=>process.exit(1))' "$1" "$2"
  else
    return 1
  fi
}

# The lines of this run, at most the last hundred, to the control plane. What came before is known there. The token is
# in a file that only root reads, never among the words of a command.
send_log() {
  for tool in tail cut tr sed; do command -v "$tool" >/dev/null 2>&1 || return 1; done
  report=$state/install-report.$$
  (
    umask 077
    {
      printf '%s' "$report_head"
      tail -n "+$((lines_before + 1))" "$log/install.log" | tail -n 100 | LC_ALL=C tr -cd '\012\040-\176' |
        LC_ALL=C cut -c1-500 | LC_ALL=C sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/.*/"&"/' -e '$!s/$/,/'
      printf ']}'
    } >"$report"
    post "$control_url/internal/worker/install-log" "$report"
  ) >/dev/null 2>&1 9>&- && sent=0 || sent=1
  rm -f "$report"
  return $sent
}

# A control plane that does not answer costs one wait, not one for each step.
tell() {
  if [ "$can_tell" = 1 ]; then send_log || can_tell=0; fi
}

# Complaints of commands go into a file until the end, so that a failure can be told with them.
finish() {
  code=$?
  set +e
  exec 2>&3
  cat "$complaints" >&2 2>/dev/null
  if [ "$code" != 0 ]; then
    [ "$failed" = 1 ] || step "failed: ended with code $code"
    tail -n 20 "$complaints" 2>/dev/null | LC_ALL=C tr -cd '\012\040-\176' 2>/dev/null | cut -c1-400 2>/dev/null |
      while IFS= read -r line; do case $line in 'install: '*) ;; *) step "stderr: $line" ;; esac; done
    send_log
  fi
  rm -f "$complaints"
  if [ "$holds_lock" = 1 ]; then rm -rf "$state/install.lock.d"; fi
  exit "$code"
}

fetch_once() {
  if command -v curl >/dev/null 2>&1; then
    curl -fsSL --connect-timeout 10 --max-time 900 --retry 5 --retry-connrefused -o "$2" "$1"
  elif command -v wget >/dev/null 2>&1; then
    wget -q -T 30 -t 5 -O "$2" "$1"
  elif [ -n "\${INVENTIV_NODE:-}" ]; then
    "$node" -e 'fetch(process.argv[1]).then(async r=>{if(!r.ok)throw new Error("HTTP "+r.status);require("fs").writeFileSync(process.argv[2],Buffer.from(await r.arrayBuffer()))}).catch(e=>{console.error(e.message);process.exit(1)})' "$1" "$2"
  else
    fail 'neither curl nor wget is installed'
  fi
}

# A connection that broke off in the middle is worth another try; a server that said no (22, 8) is not.
fetch() {
  for pause in 1 2 4; do
    if fetch_once "$@"; then return 0; else status=$?; fi
    case $status in 22 | 8) return 1 ;; esac
    sleep $pause
  done
  fetch_once "$@"
}

is_sum() { printf '%s  %s\n' "$2" "$1" | sha256sum -c - >/dev/null 2>&1; }

# Name, URL, checksum, mode. The file appears whole and verified, or not at all.
install_file() {
  if [ -f "$opt/$1" ] && is_sum "$opt/$1" "$3"; then step "$1 is there already"; return; fi
  # Without the lock's descriptor: a download that outlives a killed script must not hold it.
  fetch "$2" "$opt/$1.new.$$" 9>&- || fail "cannot download $1"
  is_sum "$opt/$1.new.$$" "$3" || { rm -f "$opt/$1.new.$$"; fail "$1 has a wrong checksum and was not used"; }
  chmod "$4" "$opt/$1.new.$$"
  if [ -f "$opt/$1" ]; then ln -f "$opt/$1" "$opt/$1.previous"; fi
  mv -f "$opt/$1.new.$$" "$opt/$1"
  step "$1 installed"
}

write_file() { cat >"$2.new.$$"; chmod "$1" "$2.new.$$"; mv -f "$2.new.$$" "$2"; }

take_lock() {
  if command -v flock >/dev/null 2>&1; then
    exec 9>"$state/install.lock"
    flock -w 600 9 || fail 'another installation does not end'
  else
    tries=0
    until mkdir "$state/install.lock.d" 2>/dev/null; do
      holder=$(cat "$state/install.lock.d/pid" 2>/dev/null || :)
      if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then rm -rf "$state/install.lock.d"; continue; fi
      tries=$((tries + 1))
      [ "$tries" -lt 600 ] || fail 'another installation does not end'
      sleep 1
    done
    holds_lock=1
    echo $$ >"$state/install.lock.d/pid"
  fi
}

plain INVENTIV_MACHINE_ROOT "$root"
plain INVENTIV_MACHINE_ADDRESS "$address"
plain INVENTIV_NODE "$node"
if [ "$skip_os" != 1 ] && [ "$(id -u)" != 0 ]; then
  echo 'install: run this as root' >&2
  exit 1
fi
mkdir -p "$etc" "$opt" "$state" "$log"
failed=0 holds_lock=0 can_tell=1
lines_before=$(wc -l <"$log/install.log" 2>/dev/null) 2>/dev/null || lines_before=0
complaints=$state/install-complaints.$$
exec 3>&2 2>"$complaints"
trap finish EXIT
take_lock
# What a killed run left half-written.
rm -f "$opt"/*.new.* "$etc"/*.new.* "$state"/install-report.*
for left in "$state"/install-complaints.*; do kill -0 "\${left##*.}" 2>/dev/null || rm -f "$left"; done
step "begin, worker \${worker_sha256}"
tell

install_file worker.mjs "$worker_url" "$worker_sha256" 644
tell
if [ -z "\${INVENTIV_NODE:-}" ]; then install_file node "$node_url" "$node_sha256" 755; fi

umask 077
whole=$(printf '%s,"listen_address":"%s","engine_host":"%s","state_dir":"%s","log_dir":"%s"}' \
  "$config" "$address" "$engine_host" "$state" "$log")
# Another order than the last time: it also outdates what the agent was told to install since.
if [ "$whole" != "$(cat "$etc/worker.json" 2>/dev/null || :)" ]; then rm -rf "$state/agent"; fi
printf '%s\n' "$whole" | write_file 600 "$etc/worker.json"
step 'configuration written'

# Inherited from the machine, unless the order forbids it.
forget=
if [ "$may_power_off" != 1 ]; then forget='unset INVENTIV_POWER_OFF_COMMAND'; fi
# Starts the agent that an order has put in place since, when that is whole; else the one from here.
write_file 755 "$etc/run" <<RUN
#!/bin/sh
$forget
program="$opt/worker.mjs"
if [ -f "$state/agent/current" ]; then
  sum=\$(cat "$state/agent/current")
  ordered="$state/agent/\$sum.mjs"
  if printf '%s  %s\n' "\$sum" "\$ordered" | sha256sum -c - >/dev/null 2>&1; then program=\$ordered; fi
fi
exec "$node" "\$program" --config "$etc/worker.json"
RUN

# Takes all of this off the machine again.
write_file 755 "$opt/inventiv-uninstall" <<'UNINSTALL'
@uninstall@
UNINSTALL

if [ "$may_power_off" = 1 ]; then
  # The folder of programs is root's: what runs as root must not lie where the agent may write.
  write_file 755 "$opt/mount-cache" <<CACHE
#!/bin/sh
# Mounts the disk of the model cache. Formats only what is empty: no label, no partition, no signature.
set -u
cache="$state/models" label=inventiv-cache
own() { if getent passwd "$user" >/dev/null 2>&1; then chown "$user" "\$cache"; fi; }
mkdir -p "\$cache" && own
if mountpoint -q "\$cache"; then exit 0; fi
disk=\$(blkid -L "\$label" 2>/dev/null) || disk=
if [ -z "\$disk" ]; then
  for name in \$(lsblk -dnbpo NAME,TYPE,RO,SIZE 2>/dev/null | awk '\$2 == "disk" && \$3 == 0 && \$4 >= 10000000000 { print \$4, \$1 }' | sort -rn | awk '{ print \$2 }'); do
    if [ "\$(lsblk -nlpo NAME "\$name" | wc -l)" != 1 ]; then continue; fi
    if [ -n "\$(lsblk -dnpo MOUNTPOINT "\$name" | tr -d ' ')" ]; then continue; fi
    if [ -n "\$(wipefs -n "\$name" 2>/dev/null || echo unreadable)" ]; then continue; fi
    if mkfs.ext4 -q -m 0 -L "\$label" "\$name"; then disk=\$name; break; fi
  done
fi
# Without a disk of its own the cache is on the root, which was sized for it.
if [ -z "\$disk" ]; then exit 0; fi
mount "\$disk" "\$cache" && own
exit 0
CACHE
  write_file 755 "$opt/run-user-data" <<USERDATA
#!/bin/sh
# Runs the user data that the provider holds now, when it is not what ran last.
# INVENTIV_USER_DATA_URL: where it is asked for, in place of Scaleway's own address.
url=\$INVENTIV_USER_DATA_URL
if [ -z "\$url" ]; then url=http://169.254.42.42/user_data/cloud-init ports='--local-port 1-1023'; fi
new="$opt/user-data.new" ran="$opt/user-data.sum"
got=
for pause in 2 5 10 20 0; do
  # Answered to root alone, which is told by the port that asks.
  if curl -fsS \$ports --connect-timeout 5 --max-time 20 -o "\$new" "\$url"; then got=1; break; fi
  sleep "\$pause"
done
if [ -z "\$got" ] || [ "\$(head -c 2 "\$new")" != '#!' ]; then rm -f "\$new"; exit 0; fi
sum=\$(sha256sum <"\$new" | cut -d ' ' -f 1)
if [ "\$sum" = "\$(cat "\$ran" 2>/dev/null)" ]; then rm -f "\$new"; exit 0; fi
if /bin/sh "\$new"; then code=0; printf '%s\n' "\$sum" >"\$ran"; else code=1; fi
rm -f "\$new"
exit "\$code"
USERDATA
  # What runs here is what the provider holds: the next boot need not run it again.
  if [ -f "$0" ] && [ "$(head -c 2 "$0" 2>/dev/null)" = '#!' ]; then
    sha256sum <"$0" | cut -d ' ' -f 1 | write_file 644 "$opt/user-data.sum"
  fi
fi

if [ "$skip_os" = 1 ]; then
  step 'done, the agent is started by etc/inventiv/run'
  exit 0
fi

umask 022
@checks@
tell
getent passwd "$user" >/dev/null || useradd --system --home-dir "$state" --shell /usr/sbin/nologin "$user"
groups=
for group in docker video render; do
  if getent group "$group" >/dev/null; then groups="$groups $group"; fi
done
chown "$user" "$etc/worker.json"
chown -R "$user" "$state" "$log"
step "user $user is there, in groups:$groups"

units=$root/etc/systemd/system
mkdir -p "$units"
power_off=
if [ "$may_power_off" = 1 ]; then
  power_off="Environment=\"INVENTIV_POWER_OFF_COMMAND=touch '$state/power-off'\""
  # The file goes first, or the machine would switch itself off again at its next boot.
  write_file 644 "$units/inventiv-power-off.service" <<UNIT
[Unit]
Description=Switches off a machine whose worker agent was left alone

[Service]
Type=oneshot
ExecStart=/bin/sh -c 'rm -f "$state/power-off" && exec systemctl poweroff'
UNIT
  write_file 644 "$units/inventiv-power-off.path" <<UNIT
[Unit]
Description=Waits for the worker agent's wish to switch off

[Path]
PathExists=$state/power-off

[Install]
WantedBy=multi-user.target
UNIT
  write_file 644 "$units/inventiv-cache.service" <<UNIT
[Unit]
Description=Mounts the disk of the model cache
Before=inventiv-worker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart="$opt/mount-cache"

[Install]
WantedBy=multi-user.target
UNIT
else
  rm -f "$units/inventiv-power-off.service" "$units/inventiv-power-off.path" "$units/inventiv-cache.service"
fi
# Not before the worker: it may restart that, and would wait for itself.
reads_user_data=
if [ "$may_power_off" = 1 ] && grep -q Scaleway /sys/class/dmi/id/sys_vendor 2>/dev/null; then
  reads_user_data=1
  write_file 644 "$units/inventiv-user-data.service" <<UNIT
[Unit]
Description=Runs new user data of the provider
Wants=network-online.target
After=network-online.target cloud-final.service

[Service]
Type=oneshot
ExecStart="$opt/run-user-data"

[Install]
WantedBy=multi-user.target
UNIT
fi
write_file 644 "$units/inventiv-worker.service" <<UNIT
[Unit]
Description=Inventiv worker agent
Wants=network-online.target
After=network-online.target docker.service
StartLimitIntervalSec=0

[Service]
User=$user
SupplementaryGroups=$groups
ExecStart="$etc/run"
# Optional: HF_TOKEN=..., INVENTIV_VLLM_IMAGE=...; root's own file, read before the user changes.
EnvironmentFile=-$etc/worker.env
$power_off
Restart=always
RestartSec=1
TimeoutStopSec=40
KillMode=mixed
LimitNOFILE=65536
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=$state $log
ProtectHome=yes
PrivateTmp=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
ProtectClock=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
LockPersonality=yes
UMask=0077

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable inventiv-worker.service
if [ "$may_power_off" = 1 ]; then
  systemctl enable --now inventiv-power-off.path
  systemctl enable inventiv-cache.service
  systemctl restart inventiv-cache.service || step 'the model cache has no disk of its own'
fi
if [ -n "$reads_user_data" ]; then systemctl enable inventiv-user-data.service; fi
systemctl restart inventiv-worker.service
step 'done, systemd runs the agent'
`.replaceAll('\\${', '${');
