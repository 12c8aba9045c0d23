#!/bin/sh
# Installs the Debian packages that are missing: install-packages.sh build|package|test. Says
# nothing if none is. Or prints, with commas between them, what the Debian package is made with in
# another release and for another architecture: install-packages.sh list RELEASE ARCHITECTURE
set -eu

purpose=$1
# shellcheck source=/dev/null
. /etc/os-release 2>/dev/null || true
[ "$purpose" != list ] || { ID=debian && VERSION_CODENAME=$2; }

# Debian 12 has Boost 1.74 by default, which is too old; later releases have a new enough default.
boost=libboost-dev
case "${ID:-}:${VERSION_CODENAME:-}" in
    debian:bookworm) boost=libboost1.81-dev ;;
esac

libraries="$boost libspdlog-dev libsystemd-dev libpcap0.8-dev zlib1g-dev libssl-dev libwslay-dev"
packages="g++ cmake ninja-build pkg-config nlohmann-json3-dev libcli11-dev libutfcpp-dev"
if [ "$purpose" != build ]; then
    packages="$packages python3 scdoc dpkg-dev file"
fi
if [ "$purpose" = test ]; then
    packages="$packages catch2 python3-jsonschema iproute2 retroarch libretro-nestopia
        libretro-gambatte libretro-mgba cc65 sdcc binutils-m68k-linux-gnu binutils-arm-none-eabi
        nftables iptables python3-systemd systemd-journal-remote
        man-db mandoc lintian mmdebstrap systemd-container shellcheck zsh fish
        podman runc docker-compose strace prometheus nginx-light haproxy caddy
        chromium chromium-driver python3-selenium fonts-dejavu-core zbar-tools"
fi
if [ "$purpose" = list ]; then
    if [ "$3" != "$(dpkg --print-architecture)" ]; then
        # A cross compiler, and what runs its programs: they tell what is in the manual pages.
        packages="$packages crossbuild-essential-$3 qemu-user"
        libraries=$(for library in $libraries; do printf '%s:%s ' "$library" "$3"; done)
    fi
    # shellcheck disable=SC2086 # the lists are meant to be split
    printf '%s,' $packages $libraries | sed 's/,$/\n/'
    exit
fi

missing=
for package in $packages $libraries; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "these Debian packages are missing, and there is no apt-get to get them:$missing" >&2
    exit 1
fi
sudo=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "run this as root, or install sudo: these packages are missing:$missing" >&2
        exit 1
    fi
    sudo=sudo
fi
echo "installing:$missing" >&2
$sudo apt-get -o DPkg::Lock::Timeout=300 -q update >&2
# SYSTEMD_OFFLINE: systemctl starts no service, such as a web server on port 80.
# shellcheck disable=SC2086 # the list is meant to be split
$sudo env SYSTEMD_OFFLINE=1 DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=300 -q install -y --no-install-recommends $missing >&2
