# shellcheck shell=bash
# WordPress cores from Debian suites; the oldest supported one and the SQLite drop-in from npm; as plain files under .cache/.
# The fetchers are separate programs: in a function that is called before ||, an error would not end it.
# shellcheck disable=SC2034
WORDPRESS_NEWEST=7.1
WORDPRESS_OLDEST=6.4 # as in the plugin's header; no Debian suite has it
OLDEST_PACKAGE=@wp-playground/wordpress-builds@0.9.19
DROPIN_PACKAGE=@wp-playground/cli@3.1.56

# wordpress_core 7.1 → prints the folder of that core, and downloads it if it is missing
wordpress_core() {
  local wanted=$1 answer=$CACHE/wordpress/wanted-$1
  local -a fetch=(fetch-wordpress "$wanted")
  [ "$wanted" != "$WORDPRESS_OLDEST" ] || fetch=(fetch-oldest-wordpress "$wanted" "$OLDEST_PACKAGE")
  [ -s "$answer" ] || locked wordpress "$LIB/${fetch[0]}" "${fetch[@]:1}" || return 1
  local version; version=$(<"$answer")
  case $version in
    "$wanted" | "$wanted".*) ;;
    *) warn "WordPress $wanted is in no available suite: using $version" ;;
  esac
  echo "$CACHE/wordpress/$version"
}

# sqlite_dropin → prints the folder of the unpacked SQLite plugin
sqlite_dropin() {
  local folder="$CACHE/sqlite-dropin/${DROPIN_PACKAGE##*@}"
  [ -s "$folder/db.copy" ] || locked dropin "$LIB/fetch-dropin" "$DROPIN_PACKAGE" "$folder" || return 1
  echo "$folder"
}
