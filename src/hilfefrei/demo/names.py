"""Obviously invented names and numbers that belong to no line.

People are called after plants, staff after birds, firms after an animal and a thing. Numbers lie in the ranges that the
Bundesnetzagentur keeps free for film and drama ("Rufnummern für Medienproduktionen").
"""

from random import Random

# Lists of words.
# fmt: off
PLANTS: tuple[str, ...] = (
    "Ackerwinde", "Adonisröschen", "Akelei", "Alant", "Ampfer", "Andorn", "Arnika", "Aster", "Bachnelke",
    "Baldrian", "Bärlauch", "Beifuß", "Beinwell", "Berberitze", "Besenheide", "Bilsenkraut", "Bingelkraut",
    "Bitterklee", "Blutwurz", "Bocksbart", "Brennnessel", "Brombeer", "Buschwindröschen", "Dachwurz",
    "Dost", "Eberesche", "Efeu", "Ehrenpreis", "Eisenhut", "Eisenkraut", "Engelwurz", "Enzian", "Erdrauch",
    "Esparsette", "Färberdistel", "Farnkraut", "Federgras", "Felberich", "Fenchel", "Ferkelkraut",
    "Fetthenne", "Flockenblume", "Frauenmantel", "Fuchsschwanz", "Gamander", "Gänseblümchen", "Geißblatt",
    "Giersch", "Ginster", "Glockenblume", "Goldregen", "Goldrute", "Gundermann", "Günsel", "Habichtskraut",
    "Hagebutte", "Hahnenfuß", "Hauhechel", "Heidelbeer", "Herbstzeitlose", "Hirschzunge", "Holunder",
    "Hopfenbuche", "Hornklee", "Huflattich", "Immergrün", "Johanniskraut", "Kamille", "Karde",
    "Kälberkropf", "Klappertopf", "Klette", "Knabenkraut", "Knoblauchrauke", "Knöterich", "Kornblume",
    "Kornrade", "Krokus", "Kuhschelle", "Labkraut", "Lavendel", "Leberblümchen", "Leinkraut",
    "Lerchensporn", "Lichtnelke", "Liguster", "Löwenzahn", "Lungenkraut", "Lupine", "Mädesüß",
    "Maiglöckchen", "Malve", "Margerite", "Mauerpfeffer", "Mispel", "Mistelzweig", "Mohnblume",
    "Nachtkerze", "Natternkopf", "Nelkenwurz", "Nieswurz", "Ochsenzunge", "Orchis", "Pastinak", "Pestwurz",
    "Pfaffenhut", "Pfefferminz", "Pfingstrose", "Pimpinell", "Primel", "Quecke", "Quendel", "Quittenbaum",
    "Rainfarn", "Rapunzel", "Rauhblatt", "Reiherschnabel", "Ringelblume", "Rispengras", "Rittersporn",
    "Robinie", "Rohrkolben", "Rosmarin", "Salbei", "Sauerampfer", "Schachblume", "Schlehdorn",
    "Schlüsselblume", "Schneeglöck", "Schöllkraut", "Seerose", "Seidelbast", "Sonnentau", "Springkraut",
    "Stechapfel", "Steinbrech", "Sternmiere", "Stiefmütter", "Storchschnabel", "Strandhafer", "Sumpfdotter",
    "Tausendgülden", "Taubnessel", "Thymian", "Tollkirsch", "Traubenkirsch", "Tulpenbaum", "Türkenbund",
    "Ulmenhain", "Veilchen", "Vergissmein", "Vogelmiere", "Wacholder", "Waldmeister", "Waldrebe",
    "Wegerich", "Wegwarte", "Weidenröschen", "Wermut", "Wiesenknopf", "Wildrose", "Winterling", "Wollgras",
    "Wucherblume", "Wurmfarn", "Ysop", "Zaunrübe", "Ziest", "Zimbelkraut", "Zittergras", "Zwergmispel",
)
_FIRST_HALF: tuple[str, ...] = (
    "Berg", "Wald", "Wiesen", "Stein", "Garten", "Feld", "Moos", "Bach", "Winter", "Sommer", "Gold", "Rot",
    "Sand", "Nebel",
)
_SECOND_HALF: tuple[str, ...] = (
    "nelke", "raute", "minze", "distel", "lilie", "farn", "mohn", "veilchen", "wurz", "klee", "dorn",
    "linde", "erle", "ulme", "beere", "rose", "malve", "quecke", "binse",
)
# Names that belong to somebody in particular and to nobody else.
KEPT: frozenset[str] = frozenset(
    [
        "Eibisch", "Fingerhut", "Hainbuche", "Heidekraut", "Kirschbaum", "Lindenhof", "Moorlilie",
        "Odermennig", "Rosskastanie", "Sanddorn", "Schafgarbe", "Schneeball", "Silberdistel", "Weißdorn",
        "Wiesengrund", "Wiesenklee", "Zitterpappel", "Distelfink", "Mispel", "Ysop",
    ]
)
LAST: tuple[str, ...] = tuple(
    name for name in (*PLANTS, *(a + b for a in _FIRST_HALF for b in _SECOND_HALF)) if name not in KEPT
)

