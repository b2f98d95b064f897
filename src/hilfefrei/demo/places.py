"""Places of a Harz county with postal code and coordinates.

Source of postal codes and coordinates: GeoNames (www.geonames.org), CC BY 4.0. The county "Landkreis Sösetal" is invented.
"""

# postal code, place, latitude, longitude, weight of the population
PLACES: tuple[tuple[str, str, float, float, int], ...] = (
    ("37520", "Osterode am Harz", 51.727, 10.251, 30),
    ("37412", "Herzberg am Harz", 51.655, 10.341, 16),
    ("37431", "Bad Lauterberg im Harz", 51.633, 10.470, 13),
    ("37441", "Bad Sachsa", 51.595, 10.556, 9),
    ("37445", "Walkenried", 51.583, 10.617, 5),
    ("37539", "Bad Grund", 51.801, 10.223, 8),
    ("37534", "Gittelde", 51.770, 10.188, 3),
    ("37197", "Hattorf am Harz", 51.648, 10.239, 6),
    ("37199", "Wulften am Harz", 51.660, 10.174, 2),
    ("37412", "Elbingerode", 51.659, 10.284, 2),
    ("37449", "Zorge", 51.633, 10.633, 2),
    ("37447", "Wieda", 51.634, 10.587, 2),
    ("37444", "Sankt Andreasberg", 51.710, 10.519, 2),
)

# Places around, where work is.
AROUND: tuple[tuple[str, str, float, float, int], ...] = (
    ("38678", "Clausthal-Zellerfeld", 51.810, 10.338, 8),
    ("38707", "Altenau", 51.817, 10.437, 2),
    ("38709", "Wildemann", 51.828, 10.282, 1),
    ("38700", "Braunlage", 51.727, 10.611, 4),
    ("37191", "Katlenburg-Lindau", 51.683, 10.100, 4),
    ("37434", "Rollshausen", 51.583, 10.217, 2),
    ("37115", "Duderstadt", 51.513, 10.260, 8),
    ("37345", "Holungen", 51.526, 10.422, 1),
    ("37136", "Waake", 51.556, 10.106, 1),
    ("37154", "Northeim", 51.707, 10.000, 10),
    ("38723", "Seesen", 51.891, 10.179, 8),
    ("37589", "Kalefeld", 51.800, 10.033, 3),
    ("38640", "Goslar", 51.915, 10.424, 12),
    ("38685", "Langelsheim", 51.924, 10.387, 4),
    ("38667", "Bad Harzburg", 51.899, 10.554, 6),
    ("37581", "Bad Gandersheim", 51.872, 10.025, 4),
    ("37176", "Nörten-Hardenberg", 51.629, 9.936, 4),
    ("37120", "Bovenden", 51.588, 9.922, 5),
    ("37077", "Göttingen", 51.560, 9.932, 16),
    ("37547", "Kreiensen", 51.854, 9.965, 2),
    ("38690", "Vienenburg", 51.952, 10.564, 3),
    ("38729", "Neuwallmoden", 51.989, 10.267, 1),
    ("37186", "Moringen", 51.699, 9.871, 3),
    ("37574", "Einbeck", 51.820, 9.870, 8),
    ("37130", "Gleichen", 51.467, 10.033, 2),
    ("99734", "Nordhausen", 51.502, 10.796, 10),
    ("99768", "Ilfeld", 51.576, 10.785, 2),
    ("99755", "Hohenstein", 51.538, 10.621, 2),
    ("99752", "Kleinbodungen", 51.458, 10.554, 1),
    ("38877", "Benneckenstein", 51.668, 10.717, 1),
    ("38875", "Sorge", 51.743, 10.722, 1),
    ("38879", "Schierke", 51.764, 10.662, 2),
    ("38899", "Trautenstein", 51.687, 10.854, 1),
    ("37181", "Hardegsen", 51.652, 9.831, 2),
    ("38704", "Liebenburg", 52.022, 10.432, 2),
    ("31167", "Bockenem", 52.010, 10.132, 2),
    ("31195", "Lamspringe", 51.972, 10.031, 1),
    ("37339", "Hundeshagen", 51.450, 10.343, 1),
)
