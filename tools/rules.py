"""What a lesson of this course keeps to, rule by rule; `python tools/notebooks.py check` says them.

A rule takes the name of a notebook and its cells, and returns what is wrong in words.
Cells count from 1.
"""

import ast
import re

from tools.notebooks import without_magics

CODE_WIDTH = 88  # columns of a line of code
PRINT_WIDTH = 96  # columns of a printed line
CODE_LINES = 20  # lines of a code cell
PRINTED_LINES = 12  # lines that a code cell prints
PROSE = 130  # words of a section
TELLING = 3  # names and numbers in an expression that tells a solution: `lr * c` is in every lesson
ENDING = ["What you can now say", "On your own", "Read further"]
SOLUTION = re.compile(
    r"<details>\s*<summary>Solution</summary>\s*```python\n(.*?)\n```.*?</details>", re.DOTALL
)
PREDICTION = re.compile(r"^\s*ask\.\w+\(\)\s*$")
FIND = "<summary>What you should find</summary>"
FOUND = re.compile(rf"<details>\s*{FIND}\s*\S.*?</details>", re.DOTALL)
MINUTES = re.compile(r"^\*(?P<minutes>\d+) minutes, (?P<kind>core|optional)\*$")
FORMULA = re.compile(r"\$\$.+?\$\$|(?<![\\$])\$[^$\n]+\$", re.DOTALL)
ESCAPE = re.compile(r"\\[!-/:-@\[-`{-~]")  # CommonMark drops a backslash before punctuation
TAG = re.compile(r"</?[A-Za-z][^>]*>")

# Words that COURSE keeps out, and what it says in their place.
WORDS = [
    (r"simply|obviously", "nothing"),
    (r"plain (?:gradient )?descent", "gradient descent, SGD"),
    (r"plans?", "schedule"),
    (r"rightly named", "test accuracy"),
    (r"other rows", "the test set"),
    (r"numbers to learn", "parameters"),
    (r"by chance", "at random"),
]
WALKERS = ("00", "01")  # a hiker walks here; elsewhere it is a run
WALK = (r"walks?", "run")
EXPLODE = re.compile(r"\bexplo(?:de|des|ded|ding|sion)\b", re.IGNORECASE)


def python(source):
    """A code cell's syntax tree; a magic stands as `pass`."""
    return ast.parse(without_magics(source))


def tags(cell):
    return cell.metadata.get("tags", [])


def code_cells(cells):
    """(number, cell) of each code cell."""
    return [(n, cell) for n, cell in enumerate(cells, 1) if cell.cell_type == "code"]


def markdown_cells(cells):
    """(number, source without fenced code) of each markdown cell."""
    return [
        (n, re.sub(r"```.*?```", "", cell.source, flags=re.DOTALL))
        for n, cell in enumerate(cells, 1)
        if cell.cell_type == "markdown"
    ]


def whole(cells):
    """All the prose, without fenced code."""
    return "\n\n".join(source for _, source in markdown_cells(cells))


def is_prediction(cell):
    return cell.cell_type == "code" and bool(PREDICTION.match(cell.source))


def shows_source(cell):
    """Whether a cell prints the library's own code, whose lines are not results."""
    return "getsource(" in cell.source


def printed(cell):
    """The lines that a cell prints: its streams, and a result that is text alone."""
    lines = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            lines += output.text.splitlines()
        elif list(output.get("data", {})) == ["text/plain"] and not is_prediction(cell):
            lines += output.data["text/plain"].splitlines()
    return lines


def code_width(name, cells):
    return [
        f"cell {n}: {len(line)} columns of code, more than {CODE_WIDTH}: {line.strip()[:40]!r}"
        for n, cell in code_cells(cells)
        for line in cell.source.splitlines()
        if len(line) > CODE_WIDTH
    ]


def print_width(name, cells):
    return [
        f"cell {n}: prints {len(line)} columns, more than {PRINT_WIDTH}: {line.strip()[:40]!r}"
        for n, cell in code_cells(cells)
        for line in printed(cell)
        if len(line) > PRINT_WIDTH
    ]


def printed_lines(name, cells):
    return [
        f"cell {n}: prints {len(printed(cell))} lines, more than {PRINTED_LINES}"
        for n, cell in code_cells(cells)
        if len(printed(cell)) > PRINTED_LINES and not shows_source(cell)
    ]


def code_lines(name, cells):
    return [
        f"cell {n}: {len(cell.source.splitlines())} lines, more than {CODE_LINES}"
        for n, cell in code_cells(cells)
        if len(cell.source.splitlines()) > CODE_LINES
    ]


def no_booleans(name, cells):
    return [
        f"cell {n}: prints {word[0]}: print the number that it comes from"
        for n, cell in code_cells(cells)
        if not shows_source(cell)
        for word in [re.search(r"\b(True|False)\b", "\n".join(printed(cell)))]
        if word
    ]


