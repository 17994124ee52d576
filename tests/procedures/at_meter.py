"""Carries out a procedure at a simulated meter, without session and link; nothing is waited for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from agent.dlms import ActionReply, AttributeDescriptor, Data, DataAccessResult, MethodDescriptor
from agent.dlms.axdr.coding import encode
from agent.dlms.profile_buffer.rows import RowStream
from agent.procedures.dialogue import (
    Answer,
    Dialogue,
    Keep,
    Pause,
    Read,
    ReadRows,
    Recall,
    Remark,
    Reply,
    Request,
    Step,
    Write,
    Written,
)
from agent.simulator.meter import SimulatedMeter
from tests.dlms.virtual_line import LAST_ROW

Value = Data | DataAccessResult
MANAGEMENT_CLIENT = 1


@dataclass
class AtMeter:
    """What the procedure asks goes into `requests`, in order. `instead` may answer for the meter when it is read;
    `kept` is what earlier sessions have kept."""

    meter: SimulatedMeter
    instead: Callable[[AttributeDescriptor], Value | None] = lambda _: None
    requests: list[Request] = field(default_factory=list)
    kept: dict[tuple[str, str | None], bytes] = field(default_factory=dict)

    def run(self, task: Dialogue[Any]) -> Any:
        """The result of the procedure. Raises its errors."""
        reply: Reply = None
        while True:
            try:
                request = task.send(reply)
            except StopIteration as end:
                return end.value
            self.requests.append(request)
            reply = self._answer(request)

    @property
    def steps(self) -> list[Step]:
        """Those that the procedure reported."""
        return [each for each in self.requests if isinstance(each, Step)]

    @property
    def writes(self) -> list[Write]:
        """The changes that it asked for."""
        return [each for each in self.requests if isinstance(each, Write)]

    def _answer(self, request: Request) -> Reply:
        match request:
            case Read(attributes):
                return Answer(tuple(map(self._value, attributes)), LAST_ROW)
            case ReadRows():
                return self._rows(request)
            case Write():
                return Written(self._change(request), LAST_ROW)
            case Recall(what, kind):
                return self.kept.get((what, kind))
            case Keep(what, kind, content):
                self._keep(what, kind, content)
                return None
            case Step() | Remark() | Pause():
                return None

    def _keep(self, what: str, kind: str | None, content: bytes | None) -> None:
        if content is None:
            self.kept.pop((what, kind), None)
        else:
            self.kept[what, kind] = content

    def _value(self, attribute: AttributeDescriptor) -> Value:
        value = self.instead(attribute) or self.meter.read(MANAGEMENT_CLIENT, attribute)
        assert isinstance(value, Data | DataAccessResult)
        return value

    def _rows(self, request: ReadRows) -> DataAccessResult | None:
        value = self._value(request.buffer)
        if isinstance(value, DataAccessResult):
            return value
        stream = RowStream(request.columns)
        request.take(stream.feed(encode(value)))
        stream.finish()
        return None

    def _change(self, request: Write) -> ActionReply | DataAccessResult:
        target, value = request.change
        if isinstance(target, MethodDescriptor):
            return self.meter.invoke(MANAGEMENT_CLIENT, target, value)
        assert value is not None
        return self.meter.write(MANAGEMENT_CLIENT, target, value)
