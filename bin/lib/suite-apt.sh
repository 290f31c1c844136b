# shellcheck shell=bash
# A private apt for another Debian suite: downloads packages without changing the machine's own apt.

# The mirror is that of the machine's own Debian; on other systems (Ubuntu) it must be set.
debian_mirror() {
  if [ -n "${SALLYPORT_DEBIAN_MIRROR:-}" ]; then echo "$SALLYPORT_DEBIAN_MIRROR"; return; fi
  local codename id
  # shellcheck disable=SC1091
  read -r id codename < <(. /etc/os-release; echo "$ID $VERSION_CODENAME")
  [ "$id" = debian ] || return 1
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(SITE)|$(RELEASE)' 'Created-By: Packages' |
    awk -F'|' -v suite="$codename" '$2 == suite && !found { print $1; found = 1 } END { exit !found }'
}

# A mirror may be frozen: its signature is still valid after its date has passed.
# suite_apt SUITE PROGRAM ARG…   (suite "own": the machine's apt as it is)
suite_apt() {
  local suite=$1 program=$2 home="$CACHE/apt/$1" mirror key; shift 2
  if [ "$suite" = own ]; then "$program" "$@"; return; fi
  if [ ! -s "$home/etc/sources.list" ]; then
    mirror=$(debian_mirror) || die "no Debian mirror is known on this system: set SALLYPORT_DEBIAN_MIRROR to one"
    key=$(debian_keyring)
    mkdir -p "$home"/{lists/partial,cache/archives/partial,etc/preferences.d,dpkg}
    : >> "$home/dpkg/status"
    printf '%s [signed-by=%s] %s %s main\n' deb "$key" "$mirror" "$suite" deb-src "$key" "$mirror" "$suite" > "$home/etc/sources.list"
    # It is not a complete suite: its dependencies are in sid, whose PHPUnit no longer supports "@dataProvider".
    if [ "$suite" = experimental ]; then
      printf 'deb [signed-by=%s] %s %s main\n' "$key" "$mirror" sid "$key" "$mirror" trixie >> "$home/etc/sources.list"
      printf 'Package: phpunit* php-*\nPin: release n=trixie\nPin-Priority: 990\n' > "$home/etc/preferences.d/phpunit"
    fi
  fi
  "$program" -o Dir::Etc::sourcelist="$home/etc/sources.list" -o Dir::Etc::sourceparts=- \
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts="$home/etc/preferences.d" \
    -o Dir::State="$home" -o Dir::State::lists="$home/lists" -o Dir::State::status="$home/dpkg/status" \
    -o Dir::Cache="$home/cache" -o APT::Sandbox::User=root -o APT::Default-Release= -o Acquire::Languages=none \
    -o Acquire::Check-Valid-Until=false -o Acquire::Retries=3 -o APT::Update::Post-Invoke-Success= -o DPkg::Post-Invoke= "$@"
}
