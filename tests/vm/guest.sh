# Inside the virtual machine, as its first process: D-Bus, bluetoothd, then the tests; off when they are done.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root EPLUS_RADIO=bluez
export PYTHONDONTWRITEBYTECODE=1
checkout=$(cd "$(dirname "$0")/../.." && pwd)
for word in $(cat /proc/cmdline); do
  case $word in
    python=*) python=${word#python=} ;;
    arguments=*) arguments=${word#arguments=} ;;
  esac
done
mount -t tmpfs tmpfs /run
mkdir -p /run/dbus /run/lock /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mkdir -p /run/tmp
export TMPDIR=/run/tmp
mkdir -p /var/lib/bluetooth
mount -t tmpfs tmpfs /var/lib/bluetooth
hostname radio
dbus-uuidgen --ensure
dbus-daemon --system --fork --nopidfile
/usr/libexec/bluetooth/bluetoothd -n -E >/run/bluetoothd.log 2>&1 &
for _ in $(seq 100); do
  dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner \
    string:org.bluez 2>/dev/null | grep -q true && break
  sleep 0.1
done
echo "VM: bluetoothd after $(cut -d' ' -f1 /proc/uptime) s"
cd "$checkout" || exit
printf '%s' "$arguments" | base64 -d | xargs -0 "$python" -m pytest -p no:cacheprovider -p tests.vm.count \
  -o asyncio_default_fixture_loop_scope=session -o asyncio_default_test_loop_scope=session
tail -n 5 /run/bluetoothd.log
sync
echo o >/proc/sysrq-trigger
sleep 5
