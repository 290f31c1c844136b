# shellcheck shell=bash
# The suites of bin/test. To add one, write a function here, and add its name to the list.
# shellcheck disable=SC2034
SUITES=(cargo lint extension wordpress contract races http openapi interop browser)
# the suites whose result can differ with another PHP
# shellcheck disable=SC2034
PHP_SUITES=(extension wordpress contract races http)

suite_cargo() {
  cd "$ROOT" || return
  part cargo fmt cargo fmt --check
  part cargo 'clippy, engine alone' cargo clippy --locked --quiet --all-targets --no-default-features -- -D warnings
  part cargo 'clippy' cargo clippy --locked --quiet --all-targets -- -D warnings
  part cargo 'no banned crate' no_banned_crate
  cargo_part cargo 'tests of the engine' cargo test --locked --no-default-features
}

# The most important bans of deny.toml, checked without cargo-deny.
no_banned_crate() {
  cd "$ROOT" || return
  local tree
  tree=$(cargo tree --locked --all-features -e normal,build --prefix none) && ! grep -E '^(rsa|rand) v' <<<"$tree"
}

suite_lint() {
  part lint 'php -l' lint_php
  part lint shellcheck lint_shell
  if has_tests "$ROOT/tests/architecture"; then junit_part lint architecture outside_phpunit "$ROOT/tests/architecture"; fi
}

lint_php() {
  cd "$ROOT" || return
  # shellcheck disable=SC2016
  git ls-files -z --cached --others --exclude-standard -- '*.php' | xargs -0 -P 2 -I{} sh -c 'test ! -f "$1" || php -n -l "$1" >/dev/null' sh {}
}

lint_shell() {
  cd "$ROOT" || return
  git ls-files --cached --others --exclude-standard -- bin .ci | while read -r file; do
    if head -c 40 "$file" | grep -qE '^#!/bin/(ba)?sh|^# shellcheck shell'; then echo "$file"; fi
  done | xargs shellcheck
}

suite_extension() {
  junit_part extension 'PHPUnit over the .so' over_the_extension
  if [ "$TEST_PHP" = "$(command -v php)" ]; then
    part extension 'bin/package' package_is_whole
    part extension 'bin/bench measures' "$ROOT/bin/bench" --rounds 1 --only TOTP
    part extension 'bin/bench shows its usage' bench_shows_its_usage
  fi
  if [ "$SALLYPORT_LONG" = yes ]; then
    part extension 'a million calls' "$TEST_PHP" -n -d extension="$EXTENSION_BUILT" "$ROOT/php/tests/stress.php"
    if [ "$TEST_PHP" = "$(command -v php)" ]; then
      part extension 'bin/setup after another PHP' another_php_is_noticed
      part extension valgrind under_valgrind
      part extension 'bin/fuzz' "$ROOT/bin/fuzz"
    fi
  fi
}

# Two builds are the same, and so is one from an archive of the source. The package contains the whole plugin, and the licence of every
# crate that the extension names in its panics.
package_is_whole() (
  cd "$(mktemp -d)" && trap 'rm -rf "$PWD"' EXIT
  "$ROOT/bin/package" one && sleep 2 && "$ROOT/bin/package" two && diff -r one two && (cd one && sha256sum -c SHA256SUMS) &&
    strings one/sallyport-*.so | grep -oP '/registry/src/[^/]+/\K[^/]+(?=/)' | sed -E 's/-([0-9]+\.)/ v\1/' | sort -u > linked && [ -s linked ] &&
    while read -r crate; do grep -F "$crate  " one/THIRD-PARTY.txt || exit 1; done < linked &&
    mkdir source && ln -s "$ROOT/target" source/target && git -C "$ROOT" ls-files -z --cached --others --exclude-standard |
      tar -C "$ROOT" --null -T - --ignore-failed-read --mtime="@$(git -C "$ROOT" log -1 --format=%ct)" -c | tar -x -C source &&
    SALLYPORT_SET_UP=yes source/bin/package three && diff -r one three &&
    unzip -q one/sallyport-*.zip && (cd "$ROOT" && git ls-files wp-plugin) | while read -r file; do cmp "$ROOT/$file" "${file/#wp-plugin/sallyport}" || exit 1; done
)

