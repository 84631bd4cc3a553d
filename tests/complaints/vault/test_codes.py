"""The receipt code: 80 bits that survive being copied by hand."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints.vault import codes
from complaints.vault.codes import ALPHABET, CodeMistyped, Mistake, code_in, parse_code

letters = st.text(ALPHABET, min_size=16, max_size=16)
good_codes = letters.map(lambda text: text + codes.check_letter(text))


def test_every_single_wrong_character_and_every_swap_of_two_is_noticed():
    """Exhaustive. The check is linear (next test), so the error alone decides, not the code.

    A wrong character adds d at one place, a swap of a and b adds a+b at two places.
    """
    for place in range(17):
        for difference in range(1, 32):
            assert codes._weighted_sum(at({place: difference})) != 0
            for other in range(place):
                assert codes._weighted_sum(at({place: difference, other: difference})) != 0


def at(errors: dict[int, int]) -> str:
    return "".join(ALPHABET[errors.get(place, 0)] for place in range(17))


@given(letters, letters)
def test_the_check_is_linear(one, other):
    both = "".join(
        ALPHABET[ALPHABET.index(a) ^ ALPHABET.index(b)] for a, b in zip(one, other, strict=True)
    )
    assert codes._weighted_sum(both) == codes._weighted_sum(one) ^ codes._weighted_sum(other)


@given(good_codes, st.data())
def test_a_mistyped_code_is_refused_with_the_reason(code, data):
    place = data.draw(st.integers(0, 16))
    wrong = data.draw(st.sampled_from(ALPHABET.replace(code[place], "")))
    assert reason(code[:place] + wrong + code[place + 1 :]) is Mistake.CHECK


def test_what_cannot_be_a_code_says_why():
    code = codes.new_code()
    for why, wrong in (
        (Mistake.LENGTH, ("", code[:-1], code + "7")),
        (Mistake.LETTER, ("U" + code[1:], "é" + code[1:])),
    ):
        assert {reason(typed) for typed in wrong} == {why}


def reason(text: str) -> Mistake:
    with pytest.raises(CodeMistyped) as caught:
        parse_code(text)
    return caught.value.reason


@settings(max_examples=40)
@given(good_codes, st.data())
def test_typing_is_forgiven_in_case_spaces_dashes_and_lookalikes(code, data):
    choices = {"0": "0Oo", "1": "1IiLl"}
    typed = ""
    for letter in codes.show_code(code):
        typed += data.draw(st.sampled_from(choices.get(letter, letter + letter.lower())))
        typed += data.draw(st.sampled_from(["", " ", "-", "–", "\u2212", "\u00ad", "\u200b", "\n"]))
    assert parse_code(typed) == code


@settings(max_examples=30)
@given(good_codes)
def test_a_code_is_found_between_the_words_it_was_pasted_with(code):
    shown = codes.show_code(code)
    for text in (
        *(f"Je volgcode: {shown}, bewaar hem goed", f"je volgcode:{shown.lower()}."),
        f"Kenmerk KM-7F3Q-9XKD, volgcode {shown.replace('-', ' – ')} bewaren!",
        *(f"„{code}” is mijn code", f"Hij is \u200b{shown[:7]}\u00ad{shown[7:]}\ufeff, denk ik"),
        f"Dit is de code: {shown.replace('0', 'o').replace('1', 'l')}; schrijf hem op",
        shown + " " * 300,
    ):
        assert code_in(text) == code_in(code_in(text)) == code, text


def test_what_is_wrong_with_a_code_between_words_is_said():
    """Of one and the same code: once in thirty times a code and the next word hold another."""
    code = codes.show_code(codes.code_from_nonce(bytes(32)))
    other = "A" if code[-1] != "A" else "B"
    for text, why in (
        (f"Je volgcode: {code[:-1]}{other}, bewaar hem", Mistake.CHECK),
        (f"Je volgcode: U{code[1:]}, bewaar hem", Mistake.LETTER),
        (f"Je volgcode: {code[:9]}, bewaar hem", Mistake.LENGTH),
        ("Ik ben hem kwijt, kan iemand mij bellen?", Mistake.LENGTH),
        ("a1 " * 100_000, Mistake.LENGTH),
    ):
        with pytest.raises(CodeMistyped) as caught:
            code_in(text)
        assert caught.value.reason is why, text[:60]


def test_of_megabytes_that_were_pasted_only_the_beginning_is_looked_at(monkeypatch):
    """Eight megabytes of one ligature, which is 18 letters, took 22 seconds of one post."""
    looked_at, plain = [], codes._plain
    monkeypatch.setattr(codes, "_plain", lambda text: looked_at.append(len(text)) or plain(text))
    with pytest.raises(CodeMistyped):
        code_in("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 100_000)
    assert max(looked_at) <= codes.MOST_TYPED * 18


@given(st.text())
def test_no_text_gives_anything_but_a_code_or_a_reason(text):
    for read in (parse_code, code_in):
        try:
            code = read(text)
        except CodeMistyped:
            continue
        assert read(code) == code


def test_codes_of_a_form_are_its_own_and_new_ones_differ_and_use_all_80_bits():
    code = codes.code_from_nonce(b"n" * 32)
    assert code == codes.code_from_nonce(b"n" * 32) == parse_code(code)
    assert code != codes.code_from_nonce(b"m" * 32)
    assert code != codes.code_from_nonce(hashlib.sha256(b"n" * 32).digest())
    made = [codes.new_code() for _ in range(500)]
    assert [len(group) for group in codes.show_code(made[0]).split("-")] == [4, 4, 4, 4, 1]
    assert len(set(made)) == 500
    for place in range(16):
        assert len({code[place] for code in made}) == 32


@given(good_codes, good_codes)
def test_a_message_that_gives_the_code_away_is_noticed_and_an_ordinary_one_is_not(code, other):
    shown = codes.show_code(code)
    assert codes.find_code_in(f"mijn code is {shown.lower()}.", code)
    assert codes.find_code_in(f"code:{shown[:19].replace('-', ' ')}", shown)
    assert codes.find_code_in("Zo: " + code.replace("0", "o").replace("1", "l"), code)
    for said in ("Mijn coach belde drie afspraken af. Kenmerk KM-7F3Q-9XKD.", ""):
        assert not codes.find_code_in(said, code)
    assert code == other or not codes.find_code_in(codes.show_code(other), code)
