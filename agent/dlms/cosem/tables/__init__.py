"""The interface classes that meters in the field have, as data, by topic (IEC 62056-6-2:2017)."""
