"""Meter models as data: where each model keeps what the field tasks need. One TOML file a model."""

from agent.meters.model import MeterModel, Model, PrepaymentObjects, ReadoutModel
from agent.meters.reader import load_model, model_names, parse_model

__all__ = ["MeterModel", "Model", "PrepaymentObjects", "ReadoutModel", "load_model", "model_names", "parse_model"]
