#!/bin/sh
# Makes the Debian package for another architecture or release, in a Debian of its own:
# package-elsewhere.sh ARCHITECTURE RELEASE. Root. Wants 1.5 GB in /var/cache.
set -eu
cd "$(dirname "$(realpath "$0")")/.."

architecture=$1
release=$2
own=$(dpkg --print-architecture)
if ! triplet=$(dpkg-architecture -qDEB_HOST_GNU_TYPE -a"$architecture" 2>/dev/null); then
    echo "Debian has no architecture '$architecture': arm64 and armhf are the usual ones" >&2
    exit 1
fi
packages=$(scripts/install-packages.sh list "$release" "$architecture")
out=build/packages/$release-$architecture
root=${NETPLAY_RELAY_CACHE:-/var/cache/netplay-relay-packages}/$release-$architecture

# Where this machine has its packages from, and how it reaches that.
# shellcheck disable=SC2016 # apt fills these in
mirror=$(apt-get indextargets --no-release-info --format '$(REPO_URI) $(COMPONENT)' \
    'Created-By: Packages' | sed -n '/security/d; s/ main$//p' | head -n 1)
set --
for key in Acquire::Check-Valid-Until Acquire::http::Proxy Acquire::https::Proxy; do
    value=$(apt-config dump --format '%v%n' "$key")
    [ -z "$value" ] || set -- "$@" "--aptopt=$key \"$value\""
done

# It is made anew when what has to be in it is no longer the same.
if [ "$(cat "$root/complete" 2>/dev/null)" != "$packages" ]; then
    rm -rf --one-file-system "$root"
    mkdir -p "$root"
    echo "making a Debian $release with a compiler for $architecture in $root" >&2
    # In mounts of its own: what it leaves if it is interrupted goes with it.
    unshare --mount mmdebstrap --quiet --variant=apt --architectures="$own,$architecture" \
        --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' "$@" \
        --dpkgopt=force-unsafe-io --include="$packages" "$release" "$root" \
        "deb $mirror $release main" >&2
    mkdir -p "$root/src" "$root/out"
    echo "$packages" >"$root/complete"
fi

cross=
[ "$architecture" = "$own" ] || cross=-DCMAKE_TOOLCHAIN_FILE=/src/packaging/debian_cross.cmake
mkdir -p "$out"
rm -f "$out"/*.deb
# shellcheck disable=SC2016 # the inner shell's
unshare --mount sh -euc '
    root=$1 && shift
    mount --bind "$PWD" "$root/src"
    mount --bind "$PWD/$1" "$root/out" && shift
    mount -t proc proc "$root/proc"
    exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp \
        DEB_HOST_ARCH="$1" TRIPLET="$2" sh -euc "
            cmake -S /src -B /out -G Ninja -D CMAKE_BUILD_TYPE=Release $3
            cmake --build /out -j $4 --target deb"
' sh "$root" "$out" "$architecture" "$triplet" "$cross" "$(scripts/build-jobs.sh)" >&2
ls "$out"/netplay-relay_*.deb
