"""Meter models as data: which objects the procedures use in meters of each model. One TOML file for each model."""

from agent.meters.checkup import ActivityCheck, checkup
from agent.meters.model import MeterModel, Model, PrepaymentObjects, ReadoutModel
from agent.meters.reader import load_model, model_names, parse_model, read_model_file

__all__ = [
    "ActivityCheck",
    "MeterModel",
    "Model",
    "PrepaymentObjects",
    "ReadoutModel",
    "checkup",
    "load_model",
    "model_names",
    "parse_model",
    "read_model_file",
]
