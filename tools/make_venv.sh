#!/bin/sh
# Make a virtual environment with a pip that knows dependency groups (25.1).
# usage: make_venv.sh PYTHON DIRECTORY
# Nothing is written outside DIRECTORY, but for root on Debian, where a missing `venv` is installed.
set -eu
python=$1
directory=$2

fail() {
    printf 'error: %s\n\nhint: %s\n' "$1" "$2" >&2
    exit 1
}

command -v "$python" >/dev/null 2>&1 ||
    fail "there is no \`$python\` on the PATH" "install Python 3.10 or newer, or name one: \`make PYTHON=/path/to/python3 …\`"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    fail "\`$python\` is $("$python" -V 2>&1), expected Python 3.10 or newer" "name a newer one: \`make PYTHON=python3.11 …\`"

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    # Debian keeps both in a package of their own, named after the interpreter's version.
    package=python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        printf 'installing %s, which holds the modules venv and ensurepip\n' "$package"
        { apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
            apt-get -qq -y --no-install-recommends install "$package"; } </dev/null >/dev/null ||
            fail "apt-get could not install $package" "see its message above; \`make\` needs the modules venv and ensurepip"
    else
        fail "\`$python\` has no modules venv and ensurepip" "run \`sudo apt-get install $package\`, then the same \`make\` again"
    fi
fi

"$python" -m venv --clear "$directory"
exec sh "$(dirname "$0")/pip_install.sh" "$directory" --upgrade 'pip>=25.1'
