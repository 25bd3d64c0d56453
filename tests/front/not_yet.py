"""The rules that a notebook does not keep yet, by its number. It shrinks to nothing.

A rule that stands here and is kept is a failure: take it out.
"""

STATIC = "code_width print_width predictions no_answers exercises words sections on_your_own"
WAYS = "without_vector_units with_one_thread shaken_1e6 shaken_3e6"
OLD = f"{STATIC} stored_outputs {WAYS}"  # what a notebook breaks that has not been rewritten yet
NOT_YET = {
    # 09
    "09": f"{OLD} formulas no_booleans names_once",
}


def judge(rule, name, found):
    """Fail where a notebook breaks a rule; or keeps one that NOT_YET says it does not keep."""
    expected = rule in NOT_YET.get(name[:2], "").split()
    kept = f"{name} keeps the rule: take {rule} out of its line in tests/front/not_yet.py"
    assert found or not expected, kept
    assert expected or not found, "\n".join(found)
