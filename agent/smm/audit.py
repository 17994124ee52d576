"""The audit: who did what, written in the same transaction as the change itself."""

from typing import Any

from flask import has_request_context, request
from sqlalchemy.orm import Session

from agent.smm.database import utc_now
from agent.smm.models import AuditEntry

COMMAND_LINE = "command line"


def note(session: Session, actor: str, action: str, subject: str, tag: str = "", **details: Any) -> None:
    """Adds an entry. `details` are names, numbers and serial numbers; never a secret, never customer data."""
    address = (request.remote_addr or "")[:64] if has_request_context() else ""
    session.add(
        AuditEntry(
            at=utc_now(),
            actor=actor[:100],
            address=address,
            action=action,
            subject=subject[:100],
            tag=tag,
            details=details,
        )
    )
