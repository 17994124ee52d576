"""The words of load profile columns. Energies in their directions have the names of the trade in every language."""

from collections.abc import Mapping

DIRECTIONS = {
    1: "Active Forward",
    2: "Active Reverse",
    3: "Reactive Forward",
    4: "Reactive Reverse",
    5: "Reactive QI",
    6: "Reactive QII",
    7: "Reactive QIII",
    8: "Reactive QIV",
    9: "Apparent Forward",
    10: "Apparent Reverse",
}
"""By value group C of the logical name (IEC 62056-6-1:2017): imported, exported, and by quadrant."""

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "11": "Current",
        "12": "Voltage",
        "13": "Power factor",
        "14": "Frequency",
        "average": "average so far",
        "last-average": "last average",
        "maximum": "maximum",
        "minimum": "minimum",
        "interval": "in the interval",
        "now": "instantaneous",
        "status": "status",
        "capture-time": "captured at",
        "start-time": "begun at",
        "period": "period",
        "periods": "number of periods",
    },
    "es": {
        "11": "Corriente",
        "12": "Tensión",
        "13": "Factor de potencia",
        "14": "Frecuencia",
        "average": "promedio en curso",
        "last-average": "último promedio",
        "maximum": "máximo",
        "minimum": "mínimo",
        "interval": "en el intervalo",
        "now": "ahora",
        "status": "estado",
        "capture-time": "capturado a las",
        "start-time": "iniciado a las",
        "period": "periodo",
        "periods": "número de periodos",
    },
    "it": {
        "11": "Corrente",
        "12": "Tensione",
        "13": "Fattore di potenza",
        "14": "Frequenza",
        "average": "media in corso",
        "last-average": "ultima media",
        "maximum": "massimo",
        "minimum": "minimo",
        "interval": "nell'intervallo",
        "now": "istantanea",
        "status": "stato",
        "capture-time": "rilevato alle",
        "start-time": "iniziato alle",
        "period": "periodo",
        "periods": "numero di periodi",
    },
}
"""By language: what is measured (value group C), and what of it."""
