#!/bin/sh
# First process of the virtual machine: the host's files below, a layer that is forgotten above, and on to guest.sh.
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for driver in /drivers/*; do insmod "$driver" 2>/dev/null; done
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=262144,cache=loose host /below || exec sh
mount -t tmpfs tmpfs /above
mkdir /above/written /above/work
mount -t overlay overlay -o lowerdir=/below,upperdir=/above/written,workdir=/above/work /whole
mkdir -p /whole/proc /whole/sys /whole/dev
mount -t proc proc /whole/proc
mount -t sysfs sys /whole/sys
mount -t devtmpfs dev /whole/dev
for word in $(cat /proc/cmdline); do case $word in guest=*) guest=${word#guest=} ;; esac; done
exec switch_root /whole /bin/bash "$guest"
