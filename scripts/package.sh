#!/bin/sh
# Installs what is missing and makes the Debian package: build/release/netplay-relay_*.deb
set -eu
cd "$(dirname "$(realpath "$0")")/.."

scripts/install-packages.sh package
# Each time: what makes the manual pages may have been missing when it was configured last.
cmake --preset release
rm -f build/release/netplay-relay_*.deb
cmake --build --preset release -j "$(scripts/build-jobs.sh)" --target deb
