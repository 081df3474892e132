"""In which Land a practice may lie, by its postcode.

Postcodes do not keep to the borders of the Länder. So the first two digits name every Land that
has a share in them: a call is rather a day late than made to a practice that is closed.
"""

from shared.contracts.public_holidays import Land

UNKNOWN_LAND: frozenset[Land] = frozenset()


def possible_laender(plz: str | None) -> frozenset[Land]:
    """Empty: nobody knows; then only the holidays of all Germany count."""
    return _BY_REGION.get((plz or "")[:2], UNKNOWN_LAND)


_REGIONS = {
    "SN": "02 08 09",
    "SN BB": "01",
    "BB": "03 16",
    "SN TH BB": "04",
    "ST TH": "06",
    "SN TH": "07",
    "BE": "10",
    "BE BB": "12 13 15",
    "BE BB ST": "14",
    "MV BB": "17",
    "MV": "18",
    "MV BB NI": "19",
    "HH": "20",
    "HH SH NI": "21",
    "HH SH": "22",
    "SH MV": "23",
    "SH": "24 25",
    "NI": "26 30 31",
    "NI HB HH SH": "27",
    "NI HB": "28",
    "NI ST": "29 38",
    "NW": "32 33 40 41 42 44 45 46 47 50 52 58",
    "HE NI NW": "34",
    "HE": "35 60 61",
    "HE TH": "36",
    "NI HE TH NW": "37",
    "ST": "39",
    "NW NI": "48 49",
    "NW RP": "51 53 57",
    "RP": "54 56 67",
    "RP HE": "55 65",
    "NW HE": "59",
    "HE BY BW": "63",
    "HE BW": "64 68 69",
    "SL RP": "66",
    "BW": "70 71 72 73 75 77 78 79",
    "BW BY": "74 88 89 97",
    "BW RP": "76",
    "BY": "80 81 82 83 84 85 86 87 90 91 92 93 94 95",
    "BY TH": "96",
    "TH": "98 99",
}
_BY_REGION = {
    region: frozenset(Land(code) for code in codes.split())
    for codes, regions in _REGIONS.items()
    for region in regions.split()
}
