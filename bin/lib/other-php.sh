# shellcheck shell=bash
# The PHP that the suites run on → TEST_PHP, TEST_PHPUNIT (the PHP script), EXTENSION_BUILT.
# shellcheck disable=SC2034

system_php() {
  TEST_PHP=$(command -v php) TEST_PHPUNIT=$(command -v phpunit)
}

# other_php 8.2|8.4|8.5|8.6|zts: uses another PHP, and an extension built for it, beside the system's own
other_php() {
  local folder=$CACHE/php/$1
  case $1 in
    "$(php -n -r 'echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;')") system_php; return ;;
    8.4 | 8.5 | 8.6)
      locked "php-$1" "$LIB/fetch-php" "$1" "$folder" || die "no PHP $1"
      TEST_PHPUNIT=$folder/root/usr/bin/phpunit
      ;;
    zts)
      locked "php-$1" "$LIB/fetch-php-zts" "$folder" || die "no PHP $1"
      TEST_PHPUNIT=$(command -v phpunit)
      ;;
    *) die "there is no --php $1: only 8.4, 8.5, 8.6, zts, and this system's own version" ;;
  esac
  TEST_PHP=$folder/bin/php
  EXTENSION_BUILT=$ROOT/target/php-$1/release/libsallyport.so
  # tests/support/Site.php passes these to bin/site
  export SALLYPORT_SITE_PHP=$TEST_PHP SALLYPORT_SITE_EXTENSION=$EXTENSION_BUILT
}

build_for_other_php() {
  cd "$ROOT" &&
    PHP=$TEST_PHP PHP_CONFIG=$(dirname "$TEST_PHP")/php-config CARGO_TARGET_DIR=$ROOT/target/php-$1 \
      cargo build --release --locked --quiet
}
