"""Obviously invented names: plants for people, birds for staff, and numbers that belong to no line.

Numbers: 0171 39200 00 to 99 is a range kept free for film and drama (Bundesnetzagentur, "Rufnummern für Film und Fernsehen").
"""

PLANTS: tuple[str, ...] = (
    "Ackerwinde", "Adonisröschen", "Akelei", "Alant", "Ampfer", "Andorn", "Arnika", "Aster", "Bachnelke", "Baldrian", "Bärlauch",
    "Beifuß", "Beinwell", "Berberitze", "Besenheide", "Bilsenkraut", "Bingelkraut", "Birkenporling", "Bitterklee", "Blutwurz",
    "Bocksbart", "Brennnessel", "Brombeer", "Buschwindröschen", "Dachwurz", "Distelfink", "Dost", "Eberesche", "Efeu", "Ehrenpreis",
    "Eibisch", "Eisenhut", "Eisenkraut", "Engelwurz", "Enzian", "Erdrauch", "Esparsette", "Färberdistel", "Farnkraut", "Federgras",
    "Felberich", "Fenchel", "Ferkelkraut", "Fetthenne", "Fingerhut", "Flockenblume", "Frauenmantel", "Fuchsschwanz", "Gamander",
    "Gänseblümchen", "Geißblatt", "Giersch", "Ginster", "Glockenblume", "Goldregen", "Goldrute", "Gundermann", "Günsel", "Habichtskraut",
    "Hagebutte", "Hahnenfuß", "Hainbuche", "Hauhechel", "Heidekraut", "Heidelbeer", "Herbstzeitlose", "Hirschzunge", "Holunder",
    "Hopfenbuche", "Hornklee", "Huflattich", "Immergrün", "Johanniskraut", "Kamille", "Karde", "Kälberkropf", "Kirschbaum", "Klappertopf",
    "Klette", "Knabenkraut", "Knoblauchrauke", "Knöterich", "Kornblume", "Kornrade", "Krokus", "Kuhschelle", "Labkraut", "Lavendel",
    "Leberblümchen", "Leinkraut", "Lerchensporn", "Lichtnelke", "Liguster", "Lindenhof", "Löwenzahn", "Lungenkraut", "Lupine", "Mädesüß",
    "Maiglöckchen", "Malve", "Margerite", "Mauerpfeffer", "Mistelzweig", "Mispel", "Mohnblume", "Moorlilie", "Nachtkerze", "Natternkopf",
    "Nelkenwurz", "Nieswurz", "Ochsenzunge", "Odermennig", "Orchis", "Pastinak", "Pestwurz", "Pfaffenhut", "Pfefferminz", "Pfingstrose",
    "Pimpinell", "Primel", "Quecke", "Quendel", "Quittenbaum", "Rainfarn", "Rapunzel", "Rauhblatt", "Reiherschnabel", "Ringelblume",
    "Rispengras", "Rittersporn", "Robinie", "Rohrkolben", "Rosskastanie", "Rosmarin", "Salbei", "Sanddorn", "Sauerampfer", "Schachblume",
    "Schafgarbe", "Schlehdorn", "Schlüsselblume", "Schneeball", "Schneeglöck", "Schöllkraut", "Seerose", "Seidelbast", "Silberdistel",
    "Sonnentau", "Springkraut", "Stechapfel", "Steinbrech", "Sternmiere", "Stiefmütter", "Storchschnabel", "Strandhafer", "Sumpfdotter",
    "Tausendgülden", "Taubnessel", "Thymian", "Tollkirsch", "Traubenkirsch", "Tulpenbaum", "Türkenbund", "Ulmenhain", "Veilchen",
    "Vergissmein", "Vogelmiere", "Wacholder", "Waldmeister", "Waldrebe", "Wegerich", "Wegwarte", "Weidenröschen", "Weißdorn", "Wermut",
    "Wiesenklee", "Wiesenknopf", "Wildrose", "Winterling", "Wollgras", "Wucherblume", "Wurmfarn", "Zaunrübe", "Ziest", "Zimbelkraut",
    "Zittergras", "Zitterpappel", "Zwergmispel",
)
WOMEN: tuple[str, ...] = (
    "Anna", "Birgit", "Carla", "Dunja", "Elke", "Frieda", "Gerda", "Hanna", "Ines", "Jana", "Katrin", "Lena", "Mona", "Nora", "Olga",
    "Petra", "Rosa", "Sabine", "Tanja", "Ute", "Vera", "Wiebke", "Leyla", "Samira", "Fatma", "Amira", "Marta", "Jule", "Sina", "Doris",
)
MEN: tuple[str, ...] = (
    "Ahmad", "Bilal", "Carsten", "Dirk", "Emre", "Finn", "Gerd", "Hannes", "Ivan", "Jonte", "Kai", "Linus", "Marko", "Nils", "Olaf", "Piet",
    "Quentin", "Rolf", "Sören", "Timo", "Uwe", "Viktor", "Werner", "Hassan", "Omar", "Mehmet", "Kevin", "Torben", "Boris", "Dieter",
)
UKRAINIAN_WOMEN: tuple[str, ...] = ("Oksana", "Olha", "Iryna", "Natalija", "Tetjana", "Switlana", "Julija")
UKRAINIAN_MEN: tuple[str, ...] = ("Andrij", "Mykola", "Serhij", "Oleksandr", "Taras")
BIRDS: tuple[str, ...] = (
    "Eisvogel", "Sperling", "Buchfink", "Goldammer", "Specht", "Kolkrabe", "Steinkauz", "Habicht", "Kleiber", "Wiedehopf", "Wendehals",
    "Zaunkönig", "Uhu", "Pirol", "Rohrdommel", "Neuntöter", "Schwalbe", "Amsel", "Bachstelze", "Bussard", "Dohle", "Drossel", "Eichelhäher",
    "Elster", "Falke", "Fitis", "Gimpel", "Girlitz", "Grünfink", "Hänfling", "Kiebitz", "Kranich", "Kuckuck", "Lerche", "Mauersegler",
    "Meise", "Milan", "Nachtigall", "Ortolan", "Rebhuhn", "Reiher", "Rotkehl", "Schnepfe", "Schwan", "Star", "Stieglitz", "Storch",
    "Taube", "Teichhuhn", "Turmfalke", "Wachtel", "Waldkauz", "Wanderfalke", "Weihe", "Würger", "Zeisig", "Ziegenmelker", "Zilpzalp",
    "Zwergtaucher", "Braunkehl",
)
EMPLOYER_FIRST: tuple[str, ...] = (
    "Sösefrisch", "Kupferkessel", "Harzblick", "Lindwurm", "Rotmilan", "Frischehalle", "Silberstein", "Okerquell", "Hirschzunge", "Bergmann",
    "Tannengrund", "Kaltwasser", "Dreieichen", "Steinweg", "Mühlenhof", "Sonnenhang", "Nebelstein", "Wildwasser", "Hüttenwerk", "Rosengarten",
)
EMPLOYER_KIND: tuple[str, ...] = ("Markt", "Gasthof", "Logistik", "Pflegeheim", "Bäckerei", "Haustechnik", "Reinigung", "Bau", "Werk", "Hotel")
