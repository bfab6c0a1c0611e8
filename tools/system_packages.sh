#!/bin/sh
# Make available what the system must provide, where apt-get and root allow.
# usage: system_packages.sh [--required] NEED...
#   NEED is a program, whose Debian package has the same name, or PROGRAM:PACKAGE, or LIBRARY=PACKAGE.
# With --required what is missing is an error. Without it, never: a test whose program is missing
# skips and says so; this says it beforehand, with the reason.
set -u
required=no
if [ "$1" = --required ]; then
    required=yes
    shift
fi

has_library() {
    "${PYTHON:-python3}" -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$1" 2>/dev/null
}

missing=
for need in "$@"; do
    case $need in
        *=*) has_library "${need%%=*}" || missing="$missing ${need#*=}" ;;
        *:*) command -v "${need%%:*}" >/dev/null 2>&1 || missing="$missing ${need#*:}" ;;
        *) command -v "$need" >/dev/null 2>&1 || missing="$missing $need" ;;
    esac
done
[ -n "$missing" ] || exit 0

give_up() {
    if [ "$required" = yes ]; then
        printf 'error: without%s: %s\n\nhint: run `sudo apt-get install%s`, then the same `make` again\n' \
            "$missing" "$1" "$missing" >&2
        exit 1
    fi
    printf 'without%s: %s; tests that drive them will be skipped\n' "$missing" "$1"
    exit 0
}

[ "${SYSTEM_PACKAGES:-yes}" = yes ] || give_up "SYSTEM_PACKAGES=${SYSTEM_PACKAGES}"
command -v apt-get >/dev/null 2>&1 || give_up "there is no apt-get"
[ "$(id -u)" = 0 ] || give_up "only root can install packages"

log=$(mktemp) || give_up "no temporary file could be made"
# Debian starts servers as it installs them, and makes a database cluster; the tests make their own.
no_cluster=/etc/postgresql-common/createcluster.d/juncture.conf
no_start=/usr/sbin/policy-rc.d  # /usr/share/doc/init-system-helpers/README.policy-rc.d.gz
[ ! -e "$no_start" ] || no_start=
trap 'rm -f "$log" "$no_cluster" ${no_start:+"$no_start"}' EXIT
if [ -n "$no_start" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$no_start" && chmod 755 "$no_start"
fi
case "$missing " in
    *' postgresql '*)
        mkdir -p "${no_cluster%/*}" && echo 'create_main_cluster = false' >"$no_cluster" ;;
esac
limits="-o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o DPkg::Lock::Timeout=120"
export DEBIAN_FRONTEND=noninteractive
printf 'installing%s with apt-get\n' "$missing"
# shellcheck disable=SC2086 # both are lists of words
{ apt-get -qq $limits update && apt-get -qq -y $limits --no-install-recommends install $missing; } \
    </dev/null >"$log" 2>&1 || {
    tail -n 3 "$log"
    give_up "apt-get failed"
}
