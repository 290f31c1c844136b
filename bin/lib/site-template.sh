# shellcheck shell=bash
# The database of a new WordPress, for each version and kind of database: installing takes
# seconds, copying none. Each site still gets its own address, salts and plugins.

# shellcheck disable=SC2034
TEMPLATE_HOST=site.invalid

# database_template CORE → prints the folder to copy
database_template() {
  local core=$1 key
  key=$(basename "$core")-$DB-$(cat "$LIB/site/install.php" "$LIB/database.sh" "$LIB/wordpress.sh" | sha256sum | head -c 12)
  [ -d "$CACHE/databases/$key" ] || locked "database-$key" "$LIB/make-database" "$core" "$DB" "$CACHE/databases/$key" || return 1
  echo "$CACHE/databases/$key"
}
