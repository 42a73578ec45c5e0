"""Letters of other alphabets in Latin ones, after ICAO Doc 9303-3 section 6 and common press practice.

Only what differs from the general table of `anyascii` stands here. Doc 9303 writes Cyrillic ю, я as IU, IA
and Arabic in code-like digraphs for machines; names on lists are written for people, so those follow custom.
"""

from typing import Final

CYRILLIC: Final[dict[int, str]] = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g",
        "ѓ": "g", "д": "d", "ђ": "d", "е": "e", "ё": "e",
        "є": "ie", "ж": "zh", "з": "z", "ѕ": "dz", "и": "i",
        "і": "i", "ї": "i", "й": "i", "ј": "j", "к": "k",
        "ќ": "k", "л": "l", "љ": "lj", "м": "m", "н": "n",
        "њ": "nj", "о": "o", "п": "p", "р": "r", "с": "s",
        "т": "t", "ћ": "c", "у": "u", "ў": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "џ": "dzh",
        "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya", "ѣ": "ie",
        "ә": "a", "ғ": "g", "қ": "k", "ң": "n", "ө": "o",
        "ұ": "u", "ү": "u", "һ": "h", "ҳ": "kh", "ҷ": "j",
        "ӣ": "i", "ӯ": "u", "’": "",
    }
)  # fmt: skip

GREEK_PAIRS: Final = (
    ("ου", "ou"), ("αυ", "av"), ("ευ", "ev"), ("ηυ", "iv"), ("γγ", "ng"), ("γκ", "gk"), ("γξ", "nx"),
    ("γχ", "nch"), ("ντ", "nt"), ("τζ", "tz"),
)  # fmt: skip
"""Two letters that are read as one (Doc 9303-3, ELOT 743); at the start of a word μπ is b and ντ is d."""
GREEK: Final[dict[int, str]] = str.maketrans(
    {
        "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e",
        "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k",
        "λ": "l", "μ": "m", "ν": "n", "ξ": "x", "ο": "o",
        "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t",
        "υ": "y", "φ": "f", "χ": "ch", "ψ": "ps", "ω": "o",
    }
)  # fmt: skip

ARABIC: Final[dict[int, str]] = str.maketrans(
    {
        "ا": "a", "آ": "a", "أ": "a", "إ": "i", "ٱ": "a",
        "ء": "", "ئ": "i", "ؤ": "u", "ب": "b", "ت": "t",
        "ث": "th", "ج": "j", "ح": "h", "خ": "kh", "د": "d",
        "ذ": "dh", "ر": "r", "ز": "z", "س": "s", "ش": "sh",
        "ص": "s", "ض": "d", "ط": "t", "ظ": "z", "ع": "",
        "غ": "gh", "ف": "f", "ق": "q", "ك": "k", "ل": "l",
        "م": "m", "ن": "n", "ه": "h", "ة": "a", "و": "w",
        "ى": "a", "ي": "y", "پ": "p", "چ": "ch", "ژ": "zh",
        "گ": "g", "ک": "k", "ی": "y", "ې": "e", "ے": "e",
        "ۓ": "e", "ٹ": "t", "ڈ": "d", "ڑ": "r", "ں": "n",
        "ھ": "h", "ہ": "h", "ۂ": "h", "ۀ": "h", "ۃ": "a",
        "ڤ": "v", "ڭ": "g", "ټ": "t", "ډ": "d", "ړ": "r",
        "ږ": "zh", "ښ": "sh", "ګ": "g", "ڼ": "n", "څ": "ts",
        "ځ": "z", "ۆ": "o", "ۇ": "u", "ە": "a", "ێ": "e",
        "ڵ": "l", "ڕ": "r", "ﻻ": "la",
    }
)  # fmt: skip

HEBREW: Final[dict[int, str]] = str.maketrans(
    {
        "א": "", "ב": "b", "ג": "g", "ד": "d", "ה": "h",
        "ו": "v", "ז": "z", "ח": "h", "ט": "t", "י": "y",
        "כ": "k", "ך": "kh", "ל": "l", "מ": "m", "ם": "m",
        "נ": "n", "ן": "n", "ס": "s", "ע": "", "פ": "p",
        # the signs of scripts.mark_geresh
        "ǧ": "j", "ž": "zh", "č": "ch", "ţ": "th", "ḏ": "dh", "w": "w",
        "ף": "f", "צ": "ts", "ץ": "ts", "ק": "k", "ר": "r", "ש": "sh", "ת": "t",
    }
)  # fmt: skip

KOREAN_SURNAMES: Final[dict[str, str]] = {
    "김": "kim", "이": "lee", "박": "park", "최": "choi", "정": "jung", "강": "kang",
    "조": "cho", "윤": "yoon", "장": "jang", "임": "lim", "한": "han", "오": "oh",
    "서": "seo", "신": "shin", "권": "kwon", "황": "hwang", "안": "ahn", "송": "song",
    "류": "ryu", "유": "yoo", "홍": "hong", "전": "jeon", "고": "ko", "문": "moon",
    "양": "yang", "손": "son", "배": "bae", "백": "baek", "허": "heo", "노": "noh",
    "리": "ri", "량": "ryang", "구": "koo", "곽": "kwak", "길": "kil", "국": "kuk",
    "공": "kong",
}  # fmt: skip
"""The first syllable of a Korean name as its bearers write it, which is seldom the official romanisation."""

KOREAN_DOUBLE_SURNAMES: Final[dict[str, str]] = {
    "남궁": "namgung", "황보": "hwangbo", "제갈": "jegal",
    "선우": "sunwoo", "독고": "dokgo", "사공": "sagong",
}  # fmt: skip
"""Korean surnames of two syllables."""

CHINESE_DOUBLE_SURNAMES: Final = frozenset(
    {
        "欧阳", "歐陽", "司马", "司馬", "诸葛", "諸葛", "上官", "司徒", "东方", "東方", "独孤", "獨孤",
        "南宫", "南宮", "夏侯", "尉迟", "尉遲", "长孙", "長孫", "慕容", "宇文", "皇甫", "公孙", "公孫",
        "令狐", "轩辕", "軒轅", "端木", "呼延", "申屠", "太史", "百里",
    }
)  # fmt: skip
"""Surnames of two signs, in both ways of writing."""
CHINESE_SURNAME_READINGS: Final[dict[str, str]] = {
    "曾": "zeng", "单": "shan", "單": "shan", "解": "xie", "仇": "qiu", "区": "ou", "區": "ou", "查": "zha",
    "朴": "piao", "任": "ren", "华": "hua", "華": "hua", "盖": "ge", "尉": "wei", "召": "shao", "翟": "zhai",
    "乐": "yue", "樂": "yue", "繁": "po", "员": "yun", "缪": "miao", "覃": "qin", "牟": "mu", "吕": "lyu",
}  # fmt: skip
"""Characters that are read otherwise as a surname."""

CHINESE_GIVEN_READINGS: Final[dict[str, str]] = {
    "长": "chang", "長": "chang", "重": "chong", "曾": "zeng", "调": "tiao", "調": "tiao",
    "都": "du", "还": "huan", "還": "huan",
}  # fmt: skip
"""Characters of several readings whose commonest is not the one of given names."""
