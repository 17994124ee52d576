"""The services of xDLMS (IEC 62056-5-3): their APDUs as messages, both directions."""
