# shellcheck shell=bash
# The output of bin/demo: shows each request and its answer, and checks each answer.
bold='' dim='' green='' red='' plain=''
if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'; fi

chapter() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }

# inside SCRIPT ARG…: runs one of lib/demo's scripts in the site
# shellcheck disable=SC2154
inside() { local script=$1; shift; "$ROOT/bin/site" php --dir "$dir" "$LIB/demo/$script" "$@"; }

# serve_headless: serves examples/headless on an origin of its own, which the site lists, until the site is removed; prints its address
# shellcheck disable=SC2034,SC2154
serve_headless() (
  set -e
  DIR=$dir
  load_site
  choose_port
  cp -a "$ROOT/examples/headless" "$STATE/headless"
  chmod -R u=rwX,go=rX "$STATE/headless"
  cd "$STATE/headless"
  launch headless "$STATE/log/headless.log" "${AS_SERVER[@]}" env SITE="$url" php -n -S "127.0.0.1:$PORT" serve.php
  for setting in refresh_cookie=true "cors=http://127.0.0.1:$PORT"; do
    "$ROOT/bin/site" wp --dir "$dir" sallyport setting set "${setting%%=*}" "${setting#*=}" >/dev/null
  done
  printf 'http://127.0.0.1:%s\n' "$PORT"
)

# json NAME VALUE…
# shellcheck disable=SC2016
json() { jq -nc '[$ARGS.positional | _nwise(2) | {key: .[0], value: .[1]}] | from_entries' --args -- "$@"; }

# xmlrpc LOGIN PASSWORD: another door of every WordPress
xmlrpc() {
  printf '<methodCall><methodName>wp.getProfile</methodName><params>'
  printf '<param><value>%s</value></param>' 1 "$@"
  printf '</params></methodCall>'
}

# ask METHOD PATH [BODY [TOKEN]] → STATUS, BODY
ask() {
  local method=$1 path=$2 body=${3:-} token=${4:-}
  local -a curl=(curl -s -X "$method" "$url$path" -w '\n%{http_code}')
  printf '\n  %s$ curl -X %s %s%s' "$dim" "$method" "$url" "$path"
  if [ -n "$token" ]; then
    curl+=(-H "Authorization: Bearer $token")
    printf " -H 'Authorization: Bearer ...%s'" "${token: -12}" # all tokens begin alike
  fi
  if [ -n "$body" ]; then
    local type=application/json
    if [ "${body:0:1}" = '<' ]; then type=text/xml; fi
    curl+=(-H "Content-Type: $type" --data-raw "$body")
    printf " --json '%s'" "$body" | sed "s/--json '</--data '</"
  fi
  printf '%s\n' "$plain"
  BODY=$("${curl[@]}")
  STATUS=${BODY##*$'\n'}
  BODY=${BODY%$'\n'*}
}

answer() { jq -r "$1" <<<"$BODY"; }

# expect STATUS CONDITION: the answer has that status, and the jq condition holds for its body
expect() {
  local colour=$green
  if [ "$STATUS" -ge 400 ]; then colour=$red; fi
  printf '  %s%s%s ' "$colour" "$STATUS" "$plain"
  # leave out what is not interesting here
  jq -c 'if type == "object" and has("slug") then {id, name, slug, link} else del(.user?) end | (.token?, .refresh_token? | strings) |= ("..." + .[-12:])' <<<"$BODY" 2>/dev/null || printf '%s\n' "${BODY:0:400}"
  [ "$STATUS" = "$1" ] || { say "error: expected $1"; exit 1; }
  jq -e "$2" <<<"$BODY" >/dev/null 2>&1 || { say "error: expected: $2"; say "$BODY"; exit 1; }
}

expect_text() {
  local colour=$green
  if [[ $BODY == *faultCode* ]]; then colour=$red; fi
  printf '  %s%s%s %s\n' "$colour" "$STATUS" "$plain" "$(tr -d '\n' <<<"$BODY" | sed 's/<[^>]*>/ /g; s/  */ /g' | cut -c 1-100)"
  [[ $BODY == *"$1"* ]] || { say "error: expected an answer with $1"; exit 1; }
}

story_failed() {
  say "An answer was not as expected. The end of the site's log:"
  tail -n 20 "$dir/.site/log/debug.log" >&2 2>/dev/null || true
  "$ROOT/bin/site" down --dir "$dir"
}
