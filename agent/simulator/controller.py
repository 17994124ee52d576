"""What Bumble's virtual controller lacks: signals, real scan responses, leaving the range, cancelling an attempt."""

import asyncio
import dataclasses
from collections.abc import Iterator
from typing import Any

from bumble import hci
from bumble.controller import Controller
from bumble.link import LocalLink

Report = hci.HCI_LE_Advertising_Report_Event
ExtendedReport = hci.HCI_LE_Extended_Advertising_Report_Event


class Waves(LocalLink):  # type: ignore[misc]
    """Drops what is sent to a device that is not there."""

    def send_ll_control_pdu(self, sender_address: Any, receiver_address: Any, packet: Any) -> None:
        """As Bumble does, if the receiver is there."""
        if self.find_le_controller(receiver_address) is not None:
            super().send_ll_control_pdu(sender_address, receiver_address, packet)


class RadioController(Controller):  # type: ignore[misc]
    """`signals` maps addresses to dBm, shared by all controllers of one radio."""

    def __init__(self, name: str, link: Waves, signals: dict[str, int], **transport: Any) -> None:
        super().__init__(name, link=link, **transport)
        self.signals = signals
        self._near = link
        self.pending_le_connection: Any = None

    def send_hci_packet(self, packet: Any) -> None:
        """As Bumble does, with real signals and scan responses in the advertising reports."""
        if isinstance(packet, Report):
            packet = Report([self._real(r, r.event_type == Report.EventType.SCAN_RSP) for r in packet.reports])
        elif isinstance(packet, ExtendedReport):
            response = ExtendedReport.EventType.SCAN_RESPONSE
            packet = ExtendedReport([self._real(r, bool(r.event_type & response)) for r in packet.reports])
        super().send_hci_packet(packet)

    def scan_responses(self, address: Any) -> Iterator[bytes]:
        """The scan responses of what this controller advertises under that address."""
        legacy = self.le_legacy_advertiser
        if legacy.enabled and legacy.address == address:
            yield bytes(legacy.scan_response_data)
        for advertising_set in self.advertising_sets.values():
            if advertising_set.enabled and advertising_set.address == address:
                yield bytes(advertising_set.scan_response_data)

    def go_out_of_range(self) -> None:
        """Nobody hears it any more; whoever was connected notices by the supervision time-out."""
        self._near.controllers.discard(self)
        self.link = Waves()
        for other in self._near.controllers:
            for peer, connection in list(other.le_connections.items()):
                if peer in (self.random_address, self.public_address):
                    other.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)
        for connection in list(self.le_connections.values()):
            self.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)

    def come_back(self) -> None:
        """In range again."""
        self.link = self._near
        self.link.controllers.add(self)

    def on_hci_le_create_connection_cancel_command(self, _command: Any) -> Any:
        """Drops the pending connection, and reports it as failed after the command has been answered."""
        pending, self.pending_le_connection = self.pending_le_connection, None
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        cancelled = hci.HCI_LE_Connection_Complete_Event(
            status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
            connection_handle=0,
            role=hci.Role.CENTRAL,
            peer_address_type=pending.peer_address.address_type,
            peer_address=pending.peer_address,
            connection_interval=0,
            peripheral_latency=0,
            supervision_timeout=0,
            central_clock_accuracy=0,
        )
        asyncio.get_running_loop().call_soon(self.send_hci_packet, cancelled)
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def _real(self, report: Any, is_response: bool) -> Any:
        report = dataclasses.replace(report, rssi=self.signals.get(report.address.to_string(False), report.rssi))
        if is_response:
            answers = (data for other in self.link.controllers for data in other.scan_responses(report.address))
            report.data = next(answers, report.data)
        return report
