"""One visit to a meter of which a twin is made: as many associations as its answers need."""

from dataclasses import dataclass, field
from datetime import datetime

from agent.dlms import AssociationSettings, AttributeDescriptor, Conformance, Opened
from agent.dlms.security.suite import Protection
from agent.domain.errors import EplusError
from agent.drivers.dlms import DlmsDriver
from agent.drivers.observed_link import Observed
from agent.link import Link
from agent.meters.twin.model import (
    ENTRIES_IN_USE,
    PROFILE_GENERIC,
    ListLimit,
    Outcome,
    Twin,
    TwinAccess,
    TwinLine,
)
from agent.procedures.twin import Recording

TITLE = "Twin"
_REQUEST, _NEXT_BLOCK = "→ GET ", "→ GET next block"
_PROTECTIONS = {Protection.of_words(words): words for words in ("none", "auth", "enc", "auth-enc")}


@dataclass
class TwinVisit:
    """What is found out, by the procedure and on the line. `opened` and `expert` are callbacks for a `Watcher`."""

    recording: Recording
    observed: Observed = field(default_factory=Observed)
    max_pdu: int = 0

    def opened(self, association: Opened) -> None:
        """Notes what the meter grants."""
        self.recording.granted, self.max_pdu = association.conformance, association.max_pdu

    def expert(self, line: str) -> None:
        """Counts the requests that were really sent."""
        if line.startswith(_REQUEST) and not line.startswith(_NEXT_BLOCK):
            self.recording.requests += 1

    async def run(self, driver: DlmsDriver, link: Link) -> None:
        """Until all is known; `link` is an `ObservedLink`.

        Raises:
            EplusError: of the link, the association, or of a meter that has stopped answering.
        """
        while True:
            try:
                return await driver.run(self.recording.run, TITLE, link)
            except EplusError as error:
                self.recording.go_on_after(error)

    def twin(self, settings: AssociationSettings, recorded_at: datetime) -> Twin:
        """The meter, with all its secrets: see `clean`."""
        recording = self.recording
        lists = Conformance.MULTIPLE_REFERENCES in recording.granted
        return Twin(
            recorded_at=recorded_at,
            model=recording.model.name,
            line=self._line(settings),
            access=_access(settings, recording.granted, self.max_pdu),
            sign_on=self.observed.sign_on,
            times=self.observed.times(),
            lists=ListLimit(recording.bearable, recording.beyond) if lists else ListLimit(),
            unknown=recording.unknown,
            selections={profile: end.selections() for profile, end in recording.profiles.items()},
            answers=_answers(recording),
        )

    def _line(self, settings: AssociationSettings) -> TwinLine:
        agreed, plain = self.observed.parameters, not settings.ciphered
        return TwinLine(
            client_sap=settings.client_sap,
            server_sap=settings.server_sap,
            physical=settings.physical,
            address_size=settings.address_size,
            send_info=agreed.transmit_info,
            receive_info=agreed.receive_info,
            send_window=agreed.transmit_window,
            receive_window=agreed.receive_window,
            block_size=self.observed.block_size if plain else None,
            whole_size=self.observed.whole_size if plain else None,
            baud=self.observed.baud,
        )


def secrets_of(settings: AssociationSettings) -> list[bytes]:
    """The password and the keys of an association."""
    security = settings.security
    keys = (security.encryption_key, security.authentication_key, security.dedicated_key) if security else ()
    return [each for each in (settings.secret, *keys) if each]


def _access(settings: AssociationSettings, granted: Conformance, max_pdu: int) -> TwinAccess:
    security = settings.security
    return TwinAccess(
        authentication=settings.mechanism.words,
        security=_PROTECTIONS[security.protection] if security else "none",
        suite=security.suite if security else 0,
        secret=settings.secret,
        encryption_key=security.encryption_key if security else None,
        authentication_key=security.authentication_key if security else None,
        conformance=granted,
        max_pdu=max_pdu,
    )


def _answers(recording: Recording) -> dict[AttributeDescriptor, Outcome]:
    """What was read, the rows of profiles in their places."""
    answers = dict(recording.answers)
    for attribute in recording.buffers():
        end = recording.profiles[attribute.obis]
        answers[attribute] = end.buffer()
        in_use = AttributeDescriptor(PROFILE_GENERIC, attribute.obis, ENTRIES_IN_USE)
        if (known := end.entries_in_use(answers.get(in_use))) is not None:
            answers[in_use] = known
    return answers