# For an option without a value, and for an unknown option.
bench_shows_its_usage() {
  local wrong code usage=$LOGS/usage
  for wrong in --peer --rounds --only --no-such-option; do
    code=0
    "$ROOT/bin/bench" "$wrong" 2> "$usage" || code=$?
    [ "$code" = 2 ] && grep '^bin/bench --requests' "$usage" || return 1
  done
}

# A cached build for another PHP, simulated by bytes that no PHP can load.
another_php_is_noticed() {
  local kept=$ROOT/target/release/deps/libsallyport.so
  "$ROOT/bin/setup" && touch -r "$kept" "$LOGS/when" && rm "$kept" "$EXTENSION_BUILT" && echo stale > "$kept" && touch -r "$LOGS/when" "$kept" &&
    SALLYPORT_SET_UP='' "$ROOT/bin/setup" && "$TEST_PHP" -n -d extension="$EXTENSION_BUILT" -r 'exit(extension_loaded("sallyport") ? 0 : 1);'
}

# Zend's own allocator would hide reads and writes outside of its blocks.
under_valgrind() {
  "$ROOT/bin/setup" --fuzz &&
    USE_ZEND_ALLOC=0 valgrind --quiet --error-exitcode=1 --leak-check=no "$TEST_PHP" -n -d extension="$EXTENSION_BUILT" "$ROOT/php/tests/stress.php" --calls=20
}

# One of them is php/tests/OraclesTest.php, which needs other implementations.
over_the_extension() {
  "$ROOT/bin/setup" --oracles &&
    locked npm install_npm "$ROOT/tests/oracles" &&
    "$TEST_PHP" -d extension="$EXTENSION_BUILT" "$TEST_PHPUNIT" -c "$ROOT/php/tests/phpunit.xml" --do-not-cache-result --log-junit "$LOGS/junit.xml"
}

# Inside a real WordPress, as the web server's user.
suite_wordpress() {
  local version db
  local -a versions=("$WORDPRESS_NEWEST" 6.8)
  [ "$SALLYPORT_LONG" != yes ] || versions+=("$WORDPRESS_OLDEST")
  for version in "${versions[@]}"; do
    for db in sqlite mariadb; do
      junit_part wordpress "$version on $db" inside_wordpress --wordpress "$version" --db "$db"
      if [ "$SALLYPORT_LONG" = yes ]; then
        junit_part wordpress "$version on $db, network" inside_wordpress --wordpress "$version" --db "$db" --multisite
      fi
    done
  done
}

inside_wordpress() (
  set -e
  DIR=$(jq -r .dir <<<"$("$ROOT/bin/site" up --php "$TEST_PHP" --extension "$EXTENSION_BUILT" "$@" | tail -n 1)")
  trap '"$ROOT/bin/site" down --dir "$DIR"; trap - EXIT' EXIT
  load_site
  # The web server's user may not be able to read the repository.
  tests=$ROOT/tests
  if ! readable_by_server "$tests/integration/phpunit.xml"; then
    cp -a "$tests" "$STATE/tests"
    chmod -R go+rX "$STATE/tests"
    tests=$STATE/tests
  fi
  code=0
  site_php -d memory_limit=512M "$TEST_PHPUNIT" -c "$tests/integration/phpunit.xml" \
    --do-not-cache-result --log-junit "$STATE/log/junit.xml" || code=$?
  cp "$STATE/log/junit.xml" "$JUNIT" || true
  if [ "$code" -ne 0 ]; then tail -n 20 "$STATE/log/debug.log" || true; fi
  exit "$code"
)

