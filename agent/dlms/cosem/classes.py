"""The interface classes of COSEM by class id and version: names, attributes and methods (IEC 62056-6-2:2017)."""

from agent.dlms.cosem.model import InterfaceClass
from agent.dlms.cosem.tables import access, measuring, supply, timing

CLASSES: tuple[InterfaceClass, ...] = measuring.CLASSES + timing.CLASSES + access.CLASSES + supply.CLASSES


def _by_class_id() -> dict[int, dict[int, InterfaceClass]]:
    known: dict[int, dict[int, InterfaceClass]] = {}
    for each in CLASSES:
        known.setdefault(each.class_id, {})[each.version] = each
    return known


_KNOWN = _by_class_id()


def interface_class(class_id: int, version: int | None = None) -> InterfaceClass | None:
    """The class in the nearest known version, or in the newest without `version`; None for an unknown class."""
    versions = _KNOWN.get(class_id)
    if versions is None:
        return None
    if version is None:
        return versions[max(versions)]
    return versions[min(versions, key=lambda known: (abs(known - version), -known))]


def attribute_name(class_id: int, attribute: int, version: int | None = None) -> str | None:
    """The standard's name of an attribute; None if it has none, e.g. for a manufacturer's own."""
    known = interface_class(class_id, version)
    found = known.attribute(attribute) if known else None
    return found.name if found else None


def method_name(class_id: int, method: int, version: int | None = None) -> str | None:
    """The standard's name of a method; None if it has none."""
    known = interface_class(class_id, version)
    return known.method(method) if known else None
