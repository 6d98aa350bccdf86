#!/bin/sh
# tests/deployment/container.sh ROOT DATA PAYLOADS USER GROUP COMMAND...
# Runs a command in the file system ROOT as an engine would run it hardened: as that user without any
# capability and without a way to get one, on a root that nobody can write to. DATA is its /data,
# PAYLOADS its /payloads, and /tmp is empty. Needs root, and mount and pid namespaces of its own.
set -eu

root="$1" data="$2" payloads="$3" user="$4" group="$5"
shift 5

mount --make-rprivate /
mount --bind "$root" "$root"
mkdir -p "$root/payloads"
mount -o remount,bind,ro "$root"
mount --bind "$data" "$root/data"
mount --bind "$payloads" "$root/payloads"
mount -o remount,bind,ro "$root/payloads"
mount -t tmpfs -o size=256m,mode=1777 container "$root/tmp"
mount -t proc container "$root/proc"
mount --rbind /dev "$root/dev"
ip link set lo up 2>/dev/null || true # the host's is up, a new network's is not

exec /usr/sbin/chroot "$root" /usr/bin/setpriv --reuid "$user" --regid "$group" --clear-groups \
    --inh-caps=-all --ambient-caps=-all --bounding-set=-all --no-new-privs "$@"
