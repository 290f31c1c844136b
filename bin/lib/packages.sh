# shellcheck shell=bash
# Which Debian package contains what. The scripts check for programs and files, not for package
# names, because the versioned package (php8.2-cli) has another name in every release.

phpunit_extensions=(pdo_sqlite:php-sqlite3 mysqli:php-mysql mbstring:php-mbstring dom:php-xml curl:php-curl gd:php-gd intl:php-intl)

# A browser is big: only bin/setup --browser installs one, for the suite of that name of bin/test.
browser_packages() {
  command -v chromium >/dev/null || echo chromium
  [ -n "$(find /usr/share/fonts /usr/local/share/fonts -name '*.[ot]tf' -print -quit 2>/dev/null)" ] || echo fonts-dejavu-core
}

# Only the suite openapi needs Python's venv: bin/setup --python.
python_packages() {
  python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
}

# Only the extension's tests use other implementations: bin/setup --oracles. They need Debian's own Python, even if there is another one.
oracle_packages() {
  local pair
  for pair in jwt:python3-jwt jwcrypto:python3-jwcrypto pyotp:python3-pyotp; do
    /usr/bin/python3 -c "import ${pair%%:*}" 2>/dev/null || echo "${pair##*:}"
  done
  command -v zbarimg >/dev/null || echo zbar-tools
  command -v rsvg-convert >/dev/null || echo librsvg2-bin
}

# Only bin/fuzz builds libFuzzer, and only bin/test --long uses valgrind.
fuzz_packages() {
  command -v c++ >/dev/null || echo g++
  command -v valgrind >/dev/null || echo valgrind
}

# Only bin/pot extracts the texts from the source.
gettext_packages() {
  command -v xgettext >/dev/null || echo gettext
}

# Only bin/bench compares with these: bin/setup --bench.
bench_packages() {
  [ -e /usr/share/php/Bacon/BaconQrCode/autoload.php ] || echo php-bacon-qr-code
  [ -e /usr/share/php/ChristianRiesen/Otp/autoload.php ] || echo php-christianriesen-otp
}

missing_packages() {
  local pair modules=
  local -a commands=(
    php:php-cli php-config:php-dev phpunit:phpunit nginx:nginx-light
    mariadbd:mariadb-server-core mariadb-install-db:mariadb-server-core mariadb:mariadb-client-core
    clang:clang cc:gcc make:make curl:curl jq:jq unzip:unzip zip:zip objdump:binutils shellcheck:shellcheck
  )
  {
    for pair in "${commands[@]}"; do
      command -v "${pair%%:*}" >/dev/null || echo "${pair##*:}"
    done
    php_fpm >/dev/null || echo php-fpm
    compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' >/dev/null || echo libclang-dev
    compgen -G '/usr/include/*/sys/types.h' >/dev/null || [ -e /usr/include/sys/types.h ] || echo libc6-dev
    [ -s /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
    debian_keyring >/dev/null || echo debian-archive-keyring
    if [ "${WITH_BROWSER:-no}" = yes ]; then browser_packages; fi
    if [ "${WITH_PYTHON:-no}" = yes ]; then python_packages; fi
    if [ "${WITH_BENCH:-no}" = yes ]; then bench_packages; fi
    if [ "${WITH_ORACLES:-no}" = yes ]; then oracle_packages; fi
    if [ "${WITH_FUZZ:-no}" = yes ]; then fuzz_packages; fi
    if [ "${WITH_GETTEXT:-no}" = yes ]; then gettext_packages; fi
    command -v php >/dev/null && modules=$(php -m)
    for pair in "${phpunit_extensions[@]}"; do
      grep -qix "${pair%%:*}" <<<"$modules" || echo "${pair##*:}"
    done
  } | sort -u
}

# fpm_of PHP   the PHP-FPM of that PHP; for a fetched PHP it is in the same folder
fpm_of() {
  if [ "$1" = "$(command -v php)" ]; then php_fpm; else command -v "$(dirname "$1")/php-fpm"; fi
}

php_fpm() {
  local version
  command -v php >/dev/null || return 1
  version=$(php -n -r 'echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;')
  PATH=$PATH:/usr/sbin command -v "php-fpm$version"
}

debian_keyring() {
  local key
  for key in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
    if [ -s "$key" ]; then echo "$key"; return; fi
  done
  return 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "this needs root: $* (no sudo here)"
  fi
}

install_missing() {
  local -a missing
  local policy=/usr/sbin/policy-rc.d candidate
  mapfile -t missing < <(missing_packages)
  [ "${#missing[@]}" -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "missing: ${missing[*]} (and there is no apt-get here to install them with)"
  say "setup: installing with apt: ${missing[*]}"
  retried as_root apt-get -qq update >&2
  if ! command -v php >/dev/null; then
    candidate=$(apt-cache show --no-all-versions php-cli 2>/dev/null | sed -n 's/^Version: \([0-9]*:\)\?//p' | head -1)
    dpkg --compare-versions "${candidate:-0}" ge 8.2 || die "Sallyport needs PHP 8.2 or newer; this system's apt has ${candidate:-none}"
  fi
  # The packages of web server and database would start their services; we need only the programs.
  if [ ! -e "$policy" ]; then
    # shellcheck disable=SC2016
    as_root sh -c 'printf "#!/bin/sh\nexit 101\n" > "$1" && chmod 755 "$1"' sh "$policy"
    # shellcheck disable=SC2064
    trap "as_root rm -f '$policy'" EXIT
  fi
  retried as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
  if [ "$(trap -p EXIT)" ]; then as_root rm -f "$policy"; trap - EXIT; fi
  mapfile -t missing < <(missing_packages)
  [ "${#missing[@]}" -eq 0 ] || die "still missing after apt: ${missing[*]}"
}
