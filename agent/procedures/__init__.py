"""Field tasks as pure dialogues with a meter: one generator a task, no I/O, no clock.

A procedure yields what it wants (`Step`, `Read`) and is sent what came back; `drivers/session.py` is the only one
that sends anything.
"""
