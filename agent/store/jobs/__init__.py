"""Jobs on the disk: what is known of one (`records`), how it moves from state to state (`life`), and lists of them."""

from agent.store.jobs.life import (
    create,
    decide,
    dismiss,
    interrupt,
    interrupt_running,
    leave_undecided,
    resume,
    settle,
    start,
)
from agent.store.jobs.lists import get, history, pending, pending_page
from agent.store.jobs.records import JobRecord, NewJob, Settlement

__all__ = [
    "JobRecord",
    "NewJob",
    "Settlement",
    "create",
    "decide",
    "dismiss",
    "get",
    "history",
    "interrupt",
    "interrupt_running",
    "leave_undecided",
    "pending",
    "pending_page",
    "resume",
    "settle",
    "start",
]