def predictions(name, cells):
    """A prediction is `ask.name()` alone, and the next code cell's output is folded."""
    found, asked = [], 0
    code = code_cells(cells)
    for k, (n, cell) in enumerate(code):
        calls = [node for node in ast.walk(python(cell.source)) if isinstance(node, ast.Call)]
        if any(getattr(call.func, "id", "") == "predict" for call in calls):
            found.append(f"cell {n}: predict(...) shows its answer: move it to lrteach/course")
        if is_prediction(cell):
            asked += 1
            after = next((other for other in code[k + 1 :] if not is_prediction(other[1])), None)
            if after and not after[1].metadata.get("jupyter", {}).get("outputs_hidden"):
                found.append(f"cell {after[0]}: follows a prediction, but its output is not folded")
        elif any(ast.unparse(call.func).startswith("ask.") for call in calls):
            found.append(f"cell {n}: a prediction is one line, `ask.name()`")
    return found + ([] if asked else ["no prediction"])


def solutions(cells):
    """(number of the exercise's cell, its source, its solution)."""
    found = []
    for n, cell in code_cells(cells):
        if "exercise" in tags(cell) and n < len(cells):
            block = SOLUTION.search(cells[n].source)
            if block:
                found.append((n, cell.source, block[1]))
    return found


def expressions(source):
    """The expressions of a piece of code that calculate something, as text."""
    return {
        ast.unparse(node)
        for node in ast.walk(python(source))
        if isinstance(node, ast.BinOp | ast.Compare | ast.Call | ast.Subscript)
    }


def own_expressions(stub, solution):
    """What a solution calculates that its stub does not: the values that it assigns or returns."""
    values = [
        node.value
        for node in ast.walk(python(solution))
        if isinstance(node, ast.Assign | ast.AugAssign | ast.Return)
    ]
    said = {ast.unparse(value) for value in values if leaves(value) >= TELLING}
    return said - expressions(stub)


def leaves(node):
    """How many names and numbers an expression is made of."""
    return sum(isinstance(part, ast.Name | ast.Constant) for part in ast.walk(node))


def no_answers(name, cells):
    """Nothing that a learner is to find stands in a code cell."""
    found = []
    for n, cell in code_cells(cells):
        tree = python(cell.source)
        words = {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword)}
        words |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        found += [
            f"cell {n}: {word!r} belongs into lrteach/course"
            for word in ("answer", "mistakes", "hints")
            if word in words
        ]
        found += [
            f"cell {n}: def {node.name} belongs into lrteach/course"
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.name.startswith("check")
        ]
    for n, stub, solution in solutions(cells):
        for k, cell in code_cells(cells):
            found += [
                f"cell {k}: shows {own!r}, the solution of cell {n}"
                for own in sorted(own_expressions(stub, solution) & expressions(cell.source))
            ]
    return found


def exercises(name, cells):
    """Two to four exercises (00: one to four); each ends in `check.it(it)` and has its solution."""
    numbers = [(n, cell) for n, cell in code_cells(cells) if "exercise" in tags(cell)]
    low = 1 if name.startswith("00") else 2
    found = [] if low <= len(numbers) <= 4 else [f"{len(numbers)} exercises, not {low} to 4"]
    for n, cell in numbers:
        last = ast.unparse(python(cell.source).body[-1])
        if not re.fullmatch(r"check\.(\w+)\(\1(, .*)?\)", last):
            found.append(f"cell {n}: does not end in check.name(name)")
    solved = {n for n, _, _ in solutions(cells)}
    return found + [
        f"cell {n}: no solution in the next cell's <details> block"
        for n, _ in numbers
        if n not in solved
    ]


