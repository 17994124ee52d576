"""Simulated devices for demo, training and tests: meters as DLMS servers, and Birds on a virtual radio.

They share the codec with the engine, but nothing with the procedures that read them.
"""