WOMEN: tuple[str, ...] = (
    "Anna", "Anke", "Birgit", "Britta", "Carla", "Carolin", "Christa", "Dagmar", "Doris", "Edith", "Elke",
    "Emma", "Erika", "Frieda", "Gabriele", "Gerda", "Greta", "Hanna", "Heike", "Helga", "Ida", "Ilona",
    "Ina", "Ines", "Ingrid", "Jana", "Janine", "Jule", "Julia", "Karin", "Katrin", "Kerstin", "Laura",
    "Lea", "Lena", "Lisa", "Lotte", "Maike", "Manuela", "Marie", "Marlies", "Martina", "Melanie", "Mia",
    "Mona", "Nadine", "Nele", "Nicole", "Nina", "Nora", "Petra", "Pia", "Renate", "Rita", "Rosa", "Sabine",
    "Sandra", "Sarah", "Silke", "Sina", "Sonja", "Stefanie", "Susanne", "Svenja", "Tanja", "Tina", "Ulrike",
    "Ursula", "Ute", "Vera", "Viola",
)
MEN: tuple[str, ...] = (
    "Achim", "Andreas", "Anton", "Arne", "Axel", "Ben", "Bernd", "Björn", "Boris", "Carsten", "Christian",
    "Daniel", "Dennis", "Dieter", "Dirk", "Erik", "Felix", "Finn", "Florian", "Frank", "Fritz", "Gerd",
    "Günter", "Hannes", "Hans", "Heiko", "Henning", "Holger", "Ingo", "Jan", "Jens", "Jonas", "Jonte",
    "Kai", "Karl", "Kevin", "Klaus", "Lars", "Leon", "Linus", "Luca", "Lukas", "Marcel", "Marco", "Markus",
    "Martin", "Max", "Michael", "Mirko", "Nils", "Noah", "Olaf", "Ole", "Oliver", "Patrick", "Paul",
    "Peter", "Philipp", "Piet", "Ralf", "Rolf", "Sascha", "Sebastian", "Simon", "Sören", "Stefan", "Sven",
    "Thomas", "Timo", "Torben", "Uwe", "Volker", "Werner",
)
FIRST: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "de": (WOMEN, MEN),
    "uk": (
        (
            "Oksana", "Olha", "Iryna", "Natalija", "Tetjana", "Switlana", "Julija", "Marija", "Halyna",
            "Ljudmyla", "Hanna", "Kateryna",
        ),
        (
            "Andrij", "Mykola", "Serhij", "Oleksandr", "Taras", "Ihor", "Wolodymyr", "Dmytro", "Bohdan",
            "Petro",
        ),
    ),
    "ar": (
        (
            "Amira", "Fatima", "Hala", "Layla", "Mariam", "Nour", "Rania", "Rima", "Salma", "Samira",
            "Yasmin", "Zainab",
        ),
        (
            "Ahmad", "Bilal", "Hassan", "Ibrahim", "Karim", "Khaled", "Mahmoud", "Omar", "Rami", "Samir",
            "Tarek", "Yousef",
        ),
    ),
    "tr": (
        ("Ayşe", "Dilek", "Elif", "Emine", "Fatma", "Gülay", "Hatice", "Meltem", "Nurten", "Selma", "Zeynep"),
        ("Ali", "Cem", "Emre", "Hakan", "Kemal", "Mehmet", "Murat", "Mustafa", "Orhan", "Selim", "Yusuf"),
    ),
    "ru": (
        ("Alla", "Galina", "Irina", "Larissa", "Ludmila", "Nadeschda", "Olga", "Swetlana", "Valentina"),
        ("Alexander", "Anatoli", "Boris", "Dimitri", "Igor", "Sergej", "Viktor", "Waldemar", "Wladimir"),
    ),
    "fa": (
        ("Fereshte", "Laleh", "Maryam", "Mina", "Nasrin", "Parvin", "Shirin", "Zahra"),
        ("Amir", "Farid", "Hamid", "Jawad", "Mohsen", "Nader", "Reza", "Said"),
    ),
    "pl": (
        ("Agnieszka", "Barbara", "Ewa", "Joanna", "Katarzyna", "Magda", "Małgorzata", "Zofia"),
        ("Jacek", "Krzysztof", "Marek", "Paweł", "Piotr", "Tomasz", "Wojciech", "Zbigniew"),
    ),
    "ro": (("Ana", "Elena", "Ioana", "Mihaela", "Simona"), ("Adrian", "Bogdan", "Florin", "Ion", "Vasile")),
}
NATIONALITY: dict[str, str] = {
    "de": "deutsch", "uk": "ukrainisch", "ar": "syrisch", "tr": "türkisch", "ru": "russisch", "fa": "afghanisch", "pl": "polnisch",
    "ro": "rumänisch",
}
BIRDS: tuple[str, ...] = (
    "Amsel", "Bachstelze", "Bussard", "Dohle", "Drossel", "Eichelhäher", "Elster", "Falke", "Fitis",
    "Gimpel", "Girlitz", "Grünfink", "Hänfling", "Kiebitz", "Kranich", "Kuckuck", "Lerche", "Mauersegler",
    "Meise", "Milan", "Nachtigall", "Ortolan", "Rebhuhn", "Reiher", "Rotkehl", "Schnepfe", "Schwan", "Star",
    "Stieglitz", "Storch", "Taube", "Teichhuhn", "Turmfalke", "Wachtel", "Waldkauz", "Wanderfalke", "Weihe",
    "Würger", "Zeisig", "Ziegenmelker", "Zilpzalp", "Zwergtaucher", "Braunkehl", "Feldlerche",
    "Gartenrotschwanz", "Haubentaucher", "Kormoran", "Seeadler", "Steinschmätzer", "Bergfink",
)
_ANIMALS: tuple[str, ...] = (
    "Dachs", "Igel", "Luchs", "Fuchs", "Marder", "Hamster", "Molch", "Wiesel", "Biber", "Otter", "Auerhahn",
    "Hirsch", "Kröten", "Ameisen",
)
_THINGS: tuple[str, ...] = (
    "kessel", "laterne", "krug", "glocke", "kanne", "turm", "anker", "leiter", "stiefel", "pinsel",
    "trommel", "löffel",
)
FIRMS: tuple[str, ...] = tuple(a + b for a in _ANIMALS for b in _THINGS)
STREETS: tuple[str, ...] = (
    "Ahornweg", "Bergstraße", "Gartenweg", "Am Kurpark", "Mühlengasse", "Sösestraße", "Harzblick", "Lindenallee", "Schulstraße",
    "Kirchweg", "Am Bahnhof", "Rollberg", "Fichtenweg", "Marktstraße", "Hinter der Mauer", "Oderstraße",
)

# fmt: on


def mobile(rng: Random) -> str:
    """A mobile number out of the free range."""
    # Below 20 and full tens are numbers of the house.
    return f"0171 39200 {rng.randint(2, 9)}{rng.randint(1, 9)}"


def phone(rng: Random) -> str:
    """A number out of the free ranges, mobile or not."""
    if rng.random() < 0.6:
        return mobile(rng)
    return f"{rng.choice(('030 23125', '040 66969', '0221 4710', '069 90009', '089 99998'))} {rng.randrange(1000):03d}"
