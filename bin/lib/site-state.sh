# shellcheck shell=bash
# The state of a site, in DIR/.site: both web servers answer 404 for a folder whose name begins with a dot.
#   state  groups  lib/  mail/  log/  run/  mysql/  sallyport.so
SITE_VARIABLES=(PORT HOST DB WORDPRESS NETWORK SERVER WORKERS PHP RUN WITH_EXTENSION)

save_site() { declare -p "${SITE_VARIABLES[@]}" > "$STATE/state"; }

# If the server's user cannot reach the folder, it is a link to one that they can reach: → DIR, and LINK, its given name
# shellcheck disable=SC2034
name_site() {
  LINK='' DIR=$(realpath -ms -- "$1")
  if [ -L "$DIR" ]; then LINK=$DIR DIR=$(realpath -m -- "$DIR"); fi
}

is_site() { [ -s "$1/.site/state" ]; }

# An `up` that was killed leaves such a folder.
is_ruin() { [ -d "$1/.site/lib" ] && ! is_site "$1"; }

# In a function, `declare` would create local variables.
load_site() {
  is_site "$DIR" || die "there is no site in $DIR"
  STATE=$DIR/.site
  # shellcheck disable=SC1090
  . <(sed 's/^declare --/declare -g --/' "$STATE/state")
}

# The path of a socket has at most 107 characters; nginx and mariadbd have theirs here.
choose_run_folder() {
  RUN=$STATE/run
  if [ "${#RUN}" -gt 90 ]; then RUN=$(mktemp -d "${TMPDIR:-/tmp}/sallyport-run.XXXXXX"); fi
  if [ "${#RUN}" -gt 90 ]; then RUN=$(mktemp -d /tmp/sallyport-run.XXXXXX); fi
  mkdir -p "$RUN"
  own "$RUN"
  chmod 755 "$RUN"
}

site_down() {
  rm -f "$LINK"
  [ -e "$DIR" ] || return 0
  STATE=$DIR/.site RUN=$DIR/.site/run
  if is_site "$DIR"; then load_site; else is_ruin "$DIR" || die "there is no site in $DIR: nothing is removed"; fi
  stop_groups KILL
  rm -rf "$RUN" "$DIR"
}
