# shellcheck shell=bash
# What every script of ours shares: places, words on stderr, the server's user, locks.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
LIB=$ROOT/bin/lib
CACHE=$ROOT/.cache
EXTENSION_BUILT=$ROOT/target/release/libsallyport.so
export ROOT LIB CACHE EXTENSION_BUILT

say() { printf '%s\n' "$*" >&2; }
warn() { say "warning: $*"; }
die() { say "error: $*"; exit 1; }

# What a script says of itself in the comment that it begins with.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2; }
# takes_no_arguments "$@"
takes_no_arguments() { case ${1:-} in '') ;; -h | --help) usage; exit 0 ;; *) usage; exit 2 ;; esac; }

# Web servers as root would hide permission bugs, and php-fpm and MariaDB refuse to.
if [ "$(id -u)" = 0 ]; then SERVER_USER=www-data; else SERVER_USER=$(id -un); fi

AS_SERVER=()
if [ "$(id -u)" = 0 ]; then AS_SERVER=(setpriv --reuid="$SERVER_USER" --regid="$SERVER_USER" --clear-groups); fi

as_server() { "${AS_SERVER[@]}" "$@"; }

# Root gives away what is in a site, and never a folder of the machine: a variable that came out empty must not
# end as `chown -R /`.
own() {
  local path
  [ "$(id -u)" = 0 ] || return 0
  for path in "$@"; do
    case $(realpath -m -- "$path") in
      "$ROOT" | "${HOME:-/}") die "will not give $path away" ;;
      /*/*) ;;
      *) die "will not give $path away" ;;
    esac
  done
  chown -R "$SERVER_USER:" -- "$@"
}
own_folder() { [ "$(id -u)" != 0 ] || chown "$SERVER_USER:" "$@"; }

# Sites share the files of a core through hard links (thousands of copies would take seconds):
# read-only, so that no site can write into another's.
freeze() {
  chmod -R u=rwX,go=rX "$1"
  find "$1" -type f -exec chmod a-w {} +
}

copy_frozen() {
  mkdir -p "$2"
  cp -al "$1/." "$2/" 2>/dev/null || cp -a "$1/." "$2/"
}

readable_by_server() { as_server test -r "$1" && as_server test -x "$(dirname "$1")"; }

# retried COMMAND…: up to three times, what a network may refuse once
retried() { "$@" || { sleep 5; "$@"; } || { sleep 20; "$@"; }; }

# locked NAME COMMAND…: one at a time, over all invocations from this checkout
locked() {
  local name=$1; shift
  mkdir -p "$CACHE/locks"
  ( flock 9; "$@" 9>&- ) 9>"$CACHE/locks/$name"
}
