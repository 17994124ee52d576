"""A twin: all that one visit found out about a meter, in a file that plays it again. Secrets in it are made up.

The file (`meter.twin`) is text: one JSON object a line, in UTF-8, each kind with keys of its own, in this order:

    {"twin": 1, "recorded_at": …, "model": …}      version of the format; the tablet's time; the model it was read as
    {"line": {…}}                                  addresses, information fields, windows, largest block, baud
    {"access": {…}}                                client, authentication, synthetic secrets, services, largest APDU
    {"sign_on": {…}}                               the identification, where a sign-on came first
    {"times": "get", "count": …, "median_ms": …, "spread_ms": …}
                                                   how long the meter thinks about a request of that kind
    {"lists": {"largest": …, "beyond": …}}         attributes that one GET bears, and what a longer one gets
    {"unknown": "object", "refused": …}            what a name gets that the meter does not have
    {"selection": "1.0.99.1.0.255", "range": …, "entry": …}
                                                   of a profile: `kept`, `ignored`, or the refusal
    {"attribute": "3/1.0.1.8.0.255/2", "value": ["double-long-unsigned", 1352143]}
    {"attribute": "15/0.0.40.0.0.255/7", "refused": "read-write-denied"}
    {"attribute": "1/0.0.96.5.0.255/2", "failed": "no-answer"}
    {"attribute": "7/1.0.99.1.0.255/2", "array": 96}
    {"element": ["structure", […]]}                so many lines, the elements of the array before them
    {"end": 328}                                   lines before this one, by which a file that was cut is known

A value is its type and its content. Octets are in hex, or `{"text": …}` where they are all printable, or
`{"name": …}` where they are a logical name; floats are the hex of their octets; a compact array is the hex of all of
its A-XDR encoding. What a meter's own octets may do and a type cannot say (a length of more octets than it needs) is
lost.
"""
