# shellcheck shell=bash
# bin/site up, in the order of its steps.

site_up() {
  fresh=no
  read_up_options "$@"
  if [ -n "$given_extension" ] || [ "$given_without" = yes ]; then "$ROOT/bin/setup" --no-build; else "$ROOT/bin/setup"; fi
  open_site
  trap 'up_failed $?' EXIT
  settle_options
  if [ "$fresh" = yes ]; then populate; fi
  install_parts
  if [ "$DB" = mariadb ]; then start_mariadb; fi
  settle_address
  install_plugins
  start_server
  until wait_for_site; do move_on; done
  trap - EXIT
  save_site
  print_site
}

read_up_options() {
  DIR='' LINK='' given_port='' given_db='' given_wordpress='' given_server='' given_workers='' given_php=''
  given_extension='' given_without=no given_network=no
  given_plugins=() given_defines=()
  local argument option
  while [ $# -gt 0 ]; do
    option=$1 argument=''
    shift
    case $option in
      --multisite | --without-extension) ;;
      --*=*) argument=${option#*=} option=${option%%=*} ;;
      *) [ $# -gt 0 ] || die "$option: unknown, or without its value"; argument=$1; shift ;;
    esac
    case $option in
      --dir) name_site "$argument" ;;
      --port) [[ $argument =~ ^[0-9]+$ ]] || die "--port needs a number"; given_port=$argument ;;
      --db) [[ $argument =~ ^(sqlite|mariadb)$ ]] || die "--db is sqlite or mariadb"; given_db=$argument ;;
      --wordpress) [[ $argument =~ ^[0-9]+\.[0-9]+(\.[0-9]+)?$ ]] || die "--wordpress needs a version, such as $WORDPRESS_NEWEST"; given_wordpress=$argument ;;
      --multisite) given_network=yes ;;
      --server) [[ $argument =~ ^(cli|fpm)$ ]] || die "--server is cli or fpm"; given_server=$argument ;;
      --workers) [[ $argument =~ ^[1-9][0-9]*$ ]] || die "--workers needs a number"; given_workers=$argument ;;
      --plugin) [ -d "$argument" ] || die "no such folder: $argument"; given_plugins+=("$(realpath -s -- "$argument")") ;;
      --define) [[ $argument =~ ^[A-Za-z_][A-Za-z0-9_]*= ]] || die "--define needs NAME=VALUE, not: $argument"; given_defines+=("$argument") ;;
      --extension) [ -f "$argument" ] || die "no such file: $argument"; given_extension=$(realpath -- "$argument") ;;
      --without-extension) given_without=yes ;;
      --php) given_php=$(command -v "$argument") || die "no such PHP: $argument" ;;
      *) usage; die "unknown option: $option" ;;
    esac
  done
  [ -z "$given_extension" ] || [ "$given_without" = no ] || die "--extension and --without-extension exclude each other"
}

# A new folder, or one that is a site already. We do not write into any other.
open_site() {
  if [ -z "$DIR" ]; then DIR=$(mktemp -d "${TMPDIR:-/tmp}/sallyport-site.XXXXXX"); fi
  [[ $DIR =~ ^[A-Za-z0-9/._+@,=~-]+$ ]] || die "web servers and WordPress need a path without special characters, not: $DIR"
  if [ -z "$LINK" ]; then move_within_reach; fi
  STATE=$DIR/.site
  if is_ruin "$DIR"; then site_down; fi
  if ! is_site "$DIR"; then
    if [ -n "$(ls -A "$DIR" 2>/dev/null)" ]; then die "$DIR is neither empty nor a site"; fi
    fresh=yes
  fi
  mkdir -p "$STATE"/{lib,mail,log}
  chmod 755 "$DIR"
  as_server test -x "$DIR" || { rm -rf "$STATE"; die "the web server's user ($SERVER_USER) cannot access $DIR"; }
  if [ -n "$LINK" ]; then ln -sfnT "$DIR" "$LINK"; fi
  exec 6>"$STATE/lock"
  flock -n 6 || die "another bin/site is working on $DIR"
}

