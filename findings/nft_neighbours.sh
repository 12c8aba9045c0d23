#!/bin/sh
# nftables 1.0.6 and 1.1.3 (Debian 12 and 13): bans as a set with "flags interval, timeout", and with
# "auto-merge" so that networks and addresses may overlap.
#
# Guess: what is adjacent is merged where it ends at the same time; else each ban keeps its own.
# Behaviour: adjacent addresses become one range, which gets the time of the one that came last: a ban of
# five minutes beside one for good ends both in five minutes, and an hour beside five minutes makes
# both an hour. (In one command the first counts.) Inside a network that is there, the time of an address
# is dropped. 1.0.6 cannot take one of them out of the range any more, 1.1.3 can. Without auto-merge
# neighbours stay apart.
#
# Needs a network namespace: root, or user namespaces.
. "$(dirname "$0")/lib.sh"
libraries="libmnl0 libjansson4 libxtables12 libedit2 libgmp10 libtinfo6 libbsd0 libmd0"
# shellcheck disable=SC2086 # words are wanted
debian bookworm "$work/12" nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2 libnftnl11 \
    $libraries
# shellcheck disable=SC2086
debian trixie "$work/13" nftables=1.1.3-1 libnftables1=1.1.3-1 libnftnl11 $libraries
unshare --user --map-root-user --net true ||
    { echo "skipped: no network namespace" >&2 && exit 77; }

# In a namespace of its own: each word is one set's flag, or the elements of one command; prints the set.
cat >"$work/bans" <<'BANS'
. "$1/lib.sh.part"
nft() { run_in "$root" "$root/usr/sbin/nft" "$@"; }
nft add table inet t
nft add set inet t bans "{ type ipv4_addr; flags interval, timeout; $2 }"
shift 2
for elements in "$@"; do
    case $elements in
    without*)
        nft delete element inet t bans "{ ${elements#without} }" 2>/dev/null || echo "refused:"
        ;;
    *) nft add element inet t bans "{ $elements }" ;;
    esac
done
nft list set inet t bans | tr -d '\n\t' |
    sed 's/.*elements = { \(.*\) }.*}.*}/\1/; s/ expires [0-9a-z]*//g'
BANS
bans() {
    root=$work/$1
    shift
    { sed -n '/^run_in()/,/^}/p' "$here/lib.sh" && echo "root=$root"; } >"$work/lib.sh.part"
    unshare --user --map-root-user --net sh "$work/bans" "$work" "$@" |
        tr -s ' \n' ' ' | sed 's/ $//'
}
for version in 12 13; do
    echo "Debian $version"
    expect "for good, then its neighbour for 5 minutes" "192.0.2.6/31 timeout 5m" \
        "$(bans $version "auto-merge;" 192.0.2.6 "192.0.2.7 timeout 5m")"
    expect "5 minutes, then its neighbour for an hour" "192.0.2.6/31 timeout 1h" \
        "$(bans $version "auto-merge;" "192.0.2.6 timeout 5m" "192.0.2.7 timeout 1h")"
    expect "an hour and 5 minutes in one command" "192.0.2.6/31 timeout 1h" \
        "$(bans $version "auto-merge;" "192.0.2.6 timeout 1h, 192.0.2.7 timeout 5m")"
    expect "a network for 5 minutes, then an address in it for an hour" "192.0.2.0/24 timeout 5m" \
        "$(bans $version "auto-merge;" "192.0.2.0/24 timeout 5m" "192.0.2.7 timeout 1h")"
    expect "neighbours without auto-merge" "192.0.2.6, 192.0.2.7 timeout 5m" \
        "$(bans $version "" 192.0.2.6 "192.0.2.7 timeout 5m")"
    case $version in 12) wanted="refused: 192.0.2.6/31" ;; *) wanted=192.0.2.6 ;; esac
    expect "two for good, one unbanned" "$wanted" \
        "$(bans $version "auto-merge;" "192.0.2.6, 192.0.2.7" "without 192.0.2.7")"
done
verdict
