"""A tester in the client's role: raw frames and APDUs to a meter, and what it must have answered."""

from tests.conformance import octets
from tests.conformance.aarq import aarq
from tests.conformance.octets import COMMAND, DISC, DM, POLL, RESPONSE, RR, SNRM, UA, Seen, frame, i_frame, supervisory
from tests.conformance.ports import Attribute, MeterUnderTest

PUBLIC, MANAGEMENT, HASHING, CIPHERING = 16, 1, 2, 3
AARE, EXCEPTION, CONFIRMED_SERVICE_ERROR = 0x61, 0xD8, 0x0E
_MOST_POLLS = 2000


class NotTried(Exception):
    """The item does not apply to this meter, or cannot be tried at it; why, in words."""


def expect(is_so: bool, words: str) -> None:
    """An AssertionError with these words, unless it is so."""
    if not is_so:
        raise AssertionError(words)


class Tester:
    """One connection to a meter. `ns` and `nr` are the next N(S) to send and N(R) to acknowledge."""

    def __init__(self, meter: MeterUnderTest, client: int = PUBLIC) -> None:
        self.meter = meter
        self.port = meter.connect()
        self.client = octets.address(client)
        self.server = octets.address(*meter.addresses[0])
        self.ns = self.nr = 0
        self.most_in_a_burst = 0

    # ── frames ──

    def frame(self, control: int, information: bytes = b"", segmented: bool = False) -> bytes:
        """A frame from the client to the meter."""
        return frame(self.server, self.client, control, information, segmented)

    def talk(self, sent: bytes) -> list[Seen]:
        """What the meter answers, each frame sound and between the right addresses."""
        answers = octets.frames(self.port.talk(sent))
        for answer in answers:
            expect(answer.destination == self.client, f"answers client {answer.destination.hex()}")
            expect(answer.source == self.server, f"answers as {answer.source.hex()}")
        return answers

    def one(self, sent: bytes) -> Seen:
        """The one frame that the meter answers."""
        answers = self.talk(sent)
        expect(len(answers) == 1, f"one frame was due, came {', '.join(map(str, answers)) or 'none'}")
        expect(answers[0].final, "its answer is not final")
        return answers[0]

    def silence(self, sent: bytes, what: str) -> None:
        """The meter must not answer this; afterwards a pause, as nothing may be left of it."""
        answers = self.port.talk(sent)
        expect(not answers, f"answers {what}: {answers.hex()}")
        self.port.wait(self.meter.inter_octet * 1.5)

    # ── connection ──

    def agree(self, information: bytes = b"") -> dict[int, int]:
        """Connects; gives the parameters of UA."""
        return octets.read_parameters(self.snrm(information))

    def snrm(self, information: bytes = b"") -> bytes:
        """Connects; gives the information field of UA."""
        answer = self.one(self.frame(SNRM | POLL, information))
        expect(answer.kind == UA, f"UA was due after SNRM, came {answer}")
        self.ns = self.nr = 0
        return answer.information

    def disconnect(self) -> Seen:
        """What the meter answers to DISC."""
        return self.one(self.frame(DISC | POLL))

    def to_ndm(self) -> None:
        """Disconnected, whatever was before."""
        answer = self.disconnect()
        expect(answer.kind in (UA, DM), f"UA or DM was due after DISC, came {answer}")

    def is_in_ndm(self) -> None:
        """DISC of what is disconnected is answered with DM."""
        answer = self.disconnect()
        expect(answer.kind == DM, f"DM was due after DISC in NDM, came {answer}")

    def is_in_nrm(self) -> None:
        """RR is answered with RR, and numbers are those of both sides."""
        answer = self.one(self.frame(supervisory(RR, self.nr)))
        expect(answer.kind == RR, f"RR was due in NRM, came {answer}")
        expect(answer.nr == self.ns, f"N(R) {self.ns} was due, came {answer.nr}")

    # ── APDUs ──

    def ask(self, apdu: bytes) -> bytes:
        """The meter's response, without LLC header; empty if there is none."""
        request = self.frame(i_frame(self.ns, self.nr), COMMAND + apdu)
        self.ns = (self.ns + 1) % 8
        return self.collect(request)

    def collect(self, poll: bytes, content: bytes = b"") -> bytes:
        """Polls until a whole APDU has come; `content` is what has come of it before."""
        for _ in range(_MOST_POLLS):
            answers = self.talk(poll)
            self.most_in_a_burst = max(self.most_in_a_burst, len(answers))
            for answer in answers:
                expect(answer.is_information or answer.kind == RR, f"I or RR was due, came {answer}")
                expect(answer.nr == self.ns, f"N(R) {self.ns} was due, came {answer.nr}")
                if not answer.is_information:
                    continue
                expect(answer.ns == self.nr, f"N(S) {self.nr} was due, came {answer.ns}")
                self.nr = (self.nr + 1) % 8
                content += answer.information
                if not answer.segmented:
                    expect(content.startswith(RESPONSE), f"no LLC header: {content[:6].hex()}")
                    return content[len(RESPONSE) :]
            if not any(answer.is_information for answer in answers):
                return b""
            poll = self.frame(supervisory(RR, self.nr))
        raise AssertionError("no end")

    def associate(self, request: bytes | None = None) -> dict[int, bytes]:
        """The fields of the AARE that answers this AARQ; without one, that of the public client."""
        response = self.ask(request or aarq())
        expect(response[:1] == bytes((AARE,)), f"an AARE was due, came {response.hex() or 'nothing'}")
        return octets.fields(octets.fields(response)[AARE])

    def open(self, request: bytes | None = None) -> None:
        """Connected and associated."""
        self.to_ndm()
        self.snrm()
        accepted(self.associate(request))

    def get(self, attribute: Attribute, invoke: int = 0xC1) -> bytes:
        """The response to Get-Request-Normal."""
        return self.ask(bytes((0xC0, 1, invoke)) + attribute.encode() + b"\x00")

    def is_associated(self) -> None:
        """An attribute that everybody may read is read."""
        response = self.get(self.meter.short)
        expect(response[:4] == b"\xc4\x01\xc1\x00", f"not associated: {response.hex() or 'no answer'}")

    def is_not_associated(self) -> None:
        """A request brings no value."""
        response = self.get(self.meter.short)
        expect(response[:1] != b"\xc4" or response[3:4] != b"\x00", f"a value without an association: {response.hex()}")


def accepted(aare: dict[int, bytes]) -> None:
    """The association stands, at once or after HLS."""
    expect(aare.get(0xA2) == b"\x02\x01\x00", f"refused, diagnostic {aare.get(0xA3, b'').hex()}")


def refused(
    aare: dict[int, bytes], *diagnostics: int, service_error: int | None = None, provider: bool = False
) -> None:
    """Refused, with one of these diagnostics, or this error of xDLMS-Initiate."""
    expect(aare.get(0xA2) in (b"\x02\x01\x01", b"\x02\x01\x02"), "accepted")
    if service_error is not None:
        information = aare.get(0xBE, b"")[2:]
        expect(information == bytes((CONFIRMED_SERVICE_ERROR, 1, 6, service_error)), f"says {information.hex()}")
    if diagnostics:
        source = 0xA2 if provider else 0xA1
        known = [bytes((source, 3, 2, 1, number)) for number in diagnostics]
        expect(aare.get(0xA3) in known, f"diagnostic {aare.get(0xA3, b'').hex()}")
