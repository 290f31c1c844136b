# shellcheck shell=bash
# Shared by all our scripts: paths, messages on stderr, the server's user, locks.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
LIB=$ROOT/bin/lib
CACHE=$ROOT/.cache
EXTENSION_BUILT=$ROOT/target/release/libsallyport.so
export ROOT LIB CACHE EXTENSION_BUILT

say() { printf '%s\n' "$*" >&2; }
warn() { say "warning: $*"; }
die() { say "error: $*"; exit 1; }

# Prints the comment at the beginning of the script.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2; }
# takes_no_arguments "$@"
takes_no_arguments() { case ${1:-} in '') ;; -h | --help) usage; exit 0 ;; *) usage; exit 2 ;; esac; }

# A web server that runs as root would hide bugs of permissions, and php-fpm and MariaDB refuse to.
if [ "$(id -u)" = 0 ]; then SERVER_USER=www-data; else SERVER_USER=$(id -un); fi

AS_SERVER=()
if [ "$(id -u)" = 0 ]; then AS_SERVER=(setpriv --reuid="$SERVER_USER" --regid="$SERVER_USER" --clear-groups); fi

as_server() { "${AS_SERVER[@]}" "$@"; }

# As root, changes the owner of a site's files, but never of a folder of the machine: an empty variable must not
# lead to `chown -R /`.
own() {
  local path
  [ "$(id -u)" = 0 ] || return 0
  for path in "$@"; do
    case $(realpath -m -- "$path") in
      "$ROOT" | "${HOME:-/}") die "will not change the owner of $path" ;;
      /*/*) ;;
      *) die "will not change the owner of $path" ;;
    esac
  done
  chown -R "$SERVER_USER:" -- "$@"
}
own_folder() { [ "$(id -u)" != 0 ] || chown "$SERVER_USER:" "$@"; }

# Sites share the files of a core by hard links, because thousands of copies would take seconds. The files are
# read-only, so that no site can change another's.
freeze() {
  chmod -R u=rwX,go=rX "$1"
  find "$1" -type f -exec chmod a-w {} +
}

copy_frozen() {
  mkdir -p "$2"
  cp -al "$1/." "$2/" 2>/dev/null || cp -a "$1/." "$2/"
}

readable_by_server() { as_server test -r "$1" && as_server test -x "$(dirname "$1")"; }

# retried COMMAND…: runs it up to three times, because a network may fail once
retried() { "$@" || { sleep 5; "$@"; } || { sleep 20; "$@"; }; }

# locked NAME COMMAND…: runs one at a time, over all invocations from this checkout
locked() {
  local name=$1; shift
  mkdir -p "$CACHE/locks"
  ( flock 9; "$@" 9>&- ) 9>"$CACHE/locks/$name"
}
