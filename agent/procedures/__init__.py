"""Field tasks as pure dialogues with a meter: one generator a task, no I/O, no clock.

A procedure yields requests (`Step`, `Read`, `Write` and so on) and is sent the answers. Only `drivers/session.py` sends
anything to a meter.
"""
