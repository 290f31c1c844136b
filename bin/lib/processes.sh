# shellcheck shell=bash
# Detached process groups, recorded in $STATE/groups as "name pgid start-time". So no process is
# stopped by its name, nor one that received a recycled pid.

# launch NAME LOGFILE COMMAND…
launch() {
  local name=$1 log=$2 fd pid; shift 2
  (
    # A pipe or lock of the caller that stays open here would never be closed.
    for fd in "/proc/$BASHPID/fd"/*; do
      fd=${fd##*/}
      if [ "$fd" -gt 2 ] && [ "$fd" -ne 255 ]; then eval "exec $fd>&-"; fi
    done
    exec setsid "$@"
  ) </dev/null >>"$log" 2>&1 &
  pid=$!
  disown "$pid"
  # setsid creates the group a moment later; until then a signal to it has no effect
  until [ "$(process_group "$pid")" = "$pid" ] || ! [ -e "/proc/$pid" ]; do sleep 0.01; done
  echo "$name $pid $(start_time "$pid")" >> "$STATE/groups"
}

# the fields of /proc/PID/stat after "pid (name) ": state, parent, group, …
process_stat() { local line; { line=$(<"/proc/$1/stat"); } 2>/dev/null && echo "${line##*) }"; }
process_group() { process_stat "$1" | cut -d' ' -f3; }
start_time() { process_stat "$1" | cut -d' ' -f20; }

# Zombies do not count: in a container, perhaps nothing ever collects them.
group_alive() {
  kill -0 -- "-$1" 2>/dev/null || return 1
  local stat line
  for stat in /proc/[0-9]*/stat; do
    { read -r line < "$stat"; } 2>/dev/null || continue
    line=${line##*) }
    # shellcheck disable=SC2086
    set -- "$1" $line
    if [ "$4" = "$1" ] && [ "$2" != Z ]; then return 0; fi
  done
  return 1
}

# stop_groups SIGNAL [NAME…]: stops the recorded groups (with those names), the last started first
stop_groups() {
  local signal=$1 name group start rest='' i; shift
  [ -s "$STATE/groups" ] || return 0
  while read -r name group start; do
    if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then rest="$name $group $start"$'\n'"$rest"; continue; fi
    if [ -e "/proc/$group" ] && [ "$(start_time "$group")" != "$start" ]; then continue; fi
    kill "-$signal" -- "-$group" 2>/dev/null || continue
    for ((i = 0; i < 400; i++)); do
      group_alive "$group" || break
      sleep 0.025
    done
    kill -KILL -- "-$group" 2>/dev/null || true
  done < <(tac "$STATE/groups")
  printf '%s' "$rest" > "$STATE/groups"
}

group_running() {
  local name group start
  while read -r name group start; do
    if [ "$name" = "$1" ]; then
      [ "$(start_time "$group")" = "$start" ] && group_alive "$group"
      return
    fi
  done < "$STATE/groups"
  return 1
}
