# Sourced by every script of eng: where the product is, builds, packages, ports, waits. A script sets `set -euo pipefail` and its folder first.
# Gives $dll, $loadgen, $patience; build_product, need_packages, need_tools, free_ports, wait_until, raise_open_files, at_end.

root=$PWD
dll="$root/src/Gateway/bin/Release/net10.0/gateway.dll"
loadgen="$root/benchmarks/Gateway.LoadGen/bin/Release/net10.0/gateway-loadgen"
# Seconds that a foreign program gets to start, or a queue to empty. A cold and busy machine needs a minute where an idle one needs a second.
patience=${GATEWAY_PATIENCE:-120}
script=$(basename "$0" .sh)
export PATH="$PATH:/usr/sbin:/sbin" PYTHONPATH="$root/eng/lib" PYTHONDONTWRITEBYTECODE=1

# Commands to run when the script ends, last first. The exit status of the script is in $status.
ends=() status=0
at_end() { ends=("$*" "${ends[@]}"); }
end_of_script() {
  status=$?
  trap - EXIT
  set +e
  local one
  for one in "${ends[@]}"; do eval "$one"; done
  exit "$status"
}
trap end_of_script EXIT
trap 'exit 130' INT TERM

# The lines `from` to `to` of the script's own head, as help.
usage() { sed -n "$1,$2s/^# \{0,1\}//p" "$0" >&2; exit 2; }

# Builds the gateway and the further projects, unless $build is no and they are there. A line says what takes the time.
build_product() {
  if [ "${build:-yes}" = yes ] || [ ! -f "$dll" ]; then
    local project
    for project in src/Gateway "$@"; do
      echo "$script: building $project" >&2
      dotnet build "$project" -c Release -v quiet -nologo >&2
    done
  fi
}

need_tools() { # hint, tools
  local hint=$1 tool
  shift
  for tool in "$@"; do
    command -v "$tool" >/dev/null 2>&1 || { echo "$script: $tool is missing ($hint)" >&2; exit 2; }
  done
}

# Installs Debian packages. Another run of apt is waited for. No service is started: on a real server the package of an MTA would else listen on port 25.
need_packages() {
  [ $# -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "$script: missing $*; install them (apt-get install $*) and run again." >&2
    return 2
  fi
  echo "$script: installing $*" >&2
  local guard=/usr/sbin/policy-rc.d log result=0
  log=$(mktemp)
  if [ ! -e "$guard" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$guard"
    chmod 755 "$guard"
    at_end "rm -f $guard"
  else
    guard=''
  fi
  { apt-get -o DPkg::Lock::Timeout=300 update -qq &&
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "$@"; } >"$log" 2>&1 || result=2
  [ -z "$guard" ] || rm -f "$guard"
  if [ "$result" -ne 0 ]; then tail -20 "$log" >&2; fi
  rm -f "$log"
  return "$result"
}

# Gives each named variable a loopback port that no other script of eng takes while this one runs: the shell keeps the lock of its file. The range lies
# below the ports that the kernel gives to connections (ip_local_port_range), so that no connection takes it in between. The same in lib/ports.py.
free_ports() {
  local name port descriptor tries
  mkdir -p /tmp/gateway-ports
  for name in "$@"; do
    for ((tries = 0; ; tries++)); do
      [ "$tries" -lt 2000 ] || { echo "$script: no free port from 20000 to 31999" >&2; exit 1; }
      port=$((20000 + RANDOM % 12000))
      exec {descriptor}>"/tmp/gateway-ports/$port"
      if flock -n "$descriptor" && ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
      exec {descriptor}>&-
    done
    printf -v "$name" %s "$port"
  done
}

# Waits until the command succeeds; after $patience seconds it says what did not happen, and the tail of the log if one is named in $log_of_wait.
wait_until() { # what, command
  local what=$1 began=$SECONDS
  shift
  until "$@" >/dev/null 2>&1; do
    if [ $((SECONDS - began)) -ge "$patience" ]; then
      echo "$script: $what did not happen within $patience s (GATEWAY_PATIENCE, load $(cut -d' ' -f1 /proc/loadavg))" >&2
      [ -z "${log_of_wait:-}" ] || tail -n 20 "$log_of_wait" >&2
      return 1
    fi
    sleep 0.1
  done
}

# As many open files as a script needs; a hard limit below that is said.
raise_open_files() {
  local hard
  hard=$(ulimit -Hn)
  if [ "$hard" != unlimited ] && [ "$hard" -lt "$1" ]; then
    echo "$script: $1 open files are needed, the hard limit is $hard (ulimit -Hn)" >&2
    exit 2
  fi
  ulimit -n "$1"
}
