"""Words for vehicles as data: synonyms in English, French, Spanish, German, Slovene, Russian and Arabic.

Keys are in the form of `descriptions`: small letters, no marks.
"""

from types import MappingProxyType
from typing import Final

_COLOURS: Final = {
    "white": "blanc blanche blanco blanca weiss bel bela belo ابيض بيضاء белыи белая белое",
    "black": "noir noire negro negra schwarz crn crna crno اسود سوداء черныи черная черное",
    "grey": (
        "gray gris grise grau siv siva sivo charcoal anthracite antracita anthrazit رمادي رمادية "
        "серыи серая серое"
    ),
    "silver": (
        "argent argente plata plateado plateada silber silbern srebrn srebrna srebrno فضي فضية "
        "серебристыи серебристая"
    ),
    "red": "rouge rojo roja rot rdec rdeca rdece احمر حمراء красныи красная красное",
    "maroon": "burgundy bordeaux granate weinrot bordo عنابي бордовыи бордовая",
    "blue": ("bleu bleue azul blau moder modra modro navy ازرق زرقاء синии синяя синее голубои голубая"),
    "turquoise": "teal aqua turquesa turkis turkizna تركواز",
    "green": "vert verte verde grun zelen zelena zeleno اخضر خضراء зеленыи зеленая зеленое",
    "yellow": "jaune amarillo amarilla gelb rumen rumena rumeno اصفر صفراء желтыи желтая желтое",
    "orange": "naranja oranzen oranzna oranzno برتقالي برتقالية оранжевыи оранжевая",
    "brown": "brun brune marron braun rjav rjava rjavo بني بنية коричневыи коричневая",
    "beige": "sand tan fawn bez بيج бежевыи бежевая",
    "cream": "creme crema ivory kremna كريمي",
    "gold": "dore doree dorado dorada golden zlat zlata zlato ذهبي ذهبية золотистыи золотистая",
    "bronze": "bronce bronasta copper برونزي",
    "purple": ("violet violette morado morada lila vijolicen vijolicna بنفسجي بنفسجية фиолетовыи фиолетовая"),
    "pink": "rose rosa roza rozat وردي وردية розовыи розовая",
}
_KINDS: Final = {
    "car": "auto automobile voiture coche carro pkw avto avtomobil سيارة автомобиль машина",
    "saloon": "sedan berline limousine limuzina سيدان седан",
    "estate": "wagon stationwagon station kombi combi karavan",
    "hatchback": "hatch",
    "convertible": "cabriolet cabrio roadster kabriolet",
    "coupe": "kupe",
    "suv": "4x4 4wd terenec offroad",
    "van": "fourgon fourgonnette camionnette furgon furgoneta lieferwagen transporter فان фургон",
    "minibus": "minivan monospace",
    "pickup": "ute utility بيكاب",
    "truck": "lorry camion lkw lastwagen tovornjak شاحنة грузовик",
    "bus": "coach autobus autocar حافلة автобус",
    "motorcycle": ("motorbike roadbike bike moto motocyclette motocicleta motorrad motorno دراجة мотоцикл"),
    "moped": "scooter cyclomoteur ciclomotor roller skuter",
    "trailer": "remorque remolque anhanger prikolica مقطورة прицеп",
    "caravan": "caravane wohnwagen",
    "motorhome": "camper campervan autocaravana wohnmobil avtodom",
    "tractor": "tracteur traktor جرار трактор",
    "quad": "atv stirikolesnik",
}
_MAKES: Final = {
    "volkswagen": "vw فولكسفاجن",
    "mercedes": "benz mercedesbenz merc mb مرسيدس",
    "chevrolet": "chevy chev شيفروليه",
    "bmw": "beamer bimmer beemer",
    "mitsubishi": "mitsi",
    "toyota": "تويوتا",
    "nissan": "نيسان",
    "hyundai": "هيونداي",
    "mg": "",
}


def _by_synonym(table: dict[str, str]) -> dict[str, str]:
    return {synonym: word for word, synonyms in table.items() for synonym in (word, *synonyms.split())}


SAME_WORD: Final = MappingProxyType(_by_synonym(_COLOURS) | _by_synonym(_KINDS) | _by_synonym(_MAKES))
"""Synonym, and the word that stands for all of them."""

_NOISE: Final = (
    "a an and the of or in with light dark pale bright metallic pearl vehicle stolen colour color heavy other"
    " fonce fonces clair claire oscuro oscura claro clara dunkel hell temno svetlo vozilo vehicule vehiculo"
    " de la le el un une una der die das mit avec con"
)
NOISE: Final = frozenset(_NOISE.split())
"""Words that tell no vehicle from another."""

_RELATED_PAIRS: Final = (
    "silver grey, cream white, cream beige, beige brown, beige gold, gold bronze, bronze brown, maroon red,"
    " maroon purple, turquoise blue, turquoise green, blue purple, orange red, gold yellow, grey black,"
    " car saloon, car estate, car hatchback, car convertible, car coupe, car suv, van minibus, minibus bus,"
    " pickup truck, motorcycle moped, caravan trailer, motorhome van, quad motorcycle"
)


def _both_ways(pairs: str) -> dict[str, tuple[str, ...]]:
    related: dict[str, tuple[str, ...]] = {}
    for pair in pairs.split(","):
        one, other = pair.split()
        related[one] = (*related.get(one, ()), other)
        related[other] = (*related.get(other, ()), one)
    return related


RELATED: Final = MappingProxyType(_both_ways(_RELATED_PAIRS))
"""Word, and those that another witness may use for the same thing."""

APPEARANCE: Final = frozenset([*_COLOURS, *_KINDS])
"""Words for colours and kinds of vehicles."""
_TELLING: Final = (
    "toyota nissan mazda mitsubishi subaru yamaha hyundai daewoo volkswagen bmw audi opel skoda volvo fiat"
    " isuzu daihatsu infiniti piaggio iveco scania jeep chery geely byd vauxhall landrover"
)
TELLING_MAKES: Final = frozenset(_TELLING.split())
"""Makes that are hardly anybody's name; beside a colour or kind they tell that a vehicle is described."""
