/**
 * What an engine needs of a machine and the install script does not bring: a driver, a container runtime, and what
 * gives GPUs to containers. Each is one line of the install log; what is missing is told with what to do, and stops
 * nothing, because some engines do without.
 */
export const MACHINE_CHECKS = String.raw`
check_driver() {
  if command -v nvidia-smi >/dev/null 2>&1; then
    if ! said=$(nvidia-smi --query-gpu=driver_version,name --format=csv,noheader 2>&1); then
      step "warning: nvidia-smi fails, so no GPU can be used: install the NVIDIA driver anew and reboot"
      return 0
    fi
    # One line for each GPU.
    count=0 driver=''
    while IFS= read -r row; do count=$((count + 1)) driver=\${row%%,*} name=\${row#*, }; done <<ROWS
$said
ROWS
    step "check: $count x $name, NVIDIA driver $driver"
    case \${driver%%.*} in
      '' | *[!0-9]*) ;;
      *) if [ "\${driver%%.*}" -lt 525 ]; then step "warning: the NVIDIA driver $driver is too old: install 525 or newer"; fi ;;
    esac
    if ! command -v nvidia-ctk >/dev/null 2>&1; then
      step 'warning: containers cannot use the GPUs: install the package nvidia-container-toolkit'
    fi
  elif [ -e /dev/kfd ]; then
    step 'check: the AMD GPU driver is there'
  else
    step 'warning: no GPU driver was found: models that need a GPU do not start here'
  fi
}

check_runtime() {
  for runtime in docker podman; do
    if ! command -v "$runtime" >/dev/null 2>&1; then continue; fi
    if said=$("$runtime" info --format '{{.ServerVersion}}' 2>/dev/null) || said=$("$runtime" --version 2>/dev/null); then
      if [ "$runtime" = docker ] && ! docker info >/dev/null 2>&1; then
        step 'warning: docker does not answer: start it with systemctl enable --now docker'
      else
        step "check: container runtime $runtime $said"
      fi
      return 0
    fi
  done
  step 'warning: there is no container runtime: install docker for engines that run in containers'
}

check_driver
check_runtime
`
  .replaceAll('\\${', '${')
  .trimStart();
