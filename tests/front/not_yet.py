"""The rules that a notebook does not keep yet, by its number. It shrinks to nothing.

A rule that stands here and is kept is a failure: take it out.
"""

NOT_YET = {}  # {"03": "print_width words"}, by number


def judge(rule, name, found):
    """Fail where a notebook breaks a rule; or keeps one that NOT_YET says it does not keep."""
    expected = rule in NOT_YET.get(name[:2], "").split()
    kept = f"{name} keeps the rule: take {rule} out of its line in tests/front/not_yet.py"
    assert found or not expected, kept
    assert expected or not found, "\n".join(found)
