"""A recorded meter that is played again: a twin as a meter, and a trace answered octet by octet."""