def bound(tree, in_loop=False):
    """(name, whether only a loop uses it) of each name that a cell gives to something."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, in_loop
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, in_loop
        elif not isinstance(node, ast.comprehension | ast.Lambda):
            yield from bound(node, in_loop or isinstance(node, ast.For | ast.While))


def names_once(name, cells):
    """What one cell names, no other cell names anew: so it does not matter which ran last.

    What only loops name, such as a counter, several cells may name.
    """
    given = [(n, dict(sorted(bound(python(cell.source))))) for n, cell in code_cells(cells)]
    owner, found = {}, []
    for n, words in given:
        for word, only_in_loop in words.items():
            if not only_in_loop:
                owner.setdefault(word, n)
    for n, words in given:
        others = [word for word in words if owner.get(word, n) != n]
        found += [f"cell {n}: {word!r} is a name of cell {owner[word]}" for word in others]
    return found


def texts(cells):
    """(number, text) of all that is read as language: prose, comments, and strings of code."""
    hidden = r"\$\$.*?\$\$|\$[^$\n]+\$|`[^`]*`|\]\([^)]*\)|<[^>]+>|^>.*?$"
    for n, source in markdown_cells(cells):
        yield n, re.sub(hidden, " ", source, flags=re.DOTALL | re.MULTILINE)
    for n, cell in code_cells(cells):
        for node in ast.walk(python(cell.source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield n, node.value
        for comment in re.findall(r"#(.*)", cell.source):
            yield n, comment


def words(name, cells):
    """One word for one thing, and none that tells a learner that it is easy."""
    found, exploded = [], []
    rules = [*WORDS, *([] if name.startswith(WALKERS) else [WALK])]
    for n, text in texts(cells):
        found += [
            f"cell {n}: {hit[0]!r}: say {better}"
            for pattern, better in rules
            for hit in re.finditer(rf"\b(?:{pattern})\b", text, re.IGNORECASE)
        ]
        exploded += [n for _ in EXPLODE.finditer(text)]
    return found + [f"cell {n}: it explodes once in a story; say diverges" for n in exploded[1:]]


def headings(cells):
    """(number, level, title, the next line that is not empty) of each heading."""
    found = []
    for n, source in markdown_cells(cells):
        lines = source.splitlines()
        for k, line in enumerate(lines):
            if match := re.match(r"^(#+) (.+)$", line):
                after = next((other.strip() for other in lines[k + 1 :] if other.strip()), "")
                found.append((n, len(match[1]), match[2].strip(), after))
    return found


def sections(name, cells):
    """Each section is `## 2. Title`, then `*10 minutes, core*` or `*5 minutes, optional*`."""
    found, spent, expected = [], {"core": 0, "optional": 0}, 1
    for n, level, title, after in headings(cells):
        if level != 2 or title in ENDING:
            continue
        if not title.startswith(f"{expected}. "):
            found.append(f"cell {n}: '## {title}' should be '## {expected}. ...'")
        expected += 1
        minutes = MINUTES.match(after)
        if minutes:
            spent[minutes["kind"]] += int(minutes["minutes"])
        else:
            found.append(f"cell {n}: no line such as '*10 minutes, core*' below '## {title}'")
    need = re.search(r"^[-*] \*\*You need.*$", whole(cells), re.MULTILINE)
    for kind, minutes in spent.items():
        if minutes and not (need and re.search(rf"\b{minutes}\b", need[0])):
            found.append(f"'You need' does not name the {minutes} minutes of the {kind} sections")
    return found


def prose(source):
    """The words of a markdown text that are read: no code, formula, table or solution."""
    hidden = [
        r"<details>.*?</details>",
        r"```.*?```",
        r"\$\$.*?\$\$",
        r"\$[^$]+\$",
        r"`[^`]*`",
        r"\]\([^)]*\)",
        r"<[^>]+>",
    ]
    source = re.sub("|".join(hidden), " ", source, flags=re.DOTALL)
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("|", "#"))]
    return " ".join(lines).split()


def short_sections(name, cells):
    """Between two headings, or two cells of code, stand at most so many words to read."""
    found = []
    for n, cell in enumerate(cells, 1):
        if cell.cell_type == "markdown":
            for section in re.split(r"^#+ ", cell.source, flags=re.MULTILINE):
                count = len(prose(section))
                if count > PROSE and not section.startswith(ENDING[-1]):
                    found.append(f"cell {n}: {count} words at a stretch, more than {PROSE}")
    return found


def on_your_own(name, cells):
    """The open question at the end is followed by what you should find, folded."""
    own = whole(cells).split(f"# {ENDING[1]}")[-1].split(f"# {ENDING[2]}")[0]
    return [] if FOUND.search(own) else [f"'On your own' has no folded {FIND!r}"]


def opens_and_closes(text, k):
    """Whether the `_` or `*` at k may open, and may close, an emphasis of CommonMark."""
    before, after = text[k - 1 : k] or " ", text[k + 1 : k + 2] or " "
    space = before.isspace(), after.isspace()
    mark = bool(re.match(r"[!-/:-@\[-`{-~]", before)), bool(re.match(r"[!-/:-@\[-`{-~]", after))
    left = not space[1] and (not mark[1] or space[0] or mark[0])
    right = not space[0] and (not mark[0] or space[1] or mark[1])
    if text[k] == "*":
        return left, right
    return left and (not right or mark[0]), right and (not left or mark[1])


def emphasis(formula):
    """Whether CommonMark would take two of its `_` or `*` for an emphasis."""
    for sign in "_*":
        opened = False
        for k, char in enumerate(formula):
            if char == sign:
                opens, closes = opens_and_closes(formula, k)
                if opened and closes:
                    return True
                opened = opened or opens
    return False


def formulas(name, cells):
    """A formula reads the same where Markdown is read before the mathematics."""
    found = []
    for n, source in markdown_cells(cells):
        for formula in FORMULA.findall(re.sub(r"`[^`]*`", "", source)):
            if hit := ESCAPE.search(formula):
                found.append(f"cell {n}: Markdown changes {hit[0]!r} in {formula!r}")
            elif hit := TAG.search(formula):
                found.append(f"cell {n}: Markdown takes {hit[0]!r} for a tag in {formula!r}")
            elif emphasis(formula):
                found.append(f"cell {n}: Markdown takes a part of {formula!r} for emphasis")
    return found


RULES = {
    rule.__name__: rule
    for rule in (
        code_width,
        code_lines,
        print_width,
        printed_lines,
        no_booleans,
        predictions,
        no_answers,
        exercises,
        names_once,
        words,
        sections,
        short_sections,
        on_your_own,
        formulas,
    )
}


def broken(name, cells):
    """What all the rules say of a notebook, as "rule: what is wrong"."""
    return [f"{rule}: {words}" for rule, check in RULES.items() for words in check(name, cells)]
