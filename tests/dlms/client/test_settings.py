"""Settings of an association."""

import pytest

from agent.dlms import AssociationSettings
from agent.domain.errors import LocalProtocolError


@pytest.mark.parametrize(("max_info", "max_pdu"), [(31, 1024), (2031, 1024), (128, 65536), (128, -1)])
def test_sizes_out_of_range_are_our_fault_at_once(max_info: int, max_pdu: int) -> None:
    with pytest.raises(LocalProtocolError):
        AssociationSettings(max_info=max_info, max_pdu=max_pdu)
