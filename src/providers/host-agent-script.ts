/**
 * The agent of a machine that nobody can dial. It asks the control plane what to do, fetches the order, compares it
 * with its checksum, runs it as root, and says what became of it. It knows nothing of what it runs: orders are whole,
 * so this program need not be renewed with the control plane.
 *
 * It may be killed at any point. An order whose end was not told is run again, and each is made for that; an end that
 * was not heard is told again. Variables it reads: INVENTIV_MACHINE_ROOT and INVENTIV_SKIP_OS, as the install script
 * does.
 */
import { createHash } from 'node:crypto';
import { PROBE } from './host-commands.ts';

const BODY = String.raw`#!/bin/sh
# The host agent of Inventiv: asks the control plane what to do on this machine, and does it.
#   inventiv-host             asks for ever, as systemd runs it
#   inventiv-host probe       says what this machine is, as lines of JSON
#   inventiv-host uninstall   takes the agent off this machine
set -u
umask 077
root=\${INVENTIV_MACHINE_ROOT:-}
skip_os=\${INVENTIV_SKIP_OS:-}
etc=$root/etc/inventiv-host opt=$root/opt/inventiv-host state=$root/var/lib/inventiv-host
units=$root/etc/systemd/system

say() { printf 'inventiv-host: %s\n' "$*" >&2; }

look() {
@probe@
}

# Lines as members of a list of JSON.
as_json() {
  LC_ALL=C tr -cd '\012\040-\176' | LC_ALL=C cut -c1-3000 | head -n 150 |
    LC_ALL=C sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/.*/"&"/' -e '$!s/$/,/'
}

# A file to an address, the answer into another file; says the status, 000 when there was none. The token is in the
# file, never among the words of a command.
post() {
  curl -sS --connect-timeout 10 --max-time 60 -o "$3" -w '%{http_code}' -H 'content-type: application/json' \
    --data-binary "@$1" "$2" 2>/dev/null || :
}

answered() { sed -n "s/^$1=\([A-Za-z0-9._]*\)\$/\1/p" "$state/answer" | head -n 1; }

run_order() {
  rm -f "$state/order" "$state/order.new"
  printf '{"host_token":"%s","order":"%s"}' "$token" "$1" >"$state/fetch"
  status=$(post "$state/fetch" "$control_url/internal/host/order" "$state/order.new")
  rm -f "$state/fetch"
  if [ "$status" != 200 ]; then say "the order $1 was not given out ($status)"; return 1; fi
  if ! printf '%s  %s\n' "$2" "$state/order.new" | sha256sum -c - >/dev/null 2>&1; then
    say "the order $1 arrived damaged and was not run"
    rm -f "$state/order.new"
    return 1
  fi
  mv -f "$state/order.new" "$state/order"
  say "runs the order $1"
  sh "$state/order" >"$state/output" 2>&1 </dev/null 9>&-
  code=$?
  say "the order $1 ended with $code"
  rm -f "$state/order"
  words=$(tail -n 1 "$state/output" | LC_ALL=C tr -cd '\040\041\043-\133\135-\176' | cut -c1-300)
  printf '{"order":"%s","code":%s,"words":"%s"}' "$1" "$code" "$words" >"$state/done.new"
  mv -f "$state/done.new" "$state/done"
  if [ "$code" != 0 ]; then has_failed=1; fi
}

ask() {
  {
    printf '{"host_token":"%s","agent_sha256":"%s"' "$token" "$sum"
    if [ "$wants_probe" = 1 ]; then
      printf ',"probe":['
      look 2>/dev/null | as_json
      printf ']'
    fi
    if [ -f "$state/done" ]; then
      printf ',"done":'
      cat "$state/done"
    fi
    printf '}'
  } >"$state/ask"
  status=$(post "$state/ask" "$control_url/internal/host/ask" "$state/answer")
  rm -f "$state/ask"
}

ask_for_ever() {
  mkdir -p "$state"
  if command -v flock >/dev/null 2>&1; then
    exec 9>"$state/lock"
    flock -n 9 || { say 'runs already'; exit 0; }
  fi
  if [ ! -f "$etc/token" ] || [ ! -f "$etc/control-url" ]; then say 'is not enrolled'; exit 1; fi
  token=$(cat "$etc/token")
  control_url=$(cat "$etc/control-url")
  sum=$(sha256sum <"$opt/inventiv-host" | cut -d ' ' -f 1)
  wants_probe=1 has_failed=0 last=
  while :; do
    pause=10
    ask
    if [ "$status" != "$last" ]; then say "the control plane answers $status"; last=$status; fi
    case $status in
      200)
        rm -f "$state/done"
        wants_probe=$(answered probe)
        pause=$(answered pause)
        order=$(answered order)
        # What has failed waits a while.
        if [ -n "$order" ] && [ "$has_failed" = 0 ] && run_order "$order" "$(answered sha256)"; then continue; fi
        has_failed=0
        ;;
      # Removed by its owner. It may be enrolled again under this very process.
      401) pause=60 ;;
      # Something in it is not taken: what the machine is can wait, what was done cannot.
      400 | 413 | 422) wants_probe=0 ;;
    esac
    sleep "\${pause:-10}"
  done
}

uninstall() {
  if [ "$skip_os" != 1 ] && [ "$(id -u)" != 0 ]; then say 'uninstall: run this as root'; exit 1; fi
  claim=$(cat "$root/var/lib/inventiv-install/claim" 2>/dev/null || :)
  if [ -n "$claim" ] && [ "\${1:-}" != --anyway ]; then
    say "an instance ($claim) is on this machine. Terminate it first, or run: inventiv-host uninstall --anyway"
    exit 1
  fi
  if [ "$skip_os" != 1 ] && command -v systemctl >/dev/null 2>&1; then
    systemctl disable --now inventiv-host.service >/dev/null 2>&1
    rm -f "$units/inventiv-host.service"
    systemctl daemon-reload
  fi
  rm -rf "$etc" "$state" "$opt"
  say 'nothing of the host agent is left on this machine. Remove the machine in the dashboard too.'
}

case \${1:-} in
  '') ask_for_ever ;;
  probe) look 2>/dev/null | as_json ;;
  uninstall) uninstall "\${2:-}" ;;
  *) say "unknown word $1"; exit 2 ;;
esac
`.replaceAll('\\${', '${');

export const HOST_AGENT = BODY.replace('@probe@\n', () => `${PROBE}\n`);
export const HOST_AGENT_SHA256 = createHash('sha256').update(HOST_AGENT).digest('hex');
