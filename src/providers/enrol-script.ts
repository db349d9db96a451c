/**
 * The script behind the command that is pasted on a machine that nobody can dial. It puts the host agent there, exchanges
 * its token for the machine's own identity, and lets systemd run the agent.
 *
 * It is read from a pipe, so nothing of it runs before all of it has arrived. It may be cut off at any point and run
 * again with the same command: the secret that goes with the exchange is kept until that has ended well, and the same
 * exchange gets the same answer. Variables it reads: INVENTIV_MACHINE_ROOT and INVENTIV_SKIP_OS=1 (leaves out root and
 * systemd: whoever asked for that runs `opt/inventiv-host/inventiv-host`).
 */
export interface EnrolOrder {
  readonly controlUrl: string;
  readonly agentSha256: string;
}

export function renderEnrolScript({ controlUrl, agentSha256 }: EnrolOrder): string {
  const values = [`control_url=${quoted(controlUrl)}`, `agent_sha256=${quoted(agentSha256)}`];
  return [HEAD, ...values, BODY].join('\n');
}

/** One word for the shell, whatever it holds. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

const HEAD = `#!/bin/sh
# Enrols this machine with Inventiv. Safe to run again.
set -eu
umask 077`;

const BODY = String.raw`root=\${INVENTIV_MACHINE_ROOT:-}
skip_os=\${INVENTIV_SKIP_OS:-}
etc=$root/etc/inventiv-host opt=$root/opt/inventiv-host state=$root/var/lib/inventiv-host
units=$root/etc/systemd/system

say() { printf 'inventiv: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
is_sum() { printf '%s  %s\n' "$2" "$1" | sha256sum -c - >/dev/null 2>&1; }
write_file() { cat >"$2.new.$$"; chmod "$1" "$2.new.$$"; mv -f "$2.new.$$" "$2"; }

post() {
  curl -sS --connect-timeout 10 --max-time 60 -o "$3" -w '%{http_code}' -H 'content-type: application/json' \
    --data-binary "@$1" "$2" || :
}

# What an answer says that is not the one we want.
detail() {
  said=$(LC_ALL=C tr -cd '\040-\176' <"$state/answer" 2>/dev/null | sed -n 's/.*"detail":"\([^"]*\)".*/\1/p')
  printf '%s' "\${said:-the control plane at $control_url answered $1. Try again, and see that this machine reaches it.}"
}

check_machine() {
  if [ "$skip_os" != 1 ] && [ "$(id -u)" != 0 ]; then fail 'run this as root: ... | sudo sh -s -- TOKEN'; fi
  for tool in curl sha256sum sed awk od tr cut head; do
    command -v "$tool" >/dev/null 2>&1 || fail "this machine has no $tool: install it first"
  done
  if [ "$skip_os" != 1 ] && [ ! -d /run/systemd/system ]; then fail 'this machine is not run by systemd'; fi
}

# A machine that is enrolled stays what it is; its agent is renewed.
is_enrolled() {
  [ -f "$etc/token" ] || return 1
  known=$(cat "$etc/control-url" 2>/dev/null || :)
  if [ "$known" != "$control_url" ]; then
    fail "this machine belongs to the installation at $known. Take it off there first: sudo $opt/inventiv-host uninstall"
  fi
  printf '{"host_token":"%s"}' "$(cat "$etc/token")" >"$state/ask.$$"
  status=$(post "$state/ask.$$" "$control_url/internal/host/ask" "$state/answer")
  rm -f "$state/ask.$$"
  case $status in
    200) return 0 ;;
    # It was removed there: what it was is worth nothing any more.
    401) return 1 ;;
    *) fail "$(detail "$status")" ;;
  esac
}

install_agent() {
  if [ ! -f "$opt/inventiv-host" ] || ! is_sum "$opt/inventiv-host" "$agent_sha256"; then
    curl -fsSL --connect-timeout 10 --max-time 120 --retry 5 -o "$opt/inventiv-host.new.$$" \
      "$control_url/internal/host/agent/$agent_sha256.sh" || fail 'the host agent cannot be downloaded: try again'
    is_sum "$opt/inventiv-host.new.$$" "$agent_sha256" || {
      rm -f "$opt/inventiv-host.new.$$"
      fail 'the host agent has a wrong checksum and was not used: try again'
    }
    chmod 755 "$opt/inventiv-host.new.$$"
    mv -f "$opt/inventiv-host.new.$$" "$opt/inventiv-host"
  fi
}

# The machine's own secret of this exchange: the same until it has ended well.
nonce_of() {
  sum=$(printf '%s' "$1" | sha256sum | cut -d ' ' -f 1)
  if [ "$(cut -d . -f 1 "$etc/enrolling" 2>/dev/null || :)" != "$sum" ]; then
    nonce=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    printf '%s.%s\n' "$sum" "$nonce" | write_file 600 "$etc/enrolling"
  fi
  cut -d . -f 2 "$etc/enrolling"
}

enrol() {
  case $1 in
    inv_enr_*) ;;
    '') fail 'the token is missing: copy the whole command' ;;
    *) fail 'this is no token of an enrolment: copy the whole command' ;;
  esac
  case $1 in *[!A-Za-z0-9_]*) fail 'the token has characters that no token has: copy the whole command' ;; esac
  nonce=$(nonce_of "$1")
  name=$( (hostname 2>/dev/null || uname -n) | LC_ALL=C tr -cd 'A-Za-z0-9._-' | cut -c1-200)
  {
    printf '{"token":"%s","nonce":"%s","hostname":"%s","probe":[' "$1" "$nonce" "$name"
    sh "$opt/inventiv-host" probe
    printf ']}'
  } >"$state/ask.$$"
  status=$(post "$state/ask.$$" "$control_url/internal/host/enrol" "$state/answer")
  rm -f "$state/ask.$$"
  [ "$status" = 200 ] || fail "$(detail "$status")"
  token=$(sed -n 's/^token=\(inv_host_[A-Za-z0-9_]*\)$/\1/p' "$state/answer")
  [ -n "$token" ] || fail "$(detail "$status")"
  called=$(sed -n 's/^name=//p' "$state/answer")
  rm -f "$state/answer"
  printf '%s\n' "$control_url" | write_file 600 "$etc/control-url"
  printf '%s\n' "$token" | write_file 600 "$etc/token"
  rm -f "$etc/enrolling"
  say "this machine is enrolled as $called"
}

start_agent() {
  if [ "$skip_os" = 1 ]; then return 0; fi
  write_file 644 "$units/inventiv-host.service" <<UNIT
[Unit]
Description=Inventiv host agent
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart="$opt/inventiv-host"
Restart=always
RestartSec=5
KillMode=mixed

[Install]
WantedBy=multi-user.target
UNIT
  systemctl daemon-reload
  systemctl enable inventiv-host.service >/dev/null 2>&1
  systemctl restart inventiv-host.service
  say 'systemd runs the host agent. To take it off again: sudo /opt/inventiv-host/inventiv-host uninstall'
}

main() {
  check_machine
  mkdir -p "$etc" "$opt" "$state"
  if is_enrolled; then
    install_agent
    say 'this machine is enrolled already; its agent is the newest'
  else
    install_agent
    enrol "\${1:-}"
  fi
  start_agent
}

main "$@"
`.replaceAll('\\${', '${');