# The web server's user could not access a private folder, such as root's own or a temporary one.
move_within_reach() {
  local parent
  parent=$(realpath -m -- "$DIR/..")
  while [ ! -d "$parent" ]; do parent=$(dirname "$parent"); done
  if as_server test -x "$parent"; then return; fi
  if [ -e "$DIR" ] && ! rmdir "$DIR" 2>/dev/null; then return; fi # not empty: its content decides
  mkdir -p "$(dirname "$DIR")"
  LINK=$DIR DIR=$(mktemp -d "${TMPDIR:-/tmp}/sallyport-site.XXXXXX")
}

up_failed() {
  [ "$1" -ne 0 ] || return 0
  if [ "$fresh" = yes ]; then
    stop_groups KILL
    rm -rf "${RUN:-$STATE/run}" "$DIR" "$LINK"
  else
    stop_groups TERM
  fi
  exit "$1"
}

settle_options() {
  if [ "$fresh" = yes ]; then
    PORT='' HOST='' DB=${given_db:-sqlite} NETWORK=no SERVER=cli WORKERS=4 PHP=$(command -v php) WITH_EXTENSION=no
    WORDPRESS=${given_wordpress:-$WORDPRESS_NEWEST}
    choose_run_folder
  else
    load_site
    [ "${given_db:-$DB}" = "$DB" ] || die "this site is on $DB: its data is there"
    case $WORDPRESS in
      "${given_wordpress:-$WORDPRESS}" | "${given_wordpress:-$WORDPRESS}".*) ;;
      *) die "this site is WordPress $WORDPRESS" ;;
    esac
    [ "$given_network" = no ] || [ "$NETWORK" = yes ] || die "this site is not a network"
    mkdir -p "$RUN"
    own "$RUN"
  fi
  SERVER=${given_server:-$SERVER} WORKERS=${given_workers:-$WORKERS} PHP=${given_php:-$PHP}
  if [ "$SERVER" = fpm ]; then fpm_of "$PHP" >/dev/null || die "no php-fpm beside $PHP: --server cli"; fi
  as_server "$PHP" -n -r '' || die "the web server's user ($SERVER_USER) cannot run $PHP"
  # During a restart the port is free. If the site came back under another address, no earlier token or cookie would be valid.
  if [ -n "$PORT" ]; then hold_port "$PORT" || true; fi
  stop_groups TERM
  if [ -n "$given_port" ] && [ "$given_port" != "$PORT" ]; then
    PORT=$given_port
    if port_in_use "$PORT"; then die "port $PORT is in use"; fi
  elif [ -z "$PORT" ]; then
    choose_port
  elif port_in_use "$PORT"; then
    die "port $PORT is in use by something else now; give another with --port"
  fi
}

