#!/bin/sh
# Installs what is missing and makes the Debian package: build/release/netplay-relay_*.deb
#   package.sh [--arch arm64|armhf|...] [--release bookworm|trixie]
# For another architecture or release than this machine's it is made by a cross compiler in a Debian
# of its own, and comes into build/packages/RELEASE-ARCHITECTURE/.
set -eu
cd "$(dirname "$(realpath "$0")")/.."

# shellcheck source=/dev/null
. /etc/os-release
own_architecture=$(dpkg --print-architecture)
architecture=$own_architecture
release=${VERSION_CODENAME:-}
while [ $# -gt 0 ]; do
    case "$1" in
        --arch) architecture=${2:?--arch wants an architecture} ;;
        --release) release=${2:?--release wants a release of Debian} ;;
        *)
            sed -n '2,5s/^# *//p' "$0" >&2
            exit 2
            ;;
    esac
    shift 2
done

if [ "$architecture" = "$own_architecture" ] && [ "$release" = "${VERSION_CODENAME:-}" ]; then
    scripts/install-packages.sh package
    # Each time: what makes the manual pages may have been missing when it was configured last.
    cmake --preset release
    rm -f build/release/netplay-relay_*.deb
    cmake --build --preset release -j "$(scripts/build-jobs.sh)" --target deb
    exit
fi

sudo=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "run this as root, or install sudo" >&2; exit 1; }
    sudo=sudo
fi
for program in mmdebstrap dpkg-architecture unshare; do
    command -v "$program" >/dev/null || missing=yes
done
if [ "${missing:-}" ]; then
    $sudo apt-get -q update >&2
    $sudo apt-get -q install -y --no-install-recommends mmdebstrap dpkg-dev util-linux >&2
fi
exec $sudo scripts/package-elsewhere.sh "$architecture" "$release"
