"""Each reason gets a plain sentence and a next step."""

from __future__ import annotations

import re

import pytest

from storyboard.novita import answers
from storyboard.novita.reasons import EXPLANATIONS, OTHERWISE, Who, explain

DOCUMENTED = {
    *("INVALID_REQUEST_BODY", "ILLEGAL_PROMPT", "MISSING_API_KEY", "INVALID_API_KEY"),
    *("API_NOT_ALLOWED", "FEATURE_NOT_ALLOWED", "NEED_REAL_NAME_VERIFY", "BILLING_AUTH_FAILED"),
    *("BILLING_BALANCE_NOT_ENOUGH", "RATE_LIMIT_EXCEEDED", "API_NOT_FOUND", "TASK_NOT_FOUND"),
    *("BILLING_FAILED", "CREATE_TASK_FAILED", "GET_RESULT_FAILED", "TASK_FAILED"),
}


@pytest.mark.parametrize("reason", sorted(DOCUMENTED))
def test_every_documented_reason_is_explained(reason):
    assert explain(reason) is not OTHERWISE


@pytest.mark.parametrize("reason", sorted(answers.OF_THE_KEY))
def test_what_the_key_or_account_causes_is_the_owners_to_mend(reason):
    assert explain(reason).who is Who.OWNER


@pytest.mark.parametrize("reason", ["SOMETHING_NEW", "", "tomorrow"])
def test_a_reason_nobody_knows_gets_words_that_promise_nothing(reason):
    assert explain(reason) is OTHERWISE


@pytest.mark.parametrize("reason", sorted(EXPLANATIONS))
def test_the_words_are_plain_sentences(reason):
    words = explain(reason)
    for sentence in (words.sentence, words.next_step):
        assert re.fullmatch(r"[A-Z][^!]*\.", sentence)
