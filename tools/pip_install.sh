#!/bin/sh
# Install into a virtual environment, and say in one sentence what to do where that fails.
# usage: pip_install.sh DIRECTORY PIP-ARGUMENT...
set -eu
directory=$1
shift
"$directory/bin/python" -m pip install --quiet "$@" </dev/null || {
    printf 'error: pip could not install %s\n\nhint: %s\n' "$*" \
        'the first call needs the network or a package index that pip is configured for; later calls do not' >&2
    exit 1
}
