"""Who has access: tablets, technicians on tablets, and other systems."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain import exchange
from agent.domain.errors import InputError
from agent.domain.exchange import DeviceEnrolment, DeviceState, SessionRequest
from agent.domain.group import MOBILE_GROUP
from agent.smm import audit
from agent.smm.database import AUTO_APPROVE, Database, get_setting
from agent.smm.models import ApiKey, EnrolledTablet, MobileSession, User
from agent.smm.people import login, mobile_sessions
from agent.smm.people.lockout import TooManyAttempts
from agent.smm.people.mobile_sessions import Technician, hash_of
from agent.smm.people.requester import Requester
from agent.smm.problems import ProblemRaised

SESSION_TIME = timedelta(hours=12)
OFFLINE_TIME = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=1)


def enrol(session: Session, enrolment: DeviceEnrolment, now: datetime) -> EnrolledTablet:
    """The tablet with these keys, new or known; its id is derived from its signing key.

    Raises:
        ProblemRaised: 409, the tablet is enrolled with another sealing key.
    """
    device_id = "T-" + hashlib.sha256(bytes.fromhex(enrolment.signing_key)).hexdigest()[:16]
    tablet = session.get(EnrolledTablet, device_id)
    if tablet is None:
        approved = get_setting(session, AUTO_APPROVE) == "yes"
        tablet = EnrolledTablet(
            id=device_id,
            name=enrolment.name,
            signing_key=enrolment.signing_key,
            sealing_key=enrolment.sealing_key,
            state=DeviceState.APPROVED if approved else DeviceState.PENDING,
            enrolled_at=now,
            seen_at=now,
        )
        session.add(tablet)
    elif tablet.sealing_key != enrolment.sealing_key:
        raise ProblemRaised(409, "This tablet is enrolled with another sealing key", "bad-input")
    tablet.seen_at = now
    return tablet


def log_in(database: Database, credentials: SessionRequest, address: str, now: datetime) -> exchange.Session:
    """A session for a technician on an approved tablet.

    Raises:
        ProblemRaised: 401 `login-wrong`; 403 `login-locked`, `login-not-mobile`, `device-pending`,
            `device-revoked`; 429 `login-throttled`.
    """
    try:
        user = login.check(database, credentials.username, credentials.password, address, now)
    except TooManyAttempts as error:
        seconds = max(1, int((error.until - now).total_seconds()))
        raise ProblemRaised(429, "Too many wrong passwords", "login-throttled", retry_after=seconds) from None
    if user is None:
        raise ProblemRaised(401, "Wrong user or password", "login-wrong")
    with database.begin() as session:
        return _new_session(session, user, credentials, now)


def _new_session(session: Session, user: User, credentials: SessionRequest, now: datetime) -> exchange.Session:
    if user.locked:
        raise ProblemRaised(403, "This user is locked", "login-locked")
    if user.group != MOBILE_GROUP:
        raise ProblemRaised(403, "Not in the Mobile User Group", "login-not-mobile")
    tablet = session.get(EnrolledTablet, credentials.device)
    if tablet is None or tablet.state != DeviceState.APPROVED:
        revoked = tablet is not None and tablet.state == DeviceState.REVOKED
        raise ProblemRaised(403, "This tablet is not approved", "device-revoked" if revoked else "device-pending")
    token = secrets.token_urlsafe(32)
    session.add(
        MobileSession(
            token_hash=hash_of(token),
            user_id=user.id,
            device_id=tablet.id,
            created_at=now,
            expires_at=now + SESSION_TIME,
        )
    )
    audit.note(session, user.username, "login-tablet", tablet.name, user.tag)
    tablet.seen_at = now
    return exchange.Session(
        token=token,
        user=exchange.User(
            username=user.username, name=user.name, group=user.group, tag=user.tag, culture=user.culture
        ),
        expires_at=now + SESSION_TIME,
        offline_until=now + OFFLINE_TIME,
        server_time=now,
    )


def session_of(session: Session, authorization: str | None, now: datetime) -> Technician:
    """The technician whose session token is in an `Authorization: Bearer …` header.

    Raises:
        ProblemRaised: 401 `session-ended`, or 403 if user or tablet has lost access since.
    """
    scheme, _, token = (authorization or "").partition(" ")
    found = mobile_sessions.find(session, token, now) if scheme == "Bearer" and token else None
    if found is None:
        raise ProblemRaised(401, "The session has ended", "session-ended")
    if found.locked:
        raise ProblemRaised(403, "This user is locked", "login-locked")
    if found.group != MOBILE_GROUP:
        raise ProblemRaised(403, "Not in the Mobile User Group", "login-not-mobile")
    if found.device_state != DeviceState.APPROVED:
        raise ProblemRaised(403, "This tablet is not approved", "device-revoked")
    if found.seen_at <= now - SEEN_EVERY:
        mobile_sessions.mark_seen(session, found.device_id, now)
    return found


def system_of(session: Session, authorization: str | None) -> Requester:
    """The other system whose key is in an `Authorization: Bearer …` header. Raises ProblemRaised 401."""
    scheme, _, secret = (authorization or "").partition(" ")
    found = session.get(ApiKey, hash_of(secret)) if scheme == "Bearer" and secret else None
    if found is None or found.revoked:
        raise ProblemRaised(401, "Unknown key", "key-unknown")
    return Requester(found.name, found.tag)


def new_key(session: Session, name: str, tag: str, now: datetime) -> str:
    """Creates a key for another system; only its hash is kept. Raises: InputError if the name is taken."""
    if session.scalar(select(ApiKey).where(ApiKey.name == name)) is not None:
        raise InputError(code="bad-input", field=f"key {name} exists")
    secret = secrets.token_urlsafe(32)
    session.add(ApiKey(key_hash=hash_of(secret), name=name, tag=tag, created_at=now))
    return secret


def revoke_key(session: Session, name: str) -> None:
    """The key is refused from now on. Raises: InputError if there is none of that name."""
    found = session.scalar(select(ApiKey).where(ApiKey.name == name))
    if found is None:
        raise InputError(code="bad-input", field=f"key {name}"[:60])
    found.revoked = True
