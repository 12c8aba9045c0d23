#!/bin/sh
# Installs what is missing and builds one program: build-program.sh netplay-relay|netplay-peer
set -eu
cd "$(dirname "$(realpath "$0")")/.."

scripts/install-packages.sh build
# Anew, too, after a build for which every warning was an error: none stops a user.
if [ ! -f build/release/build.ninja ] ||
    grep -q '^NETPLAY_RELAY_STRICT:[A-Z]*=ON$' build/release/CMakeCache.txt; then
    cmake --preset release
fi
cmake --build --preset release -j "$(scripts/build-jobs.sh)" --target "$1"
