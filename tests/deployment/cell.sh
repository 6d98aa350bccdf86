#!/bin/sh
# tests/deployment/cell.sh MOUNTS KEPT...
# Makes the file system of a hardened container around itself, then waits to be killed: everything is
# read-only but /tmp and /mnt/data. /mnt/data and /mnt/secrets are the folders of those names in MOUNTS.
# KEPT are what has to stay where it is, the interpreter for instance; where others may not enter the
# way to it, or it lies in /tmp, nothing else of that folder remains.
# Needs root, and a mount namespace of its own.
set -eu

mounts="$1"
shift

# A folder under / that hides a kept path from people without rights.
veil_of() {
    top="/$(printf %s "$1" | cut -d/ -f2)"
    [ "$top" = /tmp ] && return # veiled anyway
    folder="$1"
    while [ "$folder" != / ]; do
        case "$(stat -c %A "$folder")" in *[xt]) ;; *) echo "$top" && return ;; esac
        folder="$(dirname "$folder")"
    done
}

may_be_written() {
    case "$1" in /proc | /proc/* | /dev/pts | /mnt/data | /tmp) return 0 ;; esac
    return 1
}

mount --make-rprivate /
mount -t tmpfs -o size=1m,mode=755 cell /mnt
mkdir /mnt/data /mnt/secrets /mnt/kept
mount --bind "$mounts/data" /mnt/data
mount --bind "$mounts/secrets" /mnt/secrets

veils=/tmp
for path in "$@"; do
    veils="$veils $(veil_of "$path")"
done
number=0
for path in "$@"; do
    number=$((number + 1))
    mkdir "/mnt/kept/$number"
    mount --rbind "$path" "/mnt/kept/$number"
done
# shellcheck disable=SC2086 # a list of words
for veil in $(printf '%s\n' $veils | sort -u); do
    mount -t tmpfs -o size=64m,mode=1777 cell "$veil"
    number=0
    for path in "$@"; do
        number=$((number + 1))
        case "$path" in
            "$veil"/*) mkdir -p "$path" && mount --move "/mnt/kept/$number" "$path" ;;
        esac
    done
done

cut -d' ' -f5 /proc/self/mountinfo | while read -r point; do
    [ -e "$point" ] || continue # hidden by what was mounted since
    may_be_written "$point" || mount -o remount,bind,ro "$point"
done

echo ready
exec sleep infinity
