"""What the public abstract test plans of DLMS UA ask of a data link and an application layer, of both our ends."""
