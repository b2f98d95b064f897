"""Places of a Harz county and around it, with postal code and coordinates.

Source of postal codes and coordinates: GeoNames (www.geonames.org), CC BY 4.0; rounded to four decimals, a postal code of
several villages stands for its middle. The county "Landkreis Sösetal" is invented, the places are real.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A place; ``weight`` says how many of a thousand live or work there."""

    plz: str
    name: str
    lat: float
    lon: float
    weight: int


# Where people of the Jobcenter live.
COUNTY: tuple[Place, ...] = (
    Place("37520", "Osterode am Harz", 51.7269, 10.2509, 310),
    Place("37412", "Herzberg am Harz", 51.6550, 10.3410, 190),
    Place("37431", "Bad Lauterberg im Harz", 51.6327, 10.4703, 150),
    Place("37441", "Bad Sachsa", 51.5950, 10.5555, 100),
    Place("37539", "Bad Grund", 51.8011, 10.2227, 80),
    Place("37197", "Hattorf am Harz", 51.6482, 10.2386, 60),
    Place("37445", "Walkenried", 51.5833, 10.6167, 40),
    Place("37534", "Gittelde", 51.7700, 10.1878, 30),
    Place("37199", "Wulften am Harz", 51.6600, 10.1744, 20),
    Place("37449", "Zorge", 51.6333, 10.6333, 10),
    Place("37447", "Wieda", 51.6340, 10.5870, 10),
)
# Where work is besides.
AROUND: tuple[Place, ...] = (
    Place("37073", "Göttingen", 51.5364, 9.9390, 170),
    Place("37154", "Northeim", 51.7066, 10.0000, 90),
    Place("38640", "Goslar", 51.9153, 10.4243, 90),
    Place("99734", "Nordhausen", 51.5018, 10.7957, 80),
    Place("38723", "Seesen", 51.8910, 10.1785, 60),
    Place("37115", "Duderstadt", 51.5131, 10.2595, 60),
    Place("37574", "Einbeck", 51.8202, 9.8696, 50),
    Place("38678", "Clausthal-Zellerfeld", 51.8095, 10.3382, 45),
    Place("38667", "Bad Harzburg", 51.8993, 10.5544, 40),
    Place("38700", "Braunlage", 51.7265, 10.6109, 30),
    Place("38685", "Langelsheim", 51.9238, 10.3866, 22),
    Place("37191", "Katlenburg-Lindau", 51.6833, 10.1000, 20),
    Place("37581", "Bad Gandersheim", 51.8717, 10.0254, 20),
    Place("38642", "Oker", 51.9082, 10.4751, 18),
    Place("37120", "Bovenden", 51.5884, 9.9222, 18),
    Place("37434", "Gieboldehausen", 51.5833, 10.2165, 16),
    Place("37124", "Rosdorf", 51.5000, 9.9000, 16),
    Place("37176", "Nörten-Hardenberg", 51.6288, 9.9359, 14),
    Place("37186", "Moringen", 51.6992, 9.8711, 14),
    Place("38690", "Vienenburg", 51.9524, 10.5637, 12),
    Place("37547", "Kreiensen", 51.8536, 9.9648, 10),
    Place("37589", "Kalefeld", 51.8000, 10.0333, 10),
    Place("31167", "Bockenem", 52.0099, 10.1320, 10),
    Place("37181", "Hardegsen", 51.6523, 9.8305, 9),
    Place("37586", "Dassel", 51.8018, 9.6890, 9),
    Place("37351", "Dingelstädt", 51.3153, 10.3174, 9),
    Place("37444", "Sankt Andreasberg", 51.7100, 10.5187, 8),
    Place("38704", "Liebenburg", 52.0218, 10.4317, 8),
    Place("99768", "Ilfeld", 51.5757, 10.7847, 8),
    Place("37130", "Gleichen", 51.4667, 10.0333, 7),
    Place("38707", "Altenau", 51.8172, 10.4374, 6),
    Place("38877", "Benneckenstein", 51.6682, 10.7172, 6),
    Place("31195", "Lamspringe", 51.9720, 10.0305, 6),
    Place("37345", "Holungen", 51.5255, 10.4219, 5),
    Place("37136", "Waake", 51.5564, 10.1063, 5),
    Place("99755", "Hohenstein", 51.5378, 10.6214, 5),
    Place("38889", "Hüttenrode", 51.7669, 10.9483, 4),
    Place("38879", "Schierke", 51.7639, 10.6621, 4),
    Place("37339", "Hundeshagen", 51.4499, 10.3433, 4),
    Place("38709", "Wildemann", 51.8281, 10.2815, 3),
    Place("38855", "Heudeber", 51.8924, 10.8041, 3),
    Place("38871", "Langeln", 51.9009, 10.7247, 3),
    Place("99752", "Kleinbodungen", 51.4577, 10.5535, 3),
    Place("38729", "Neuwallmoden", 51.9894, 10.2667, 3),
    Place("37327", "Hausen", 51.3856, 10.3323, 3),
    Place("38875", "Sorge", 51.7434, 10.7224, 2),
    Place("38899", "Trautenstein", 51.6871, 10.8537, 2),
    Place("31088", "Winzenburg", 51.9333, 9.9333, 2),
    Place("31084", "Freden", 51.9333, 9.9000, 2),
    Place("37139", "Adelebsen", 51.5827, 9.7546, 2),
)
ALL: tuple[Place, ...] = COUNTY + AROUND


def called(name: str) -> Place:
    """The place of that name (KeyError where there is none)."""
    return {place.name: place for place in ALL}[name]
