#!/bin/sh
# Make programs available that the tests drive, where apt-get and root allow; never fail.
# usage: system_packages.sh PROGRAM...        (each is the name of its Debian package too)
# A test whose program is missing skips and says so; this says it beforehand, with the reason.
set -u
missing=
for program in "$@"; do
    command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
done
[ -n "$missing" ] || exit 0

give_up() {
    printf 'without%s: %s; tests that drive them will be skipped\n' "$missing" "$1"
    exit 0
}

[ "${SYSTEM_PACKAGES:-yes}" = yes ] || give_up "SYSTEM_PACKAGES=${SYSTEM_PACKAGES}"
command -v apt-get >/dev/null 2>&1 || give_up "there is no apt-get"
[ "$(id -u)" = 0 ] || give_up "only root can call apt-get install$missing"

log=$(mktemp) || give_up "no temporary file could be made"
trap 'rm -f "$log"' EXIT
limits="-o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o DPkg::Lock::Timeout=120"
export DEBIAN_FRONTEND=noninteractive
printf 'installing%s with apt-get\n' "$missing"
# shellcheck disable=SC2086 # both are lists of words
{ apt-get -qq $limits update && apt-get -qq -y $limits --no-install-recommends install $missing; } \
    </dev/null >"$log" 2>&1 || {
    tail -n 3 "$log"
    give_up "apt-get failed"
}
