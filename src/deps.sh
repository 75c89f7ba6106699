#!/bin/bash
# src/deps.sh PACKAGE... -- installs those of the Debian packages that are missing; does nothing if none is.
set -euo pipefail

missing_of() {
    local known
    known=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
    for package in "$@"; do
        grep -qx "$package installed" <<< "$known" || printf '%s\n' "$package"
    done
}

fail() {
    printf '\nholdfast needs these packages of Debian 12:\n    %s\n%s\n' "${missing[*]}" "$1" >&2
    exit 1
}

if ! command -v dpkg-query > /dev/null; then
    echo "This is no Debian: cannot look for packages, going on with what is here." >&2
    exit 0
fi
read -r -d "" -a missing <<< "$(missing_of "$@")" || true
[ "${#missing[@]}" -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo > /dev/null || fail "You are not root and there is no sudo. As root: apt-get install ${missing[*]}"
    as_root=(sudo)
fi
command -v apt-get > /dev/null || fail "There is no apt-get: install them by hand."

echo "Installing ${#missing[@]} packages: ${missing[*]}"
apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
        -o Dpkg::Use-Pty=0 "$@" < /dev/null
}
# One unreachable archive among several need not matter: the install says what is really missing.
apt update || echo "apt-get update failed; trying with the package lists that are here." >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! apt install -y --no-install-recommends "${missing[@]}" > "$log" 2>&1; then
    tail -n 20 "$log" >&2
    fail "apt-get could not install them (see above). Is the network there, and is this Debian 12?"
fi
read -r -d "" -a missing <<< "$(missing_of "$@")" || true
[ "${#missing[@]}" -eq 0 ] || fail "apt-get said it was done, but they are not installed."