# A new site is a copy of a core, and of the database of a new installation.
populate() {
  local core template
  core=$(wordpress_core "$WORDPRESS") || die "no WordPress $WORDPRESS"
  template=$(database_template "$core") || die "WordPress was not installed"
  copy_frozen "$core" "$DIR"
  mkdir -p "$DIR/wp-content"/{mu-plugins,plugins,uploads}
  if [ "$DB" = sqlite ]; then
    install_dropin
    cp -a "$template" "$DIR/wp-content/database"
  else
    cp -a "$template" "$STATE/mysql"
    own "$STATE/mysql"
  fi
  # shellcheck disable=SC2016
  WORDPRESS=$(sed -n "s/.*\$wp_version = '\([^']*\)';.*/\1/p" "$DIR/wp-includes/version.php") HOST=$TEMPLATE_HOST
  : > "$STATE/log/debug.log"
  own "$DIR"/* "$STATE/mail" "$STATE/log"
  own_folder "$DIR"
}

install_dropin() {
  local dropin folder=$DIR/wp-content/mu-plugins/sqlite-database-integration
  dropin=$(sqlite_dropin) || die "no SQLite drop-in"
  copy_frozen "$dropin" "$folder"
  sed "s#{SQLITE_IMPLEMENTATION_FOLDER_PATH}#$folder#; s#{SQLITE_PLUGIN}#sqlite-database-integration/load.php#" "$dropin/db.copy" > "$DIR/wp-content/db.php"
}

# The site has its own copies: the server's user may not be able to read the repository, and a
# new build of the extension must not change a running server.
install_parts() {
  local file=${given_extension:-$EXTENSION_BUILT}
  cp -a "$LIB/site/." "$LIB/wp-cli/." "$STATE/lib/"
  cp "$LIB/site/mu-plugin.php" "$DIR/wp-content/mu-plugins/throw-away-site.php"
  if ! cmp -s "$file" "$STATE/sallyport.so"; then rm -rf "$STATE/compiled"; fi
  rm -f "$STATE/sallyport.so"
  if [ -f "$file" ]; then
    cp "$file" "$STATE/sallyport.so"
    chmod 644 "$STATE/sallyport.so"
  fi
  WITH_EXTENSION=no
  if [ "$given_without" = no ]; then
    [ -f "$STATE/sallyport.so" ] || die "there is no extension: $file"
    WITH_EXTENSION=yes
    # shellcheck disable=SC2016
    if ! as_server "$PHP" -n -d "extension=$STATE/sallyport.so" -r 'exit(extension_loaded("sallyport") ? 0 : 1);' >&2; then
      [ -n "$given_extension" ] || die "the extension does not load into $PHP"
      warn "$given_extension does not load into $PHP"
    fi
  fi
}

# write_config true|false (a network)
write_config() {
  # shellcheck disable=SC2016
  jq -n --arg dir "$DIR" --arg host "$HOST" --arg db "$DB" --arg socket "$RUN/db.sock" --argjson network "$1" \
    '{$dir, $host, $db, $socket, $network, defines: $ARGS.positional}' --args -- "${given_defines[@]}" |
    "$PHP" -n "$STATE/lib/write-config.php"
}

# Addresses are in the database; a network also has one in wp-config.php.
settle_address() {
  local host=127.0.0.1:$PORT network=false new_network=''
  if [ "$NETWORK" = yes ]; then network=true; fi
  if [ "$given_network" = yes ] && [ "$NETWORK" = no ]; then new_network=network; fi
  write_config "$network"
  own "$DIR/wp-config.php"
  if [ "$HOST" != "$host" ] || [ -n "$new_network" ]; then
    WITH_EXTENSION=no site_php "$STATE/lib/move.php" "$host" "$new_network" >&2 || die "the address was not set"
    HOST=$host
    if [ -n "$new_network" ]; then NETWORK=yes; fi
    if [ "$NETWORK" = yes ]; then
      write_config true
      own "$DIR/wp-config.php"
    fi
  fi
  save_site
}

install_plugins() {
  local plugin target with=$WITH_EXTENSION
  local -a folders=()
  if [ -f "$ROOT/wp-plugin/sallyport.php" ]; then
    folders+=(sallyport)
    install_plugin "$ROOT/wp-plugin" sallyport
  else
    warn "wp-plugin/sallyport.php is not there: a site without Sallyport"
  fi
  for plugin in "${given_plugins[@]}"; do
    folders+=("$(basename "$plugin")")
    install_plugin "$plugin" "$(basename "$plugin")"
  done
  [ "${#folders[@]}" -gt 0 ] || return 0
  # A site without the extension was once activated with it.
  if [ -f "$STATE/sallyport.so" ]; then WITH_EXTENSION=yes; fi
  site_script -d "auto_prepend_file=$STATE/lib/prepend.php" "$STATE/lib/activate.php" "${folders[@]}" >&2 || die "a plugin could not be activated"
  WITH_EXTENSION=$with
}

install_plugin() {
  local target=$DIR/wp-content/plugins/$2
  rm -rf "$target"
  # Not with the old time: opcache may have compiled another folder of this name. Nor with the present time: opcache does not
  # cache files that are younger than two seconds.
  cp -rL "$1" "$target"
  find "$target" -type f -exec touch -d '3 seconds ago' {} +
  chmod -R u+rwX,go+rX "$target"
  own "$target"
}

# Another process has taken our port.
move_on() {
  local reason; reason=$(tail -n 3 "$STATE/log/server.log")
  stop_groups TERM web fpm
  tries=$((${tries:-0} + 1))
  if [ -n "$given_port" ] || [ "$tries" -gt 3 ]; then die "the web server does not start: $reason"; fi
  choose_port
  settle_address
  start_server
}

print_site() {
  # shellcheck disable=SC2016
  jq -nc --arg dir "${LINK:-$DIR}" --argjson port "$PORT" --arg db "$DB" --arg wordpress "$WORDPRESS" \
    --arg php "$("$PHP" -n -r 'echo PHP_VERSION;')" \
    '{url: "http://127.0.0.1:\($port)", $port, $dir, $db, $wordpress, $php, user: "admin", password: "password",
      mail_dir: "\($dir)/.site/mail", debug_log: "\($dir)/.site/log/debug.log"}'
}
