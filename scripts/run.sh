#!/bin/sh
# Installs what is missing, builds the relay and runs it in the foreground: run.sh [options...]
set -eu
root=$(dirname "$(realpath "$0")")/..

"$root/scripts/build-program.sh" netplay-relay >&2
exec "$root/build/release/bin/netplay-relay" "$@"
