"""Names of people who could live in Germany. Nobody here is anybody."""


def _listed(text: str, separator: str | None = None) -> list[str]:
    return text.split(separator)


FIRST_NAMES = {
    "Frau": _listed(
        "Anna Änne Ayşe Barbara Birgit Britta Canan Claudia Dorothee Elif Elżbieta Emine Esra Eva "
        "Fatma Franziska Gabriele Gönül Hanna Ines Irina Jördis Jutta Kader Karin Katarzyna Käthe "
        "Larissa Layla Lea Leonie Magdalena Maria Mareike Marlene Meike Mira Nadja Nele Nour "
        "Olena Petra Rana Rebecca Renate Sabine Samira Silke Sofia Svetlana Tanja Ulrike Ursula "
        "Vera Yasemin Zeynep Züleyha"
    ),
    "Herr": _listed(
        "Ahmet Alexander Andreas Axel Bernd Björn Burak Christian Çetin Daniel Dieter Emre Felix "
        "Florian Georg Giuseppe Götz Günter Hakan Heinz Henning Ibrahim Ivan Jan Jannis Jörg "
        "Jürgen Karim Klaus Konrad Lars Lukas Mahmoud Manfred Marek Martin Mehmet Michael Murat "
        "Niklas Oleksandr Ömer Paul Piotr Rainer Rolf Sören Stefan Tarek Thomas Tobias Torsten Uwe "
        "Volker Wojciech Yusuf"
    ),
}

LAST_NAMES = _listed(
    "Abdallah Acar Albrecht Al-Masri Aydın Bauer Becker Bergmann Böhm Braun Breuer Bünten Çelik "
    "Conrads Demir Dohmen Engels Esser Fischer Förster Franken Friedrich Fuchs Gärtner Giordano "
    "Göbel Graf Groß Günther Haddad Hahn Hansen Hartmann Heinrichs Hermanns Hoffmann Höfer "
    "Hosseini Hübner Ivanov Jäger Jansen Kaiser Kaya Keller Khalil Klein Köhler Kowalczyk "
    "Kowalski Kovalenko Krämer Krause Kröger Küpper Lange Lehmann Lenzen Lewandowski Löhr "
    "Lorenz Maaßen Mahmoud Marx Meier Meyer Möller Müller Nguyen Nießen Nowak Öztürk Otto "
    "Peters Petrenko Pfeiffer Plum Popescu Rahimi Reuter Richter Rosenthal Roth Rößler Rossi "
    "Şahin Schäfer Schmitz Schneider Schröder Schulz Schütz Schwarz Seidel Simon Sommer Strauß "
    "Szymański Tran Uçar Vogel Vogt Wagner Weber Weiß Werner Winkler Wiśniewski Wolff Yıldız "
    "Yılmaz Zander Zimmermann"
)

# A surname that programs like to take for nothing.
NULL = "Null"

STREETS = _listed(
    "Ahornweg|Am Markt|Amselweg|An der Alten Kirche|Bachstraße|Bahnhofstraße|Bergstraße|"
    "Birkenallee|Blumenstraße|Brückenstraße|Dorfstraße|Eichenweg|Fliederweg|Gartenstraße|"
    "Goethestraße|Hauptstraße|Heinrich-Heine-Straße|Jahnstraße|Kastanienallee|Kirchplatz|"
    "Königstraße|Lindenstraße|Lange Gasse|Mozartstraße|Mühlenweg|Parkstraße|Poststraße|"
    "Ringstraße|Rosenweg|Schillerstraße|Schulstraße|Schloßstraße|Südstraße|Waldweg|Wiesengrund",
    "|",
)
