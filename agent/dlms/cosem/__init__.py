"""COSEM objects: logical names (IEC 62056-6-1:2017), interface classes (IEC 62056-6-2:2017), values, units, times."""
