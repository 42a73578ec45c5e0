"""Names of made-up people: scripts, spellings, order, missing parts, and what must hold for any text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.kernel.errors import ErrorCode, InputError
from comity.matching.bench import engine
from comity.matching.names import (
    MAX_NAME_CHARACTERS,
    Comparer,
    NameCode,
    NameForm,
    Script,
    TokenRarity,
    compare,
    normalise,
    rarity_keys,
    trigrams,
)

COMMON = TokenRarity({"mohammed": 400, "~MHMT": 500, "ali": 300, "~L": 900, "al": 800}, 1000)


def score(asked, listed, rarity=COMMON):
    return compare(normalise(asked), normalise(listed), rarity).score


def codes(asked, listed):
    return {reason.code for reason in compare(normalise(asked), normalise(listed), COMMON).reasons}


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("ZORIĆ, Mila-Ana", ("zoric", "mila", "ana")),
        ("Seán O'Dreary", ("sean", "odreary")),
        ("Øyvind Þórðarsson Łęcki", ("oyvind", "thordarsson", "lecki")),
        ("Nguyễn Văn Đô", ("nguyen", "van", "do")),
        ("Юрий Щербинкин", ("yurii", "shcherbinkin")),
        ("Ђорђе Љубишкић", ("dorde", "ljubishkic")),
        ("Ευάγγελος Μπουρδάκης", ("evangelos", "bourdakis")),
        ("محمد عبدالرحمن الزرقونی", ("muhammad", "abd", "al", "rahman", "al", "zrqwny")),
        ("عبد الله", ("abdullah",)),
        ("מיכל בן־ארזי", ("michal", "ben", "rzi")),
        ("ג׳וזיאן צ'רקין", ("jozin", "chrkin")),
        ("नरेंद्र शर्मा", ("narendr", "sharma")),
        ("தமிழ்", ("tamil",)),
        ("გიორგი ბერიძე", ("giorgi", "beridze")),
        ("Հարություն", ("harutyun",)),
        ("ジョン ファティマ", ("john", "fatima")),
        ("山田花子", ("yamada", "huazi")),
        ("남궁민수", ("namgung", "min", "su")),
        ("Сергій Гриценко", ("serhii", "gritsenko")),
        ("Noureddine Habibullah", ("nour", "din", "habib", "ullah")),
        ("欧阳小楠", ("ouyang", "xiaonan")),
        ("曾志明", ("zeng", "zhiming")),
        ("김민서", ("kim", "min", "seo")),
        ("Abdul Karim", ("abd", "al", "karim")),
        ("ＭＩＬＡ　ＺＯＲＩＣ", ("mila", "zoric")),
    ],
)
def test_any_script_becomes_latin_words(name, tokens):
    assert normalise(name).tokens == tokens


def test_script_is_that_of_most_letters():
    assert [
        normalise(n).script
        for n in (
            "Mila",
            "Мила",
            "Μίλα",
            "ميلا",
            "מילה",
            "米拉",
            "밀라",
            "みら",
            "मिला",
            "მილა",
            "Միլա",
            "มิลา",
        )
    ] == list(Script)


@pytest.mark.parametrize(
    ("asked", "listed"),
    [
        ("محمد الزرقوني", "Mohammed AL-ZARQUNI"),
        ("محمد الزرقوني", "AL ZARKOUNI, Muhammad"),
        ("عبد الرحمن قدورة", "Abdulrahman KADOURA"),
        ("پرویز گلستانیان", "Parviz GOLESTANIAN"),
        ("Юрий Щербинкин", "Yuri SHCHERBINKIN"),
        ("Χρήστος Μπουρδάκης", "Christos BOURDAKIS"),
        ("王小楠", "WANG Xiaonan"),
        ("김민서", "KIM Min-seo"),
        ("דוד גולדשטרום", "David GOLDSTROM"),
    ],
)
def test_a_name_is_found_in_another_script(asked, listed):
    crowd = [
        "Petra Novakova",
        "Hassan al-Tamimi",
        "Ali Mohammed",
        "Jan de Vries",
        "Maria Garcia Lopez",
        "Wang Wei",
    ]
    index = engine([*crowd, listed])
    found = index.search(asked, 10)
    assert found[0][0] == len(crowd)
    assert len(found) == 1 or found[0][1] > 1.3 * found[1][1]
    assert NameCode.TRANSLITERATED in codes(asked, listed)


@pytest.mark.parametrize(
    ("asked", "listed", "code"),
    [
        ("Mila Zoric", "Mila ZORIĆ", NameCode.EXACT),
        ("Mila Zoric", "ZORIC, Mila", NameCode.ORDER),
        ("Mila Zorich", "Mila Zoric", NameCode.SPELLING),
        ("Milena Zarquni", "Milena Zurqan", NameCode.CONSONANTS),
        ("Mohamed Zarquni", "Muhammad Zarqouni", NameCode.EQUIVALENT),
        ("Giovanni Zoric", "Jan Zoric", NameCode.EQUIVALENT),
        ("M. Zoric", "Mila Zoric", NameCode.INITIAL),
        ("Mila Ana Zoric", "Mila Zoric", NameCode.PART_NOT_LISTED),
        ("Mila Zoric", "Mila Ana Zoric", NameCode.PART_NOT_ASKED),
        ("Abdurrahman Kadoura", "Abd al-Rahman KADOURA", NameCode.EXACT),
        ("Nureddin Kadoura", "Noor Uddin Kadoura", NameCode.SPELLING),
        ("Annamaria Zoric", "Anna Maria Zoric", NameCode.JOINED),
        ("Мила Зорич", "Mila Zorich", NameCode.TRANSLITERATED),
    ],
)
def test_reasons_say_what_agrees(asked, listed, code):
    assert code in codes(asked, listed)
    assert score(asked, listed) > 400


def test_exact_beats_spelling_beats_missing_beats_strangers():
    asked = "Milena Zoric"
    others = ["Milena Zoric", "Milena Zorich", "Zoric", "Milena Novak", "Peter Grubb"]
    ranked = [score(asked, other) for other in others]
    assert ranked == sorted(ranked, reverse=True)
    assert len(set(ranked)) == len(ranked)


@pytest.mark.parametrize(
    "typo", ["Milena Zroic", "Milnea Zoric", "Milena Zorric", "Milena Zorik", "Mlena Zoric"]
)
def test_a_slip_of_the_keys_still_finds(typo):
    assert score(typo, "Milena Zoric") > 550
    assert score(typo, "Milena Zoric") > 1.5 * score(typo, "Helena Doric")


def test_rare_words_tell_more_than_common_ones():
    assert score("Mohammed Qartubani", "Ali Qartubani") > score("Mohammed Qartubani", "Mohammed Ali")


def test_a_lone_common_word_does_not_saturate():
    assert score("Ali", "Ali") < 700
    assert score("Mohammed Ali", "Mohammed Ali") < score("Radomir Zoric", "Radomir Zoric")


def test_part_of_a_name_does_not_saturate():
    assert (
        score("Zoric", "Mila Ana Zoric")
        < score("Mila Zoric", "Mila Ana Zoric")
        < score("Mila Ana Zoric", "Mila Ana Zoric")
    )


@pytest.mark.parametrize(("name", "code"), [("", ErrorCode.INPUT_BAD_NAME), (" -,' ", ErrorCode.INPUT_BAD_NAME),
    ("a" * (MAX_NAME_CHARACTERS + 1), ErrorCode.INPUT_TOO_LONG), ("a " * 100, ErrorCode.INPUT_TOO_LONG)])  # fmt: skip
def test_no_name_and_no_end_are_refused(name, code):
    with pytest.raises(InputError) as refused:
        normalise(name)
    assert refused.value.code is code


NAMES = st.one_of(
    st.text(max_size=60), st.text("abcdehilmnorstuvyzABĆ -',.محدعلиванχρ王明김", min_size=1, max_size=40)
)


@settings(deadline=1000)
@given(NAMES, NAMES)
def test_any_two_texts_compare_or_are_refused(one, other):
    try:
        asked, listed = normalise(one), normalise(other)
    except InputError:
        return
    found = compare(asked, listed, COMMON)
    assert 0 <= found.score <= compare(asked, asked, COMMON).score <= 1000
    assert bool(found.score) <= bool(found.reasons)
    assert Comparer(asked, COMMON).compare(listed) == found


@given(NAMES)
def test_normal_form_is_stable_and_travels_as_bytes(name):
    try:
        form = normalise(name)
    except InputError:
        return
    assert normalise(" ".join(form.tokens)).tokens == form.tokens
    assert all(token.isascii() and token.isalnum() for token in form.tokens)
    assert NameForm.from_bytes(form.to_bytes()) == form
    assert trigrams(form)
    assert rarity_keys(form) >= set(form.tokens)


@given(
    st.lists(
        st.sampled_from(["mila", "ana", "zoric", "al", "de", "mohammed", "li", "m"]), min_size=1, max_size=6
    ),
    st.randoms(),
)
def test_order_of_words_plays_no_part(words, random):
    shuffled = words[:]
    random.shuffle(shuffled)
    assert score(" ".join(words), " ".join(shuffled)) == score(" ".join(words), " ".join(words))


def test_rarity_runs_from_everybody_to_nobody():
    rarity = TokenRarity({"everybody": 1000, "some": 30, "one": 1}, 1000)
    assert rarity("everybody") < 0.001 < rarity("some") < rarity("one") == rarity("nobody") <= 1
