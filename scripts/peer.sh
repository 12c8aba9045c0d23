#!/bin/sh
# Installs what is missing, builds netplay-peer and runs it: peer.sh host|join|... [options...]
set -eu
root=$(dirname "$(realpath "$0")")/..

"$root/scripts/build-program.sh" netplay-peer >&2
exec "$root/build/release/bin/netplay-peer" "$@"