suite_contract() { outside contract; }
suite_http() {
  outside http
  if [ "$TEST_PHP" = "$(command -v php)" ]; then
    part http 'bin/bench --requests' "$ROOT/bin/bench" --requests --rounds 1 --peer "jwt=$ROOT/tests/fixtures/jwt-authentication-for-wp-rest-api"
  fi
}

# Race tests mostly wait, so two at once hardly take longer than one.
suite_races() { junit_part races 'sqlite, mariadb' races_on_both; }
races_on_both() { two_at_a_time races_on sqlite mariadb; }
races_on() { JUNIT=$JUNIT.$1 outside_phpunit "$ROOT/tests/races" "SALLYPORT_SITE_DB=$1"; }

# Other programs, from npm: jose verifies what Sallyport signs, and signs what Sallyport verifies; better-auth's client signs in.
suite_interop() {
  node_part interop 'jose, better-auth' in_interop
}

in_interop() {
  locked npm install_npm "$ROOT/tests/interop" &&
    node --test --test-reporter=spec "$ROOT"/tests/interop/*.test.mjs
}

# schemathesis, from PyPI, sends a site what its OpenAPI document allows and forbids, as three users.
suite_openapi() {
  junit_part openapi 'guest, user, administrator' as_three_people
}

as_three_people() {
  "$ROOT/bin/setup" --python &&
    locked python install_schemathesis &&
    two_at_a_time schemathesis_as administrator guest user
}

schemathesis_as() (
  set -e
  site=$("$ROOT/bin/site" up --db sqlite | tail -n 1)
  DIR=$(jq -r .dir <<<"$site")
  trap '"$ROOT/bin/site" down --dir "$DIR"; trap - EXIT' EXIT
  mkdir "$LOGS/openapi-$1"
  cd "$LOGS/openapi-$1"
  "$ROOT/bin/site" wp --dir "$DIR" sallyport openapi > openapi.json
  SALLYPORT_URL=$(jq -r .url <<<"$site")/wp-json/sallyport/v1
  export SALLYPORT_URL SALLYPORT_DIR=$DIR SALLYPORT_WHO=$1
  # The answers to invalid fields are the same for everybody, so they are tested by the user with the most rights.
  phases=examples,fuzzing
  if [ "$1" = administrator ] || [ "$SALLYPORT_LONG" = yes ]; then phases=$phases,coverage; fi
  code=0
  SCHEMATHESIS_HOOKS=$ROOT/tests/openapi/hooks.py "$CACHE/schemathesis/bin/schemathesis" --config-file "$ROOT/tests/openapi/schemathesis.toml" run openapi.json --url "$SALLYPORT_URL" --phases "$phases" \
    --no-color --report junit --report-junit-path "$JUNIT.$1" > said 2>&1 || code=$?
  cut -c 1-500 said
  if grep -E 'PHP (Notice|Warning|Deprecated|Fatal error)' "$DIR/.site/log/debug.log"; then code=1; fi
  exit "$code"
)

install_schemathesis() {
  local wanted=$ROOT/tests/openapi/requirements.txt venv=$CACHE/schemathesis
  # The commands of a venv contain the path of its folder, so they do not work after it was moved.
  if cmp -s "$wanted" "$venv/installed.txt" && "$venv/bin/schemathesis" --version > /dev/null 2>&1; then return; fi
  # With && throughout: in a function that is called in a condition, an error does not end it.
  rm -rf "$venv" &&
    python3 -m venv "$venv" &&
    retried "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted" &&
    cp "$wanted" "$venv/installed.txt"
}

# A real browser. The first run installs what it needs: chromium and two packages from npm.
suite_browser() {
  node_part browser "$WORDPRESS_NEWEST, 6.8" in_browsers
}

in_browsers() {
  local -a runs=("$WORDPRESS_NEWEST:core" 6.8:core "$WORDPRESS_NEWEST:ours")
  [ "$SALLYPORT_LONG" != yes ] || runs+=(6.8:ours)
  "$ROOT/bin/setup" --browser &&
    locked npm install_npm "$ROOT/tests/e2e" &&
    two_at_a_time in_browser "${runs[@]}"
}

# in_browser VERSION:core|ours
in_browser() {
  SALLYPORT_SITE_WORDPRESS=${1%:*} SALLYPORT_BROWSER=${1#*:} node --test --test-reporter=spec "$ROOT/tests/e2e/run.mjs"
}

# install_npm FOLDER: installs what its lock file says, unless it is already installed
install_npm() {
  if [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ]; then return; fi
  retried npm ci --prefix "$1" --silent --ignore-scripts --no-audit --no-fund
}

# Over HTTP, against sites that the tests start by tests/support/Site.php. The tests run on
# the system's PHP, whatever PHP the sites use.
outside() {
  outside_on "$1" 'default site'
  if [ "$SALLYPORT_LONG" = yes ]; then
    outside_on "$1" 'mariadb, fpm' db=mariadb server=fpm
    outside_on "$1" '6.8' wordpress=6.8
    outside_on "$1" network multisite=yes
  fi
}

# outside_on SUITE NAME [option=value…]
outside_on() {
  local suite=$1 name=$2 option
  local -a variables=(); shift 2
  for option in "$@"; do
    local key=${option%%=*}
    variables+=("SALLYPORT_SITE_${key^^}=${option#*=}")
  done
  junit_part "$suite" "$name" outside_in_shards "$ROOT/tests/$suite" "${variables[@]}"
}

outside_phpunit() {
  local folder=$1; shift
  has_tests "$folder" || { echo "there are no tests in $folder"; return 1; }
  env "$@" php -d memory_limit=512M "$(command -v phpunit)" --no-configuration --bootstrap "$ROOT/tests/support/bootstrap.php" \
    --fail-on-risky --fail-on-warning --do-not-cache-result --log-junit "$JUNIT" "$folder"
}

# Tests and sites wait for each other, so two at a time take half as long. There are more shards than
# processes, because they do not take equally long. Only the output of failed shards is shown.
outside_in_shards() {
  local folder=$1 shards=6; shift
  has_tests "$folder" || { echo "there are no tests in $folder"; return 1; }
  find "$folder" -name '*Test.php' -printf '%s %p\n' | sort -rn | awk -v n="$shards" -v out="$LOGS/shard" -v bootstrap="$ROOT/tests/support/bootstrap.php" '
    { files[(NR - 1) % n] = files[(NR - 1) % n] "<file>" $2 "</file>" }
    END { for (i = 0; i < n; i++) if (files[i]) printf "<phpunit bootstrap=\"%s\" failOnRisky=\"true\" failOnWarning=\"true\"><testsuites><testsuite name=\"%d\">%s</testsuite></testsuites></phpunit>\n", bootstrap, i, files[i] > out i ".xml" }'
  # shellcheck disable=SC2016
  printf '%s\n' "$LOGS"/shard*.xml | env "$@" xargs -P 2 -I{} sh -c '
    php -d memory_limit=512M "$0" -c "$1" --do-not-cache-result --log-junit "$2.$(basename "$1" .xml)" > "$1.log" 2>&1 || { cat "$1.log"; exit 1; }
  ' "$(command -v phpunit)" {} "$JUNIT"
}

# two_at_a_time COMMAND ARGUMENT…: runs COMMAND with each of them; the output of those that failed comes last
two_at_a_time() {
  local command=$1 argument code=0 log; shift
  for argument; do
    if [ "$(jobs -pr | wc -l)" -ge 2 ]; then wait -n || true; fi
    log=$LOGS/$command.$argument
    # One that never ends has failed as well.
    { if "$command" "$argument" > "$log.failed" 2>&1; then mv "$log.failed" "$log.good"; fi; } &
  done
  wait
  cat "$LOGS/$command".*.good
  if cat "$LOGS/$command".*.failed; then code=1; fi 2>/dev/null
  rm -f "$LOGS/$command".*
  return "$code"
}

has_tests() { [ -n "$(find "$1" -name '*Test.php' -print -quit 2>/dev/null)" ]; }
