# shellcheck shell=bash
# Counts test cases of programs that count differently, and prints the progress.

begin_tally() {
  passed=0 failed=0
  LOGS=$(mktemp -d "${TMPDIR:-/tmp}/sallyport-test.XXXXXX")
  trap 'rm -rf "$LOGS"' EXIT
}

end_tally() {
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
}

# part SUITE NAME COMMAND…: a program that counts as one case
part() { run_part one "$@"; }
# cargo_part SUITE NAME COMMAND…: counted by the output of cargo test
cargo_part() { run_part cargo "$@"; }
# junit_part SUITE NAME COMMAND…: counted by the JUnit files that the command writes to $JUNIT, $JUNIT.1, …
junit_part() { run_part junit "$@"; }
# node_part SUITE NAME COMMAND…: counted by the output of node --test
node_part() { run_part node "$@"; }

run_part() {
  local count=$1 label="$2: $3" good=0 bad=0 skipped=0 code=0 began=$SECONDS log=$LOGS/log; shift 3
  JUNIT=$LOGS/junit.xml
  rm -f "$JUNIT"*
  printf '%-34s' "$label"
  "$@" > "$log" 2>&1 || code=$?
  case $count in
    one) if [ "$code" -eq 0 ]; then good=1; else bad=1; fi ;;
    cargo) read -r good bad skipped < <(count_cargo "$log") ;;
    node) read -r good bad skipped < <(count_node "$log") ;;
    junit) read -r good bad skipped < <(count_junit "$JUNIT"*) ;;
  esac
  # A program that crashed, or ran no test, must count as failed.
  if [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
  if [ $((good + bad)) -eq 0 ]; then bad=1; echo "no test ran" >> "$log"; fi
  passed=$((passed + good)) failed=$((failed + bad))
  printf '%5d passed, %d failed%s  %ds\n' "$good" "$bad" "$([ "$skipped" -eq 0 ] || echo ", $skipped skipped")" $((SECONDS - began))
  if [ "$bad" -gt 0 ]; then { grep -aE '^[0-9]+\) ' "$log" || true; tail -n 80 "$log"; } | cut -c1-2000 | sed 's/^/    /'; fi # First the names from PHPUnit, because a page of HTML may fill the rest.
}

# "test result: ok. 12 passed; 0 failed; 1 ignored; …", once per binary
count_cargo() {
  awk '/^test result:/ { p += $4; f += $6; s += $8 } END { print p + 0, f + 0, s + 0 }' "$1"
}

# the last lines of each run: "ℹ pass 12", "ℹ fail 0", "ℹ cancelled 0", … (older ones say "# pass 12")
count_node() {
  awk 'NF == 3 && $1 ~ /^(ℹ|#)$/ && $3 ~ /^[0-9]+$/ { n[$2] += $3 }
    END { print n["pass"] + 0, n["fail"] + n["cancelled"], n["skipped"] + n["todo"] }' "$1"
}

count_junit() {
  # shellcheck disable=SC2016
  php -r '
    $good = $bad = $skipped = 0;
    foreach (array_slice($argv, 1) as $path) {
      $file = @simplexml_load_file($path);
      $n = fn (string $name): int => (int) ($file->testsuite[$name] ?? 0);
      $bad += $n("errors") + $n("failures");
      $skipped += $n("skipped");
      $good += $n("tests") - $n("errors") - $n("failures") - $n("skipped");
    }
    echo "$good $bad $skipped\n";
  ' "$@"
}
