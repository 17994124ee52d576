"""The radio tests once more, over a real Bluetooth stack: Debian's kernel and bluetoothd in a virtual machine.

`python3 -m tests.vm [pytest's own arguments]`. The machine is emulated in software, has no disk of its own, and sees
this one's files read-only; what it writes is forgotten. Its Bluetooth adapter is the kernel's `hci_vhci`, and what
is in the air around it is the same simulation as in the other radio tests.
"""
