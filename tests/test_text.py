"""A sentence is said in English where it is made, and read in the language of the page."""

import pytest

from gait.text import again, decimals, languages, mark, say, say_many, speaking, spoken


def test_english_is_spoken_until_somebody_asks_for_another_language_and_again_afterwards() -> None:
    assert spoken() == "en"
    with speaking("de"):
        assert (spoken(), say("Step length")) == ("de", "Schrittlänge")
        with speaking("es"):
            assert say("Step length") == "Longitud de paso"
        assert spoken() == "de"
    assert (spoken(), say("Step length")) == ("en", "Step length")


def test_english_german_and_spanish_are_there_and_marking_changes_nothing() -> None:
    assert {"en", "de", "es"} <= set(languages())
    with speaking("de"):
        assert mark("Step length") == "Step length"


def test_values_are_put_in_by_name_and_numbers_get_the_decimal_comma() -> None:
    sentence = "No walking was found: %(time_s).1f s are too short for %(min_steps)s steps."
    assert say(sentence, time_s=1.25, min_steps=4).endswith("1.2 s are too short for 4 steps.")
    with speaking("de"):
        assert say(sentence, time_s=1.25, min_steps=4).endswith("1,2 s sind zu kurz für 4 Schritte.")
        assert decimals("1234.5 of v1.2") == "1234,5 of v1,2"


def test_one_and_more_have_their_own_forms() -> None:
    one, more = "%(n)s foot strike found", "%(n)s foot strikes found"
    assert [say_many(one, more, n) for n in (1, 7)] == ["1 foot strike found", "7 foot strikes found"]
    with speaking("es"):
        said = [say_many(one, more, n) for n in (1, 7)]
    assert said == ["1 contacto inicial encontrado", "7 contactos iniciales encontrados"]


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("A single step makes no cadence.", "Ein einzelner Schritt ergibt keine Kadenz."),
        (
            "The left leg was not seen from 1.20 to 2.35 s: no foot contact is reported there.",
            "Das Bein links war von 1,20 bis 2,35 s nicht zu sehen: Dort wird kein Fußkontakt angegeben.",
        ),
        (
            "No walking was found: 0.4 s are too short for 4 steps.",
            "Es wurde kein Gehen gefunden: 0,4 s sind zu kurz für 4 Schritte.",
        ),
        (
            "Walks farthest: 3.3 body heights from left to right, 0.0–7.6 s.",
            "Geht am weitesten: 3,3 Körperhöhen von links nach rechts, 0,0–7,6 s.",
        ),
        (
            "Below the resolution of this frame rate: less than 2.4 %, as far as timing error lets it be known.",
            "Unter der Auflösung dieser Bildrate: weniger als 2,4 %, soweit der Zeitfehler es erkennen lässt.",
        ),
        (
            "Only 2 strides: the means are rough; 6 or more are better.",
            "Nur 2 Doppelschritte: Die Mittelwerte sind grob; 6 oder mehr sind besser.",
        ),
        (
            "The only person seen. Stays in place: moves less than half a body height, in view 0.0–3.5, 4.0–7.6 s.",
            "Die einzige gesehene Person. Bleibt am Ort: bewegt sich um weniger als eine halbe Körperhöhe, "
            "im Bild 0,0–3,5, 4,0–7,6 s.",
        ),
    ],
)
def test_what_was_said_in_english_is_recognised_with_its_values(english: str, german: str) -> None:
    assert again(english) == english
    with speaking("de"):
        assert again(english) == german


def test_several_sentences_in_a_row_are_recognised_each() -> None:
    notes = "The file is damaged after 2.0 s; only the part before it was used. A single step makes no cadence."
    with speaking("de"):
        assert again(notes) == (
            "Die Datei ist ab 2,0 s beschädigt; nur der Teil davor wurde verwendet. "
            "Ein einzelner Schritt ergibt keine Kadenz."
        )


@pytest.mark.parametrize("text", ["walk.1.2.mp4", "P17 / left foot", "", "The moon is 3.5 cheeses away.", "a" * 5000])
def test_what_is_in_no_catalogue_stays_as_it_is(text: str) -> None:
    with speaking("de"):
        assert again(text) == text
