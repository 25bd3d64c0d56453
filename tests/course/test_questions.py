"""The questions on a page without a kernel answer as those of a notebook do."""

import importlib
import re

import pytest
from tables import NOTEBOOKS, answer_to, names_in
from test_predict import NO_NUMBERS, NUMBERS

from lrteach.course.predict import in_words, parse_number
from tools.site import PAGES, question

MORE = ["-2**2", "2**3**2", "2**-1", "1--1", "(1+2)*3", "1e3e", "2(3)", "1.2.3", "7//2", "3 4",
        "1 2 3 4", "-(2)**.5", "1_0", "x", "1/(2-2)", "2**0.5", "1 000 000", "00.5", "1.e2"]


@pytest.fixture(scope="module")
def questions(browser):
    page = browser.new_page()
    page.add_script_tag(content=(PAGES / "questions.js").read_text(encoding="utf-8"))
    yield page
    page.close()


PARSED = """texts => texts.map(([text, unit]) => {
    try { return lrteachQuestions.parse(text, unit); } catch (error) { return error.message; }
})"""


def test_a_page_reads_numbers_as_a_notebook_does(questions):
    texts = [(text, "") for text, _ in [*NUMBERS, *NO_NUMBERS]]
    texts += [(text, "%") for text in ("50 %", "50%", "50", "５０％", "100/2 %")]
    texts += [(text, "") for text in MORE]

    def read(text, unit):
        try:
            return parse_number(text, unit)
        except ValueError as error:
            return str(error)

    for (text, _), here, there in zip(texts, questions.evaluate(PARSED, texts),
                                      [read(*one) for one in texts], strict=True):
        same = here == there if isinstance(there, str) else here == pytest.approx(there, rel=1e-14)
        assert same, (text, here, there)


def test_a_page_writes_numbers_as_a_notebook_does(questions):
    numbers = [0, 1.25, -4, 44, 190000, -250000, 1e9, 0.1 + 0.2, 1 / 3, 1e-7, 0.00012345, 123456.7,
               9999.6, 2.5e-5, 1e22, -0.00001, 12345678.9]
    written = questions.evaluate("all => all.map(lrteachQuestions.inWords)", numbers)
    assert written == [in_words(number) for number in numbers]


@pytest.mark.parametrize("lesson", sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")))
def test_a_page_answers_as_a_notebook_does(lesson, questions):
    module = importlib.import_module(f"test_nb{lesson[:2]}")
    asked = names_in(importlib.import_module(f"lrteach.course.nb{lesson[:2]}"), "ask")
    for name, given, _ in module.PREDICTIONS:
        coded = re.search('data-asked="([^"]+)"', question(asked[name]))[1]
        answered = questions.evaluate("""([coded, given]) => {
            const asked = new lrteachQuestions.Asked(lrteachQuestions.decoded(coded));
            try { return asked.verdict(asked.read(given)); } catch (error) { return error.message; }
        }""", [coded, given])
        assert answered == answer_to(asked[name], given), (name, given)
