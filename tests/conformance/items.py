"""The items, in the order of the plans: DLMS UA 1001-3 (data link layer) and 1001-6 (application layer, logical names).

What a plan asks is put in our own words at each test. Items of ours (`MORE_…`) go beyond the plans. Left out: those
for short names, which neither of our ends speaks, and those for COSEM objects and security suites.
"""

from dataclasses import dataclass

LINK = "IEC 62056-46:2002+A1:2006"
NEGOTIATION = "IEC 62056-46:2002+A1:2006, 6.4.4.4"
ELEMENTS = "ISO/IEC 13239:2002, 5.5.3.4; IEC 62056-46:2002+A1:2006"
LAYER = "IEC 62056-5-3:2017"


@dataclass(frozen=True)
class Item:
    """`clause` names the standard, with its edition; a section only where it is certain."""

    name: str
    clause: str

    @property
    def function(self) -> str:
        """The function that plays it, at a meter and at a client."""
        return self.name.lower()

    @property
    def is_link(self) -> bool:
        return "HDLC" in self.name


ITEMS = (
    Item("HDLC_FRAME_P1", LINK),
    Item("HDLC_FRAME_P2", LINK),
    Item("HDLC_FRAME_P3", LINK),
    Item("HDLC_FRAME_N1", LINK),
    Item("HDLC_FRAME_N2", LINK),
    Item("HDLC_FRAME_N3", LINK),
    Item("HDLC_FRAME_N4", LINK),
    Item("HDLC_FRAME_N5", ELEMENTS),
    Item("HDLC_FRAME_N7", LINK),
    Item("HDLC_FRAME_N8", LINK),
    Item("HDLC_ADDRESS_P1", LINK),
    Item("HDLC_ADDRESS_N1", LINK),
    Item("HDLC_ADDRESS_N4", LINK),
    Item("HDLC_ADDRESS_N6", LINK),
    Item("HDLC_ADDRESS_N7", LINK),
    Item("HDLC_NDM2NRM_P1", NEGOTIATION),
    Item("HDLC_NDM2NRM_P2", NEGOTIATION),
    Item("HDLC_INFO_P1", LINK),
    Item("HDLC_INFO_N1", ELEMENTS),
    Item("HDLC_INFO_N2", ELEMENTS),
    Item("HDLC_INFO_N3", LINK),
    Item("HDLC_NDMOP_N1", LINK),
    Item("MORE_HDLC_SNRM_AGAIN", LINK),
    Item("MORE_HDLC_UNKNOWN_PARAMETERS", NEGOTIATION),
    Item("MORE_HDLC_REPEATED", LINK),
    Item("MORE_HDLC_WINDOW", LINK),
    Item("MORE_HDLC_RR", LINK),
    Item("MORE_HDLC_RNR", LINK),
    Item("MORE_HDLC_NOT_POLLED", LINK),
    Item("MORE_HDLC_BROADCAST", LINK),
    Item("MORE_HDLC_OTHER_CLIENT", LINK),
    Item("MORE_HDLC_UI", LINK),
    Item("APPL_IDLE_N1", LAYER),
    Item("APPL_OPEN_1", LAYER),
    Item("APPL_OPEN_2", LAYER),
    Item("APPL_OPEN_3", LAYER),
    Item("APPL_OPEN_4", LAYER),
    Item("APPL_OPEN_5", LAYER),
    Item("APPL_OPEN_6", LAYER),
    Item("APPL_OPEN_7", LAYER),
    Item("APPL_OPEN_9", LAYER),
    Item("APPL_OPEN_11", LAYER),
    Item("APPL_OPEN_12", LAYER),
    Item("APPL_OPEN_13", LAYER),
    Item("APPL_OPEN_14", LAYER),
    Item("APPL_DATA_LN_N1", LAYER),
    Item("APPL_DATA_LN_N3", LAYER),
    Item("APPL_DATA_LN_N4", LAYER),
    Item("APPL_REL_P1", LAYER),
    Item("MORE_APPL_AGAIN", LAYER),
    Item("MORE_APPL_CLIENT", LAYER),
    Item("MORE_APPL_INVOKE_ID", LAYER),
    Item("MORE_APPL_ACTION", LAYER),
    Item("MORE_APPL_BLOCKS", LAYER),
    Item("MORE_APPL_BLOCK_NUMBER", LAYER),
    Item("MORE_APPL_BLOCK_ABORT", LAYER),
)
