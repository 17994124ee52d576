"""Association control (ACSE) as IEC 62056-5-3:2017 profiles ISO/IEC 15954:1999: APDUs that open and release an
application association, and the names they carry."""
