#!/bin/sh
# net-helper.sh INTERFACE FD: what an emulator's network script does, told small.
# It gets one descriptor, and must find no other.
interface=$1 fd=$2
for path in /proc/self/fd/*; do
    open=${path##*/}
    # 0, 1, 2, ours, and 10 or more: the shell's own
    if [ "$open" -gt 2 ] && [ "$open" -lt 10 ] && [ "$open" != "$fd" ] && [ -e "$path" ]; then
        echo "descriptor $open is open, too" >&2
        exit 1
    fi
done
eval "echo up \$interface >&$fd"
