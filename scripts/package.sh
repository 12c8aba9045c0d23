#!/bin/sh
# Installs what is missing and makes the Debian package: build/release/netplay-relay_*.deb
set -eu
cd "$(dirname "$(realpath "$0")")/.."

scripts/install-packages.sh package
options=
[ -f build/release/build.ninja ] || options="-DNETPLAY_RELAY_TESTS=OFF -DNETPLAY_RELAY_BENCH=OFF"
# Each time: what makes the manual pages may have been missing when it was configured last.
# shellcheck disable=SC2086 # two options, or none
cmake --preset release $options
rm -f build/release/netplay-relay_*.deb
cmake --build --preset release -j "$(scripts/build-jobs.sh)" --target deb
