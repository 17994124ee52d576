"""xDLMS services (IEC 62056-5-3:2017): each APDU as a message, encoded and decoded."""
