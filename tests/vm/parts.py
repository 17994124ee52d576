"""What the virtual machine is made of: Debian's packages, its kernel, and the few drivers needed to start."""

import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = ("qemu-system-x86_64", "dbus-daemon", "busybox", "cpio", "modprobe", "depmod")
BLUETOOTHD = Path("/usr/libexec/bluetooth/bluetoothd")
_PACKAGES = ("qemu-system-x86", "bluez", "dbus", "kmod", "busybox-static", "cpio")
_KERNEL = "linux-image-amd64"
_KEPT_OF_KERNEL = (
    "./boot/vmlinuz-*",
    "./lib/modules/*/modules.*",
    *(
        f"./lib/modules/*/kernel/{part}/*"
        for part in (
            "net/bluetooth",
            "net/rfkill",
            "net/9p",
            "drivers/bluetooth",
            "drivers/virtio",
            "drivers/char/hw_random",
            "fs/9p",
            "fs/netfs",
            "fs/fscache",
            "fs/overlayfs",
            "crypto",
            "lib",
            "arch/x86/crypto",
        )
    ),
)
_DRIVERS = (
    *("virtio_pci", "9pnet_virtio", "9p", "overlay", "virtio_rng"),
    *("hmac", "sha512_generic", "ctr", "drbg", "cmac", "ecb", "algif_hash", "algif_skcipher"),
    *("bluetooth", "hci_vhci"),
)
_LINKS = ("sh", "mount", "insmod", "mkdir", "switch_root", "cat", "echo")


class Lacking(Exception):
    """The machine cannot be built here; says why."""


def make_sure(folder: Path) -> tuple[Path, Path]:
    """Kernel and first file system, built in this folder where they are not there yet. Raises Lacking."""
    _install()
    kernel, first = folder / "vmlinuz", folder / "initramfs.gz"
    newest = max(file.stat().st_mtime for file in HERE.iterdir() if file.suffix in (".py", ".sh"))
    if not first.exists() or first.stat().st_mtime < newest:
        folder.mkdir(parents=True, exist_ok=True)
        modules = _fetch_kernel(folder)
        _build_first(modules, first)
    return kernel, first


def _install() -> None:
    missing = [name for name in PROGRAMS if shutil.which(name, path=_path()) is None]
    if not missing and BLUETOOTHD.exists():
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise Lacking(f"needs {', '.join(_PACKAGES)}: {', '.join(missing) or BLUETOOTHD} not found")
    print("installing the parts of a virtual machine", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *_PACKAGES]
    if subprocess.run(install, env=environment, capture_output=True, check=False).returncode:
        subprocess.run(["apt-get", "update", "-qq"], capture_output=True, check=False)
        done = subprocess.run(install, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Lacking(done.stderr[-500:])


def _fetch_kernel(folder: Path) -> Path:
    """Debian's own kernel, of which only what the guest needs is unpacked; returns the folder of its modules."""
    depends = _output("apt-cache", "depends", _KERNEL)
    package = next((line.split()[1] for line in depends.splitlines() if "Depends:" in line), None)
    if package is None:
        raise Lacking(f"no package {_KERNEL}")
    root = folder / "kernel"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as fetched:
        Path(fetched).chmod(0o777)  # apt fetches as a user of its own
        _output("apt-get", "download", "-qq", package, cwd=Path(fetched))
        (archive,) = Path(fetched).glob("*.deb")
        wanted = " ".join(f"'{part}'" for part in _KEPT_OF_KERNEL)
        unpack = f"dpkg-deb --fsys-tarfile {archive} | tar -x -C {root} --wildcards {wanted}"
        subprocess.run(["bash", "-c", unpack], stderr=subprocess.DEVNULL, check=False)
    (image,) = (root / "boot").glob("vmlinuz-*")
    shutil.copy(image, folder / "vmlinuz")
    (modules,) = (root / "lib" / "modules").iterdir()
    subprocess.run([_program("depmod"), "-b", root, modules.name], capture_output=True, check=False)
    return modules


def _build_first(modules: Path, target: Path) -> None:
    """BusyBox, the drivers in the order of their dependencies, and `init.sh`."""
    with tempfile.TemporaryDirectory() as work:
        root = Path(work)
        for name in ("bin", "proc", "sys", "dev", "below", "above", "whole", "drivers"):
            (root / name).mkdir()
        shutil.copy(_program("busybox"), root / "bin" / "busybox")
        for name in _LINKS:
            (root / "bin" / name).symlink_to("busybox")
        for number, driver in enumerate(_drivers_in_order(modules)):
            shutil.copy(driver, root / "drivers" / f"{number:03}-{driver.name}")
        init = root / "init"
        shutil.copy(HERE / "init.sh", init)
        init.chmod(init.stat().st_mode | stat.S_IXUSR)
        pack = "find . | cpio -o -H newc --quiet | gzip -1"
        target.write_bytes(subprocess.run(["bash", "-c", pack], cwd=root, capture_output=True, check=True).stdout)


def _drivers_in_order(modules: Path) -> list[Path]:
    found: dict[str, None] = {}
    for driver in _DRIVERS:
        base = modules.parent.parent.parent
        listed = _output(_program("modprobe"), "-d", str(base), "-S", modules.name, "-D", driver)
        found.update({line.split()[1]: None for line in listed.splitlines() if line.startswith("insmod")})
    return [Path(path) for path in found]


def _output(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Lacking(f"{command[0]}: {done.stderr[-300:]}")
    return done.stdout


def _program(name: str) -> str:
    return shutil.which(name, path=_path()) or name


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
