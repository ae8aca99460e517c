"""Plans that would hurt somebody, told from those that would not."""

from __future__ import annotations

import pytest

from bot.understanding.costly_plans import Cost, cost_of_plan


@pytest.mark.parametrize(
    ("plan", "cost", "reason"),
    [
        ("If she does it again I'll shout at her in front of the ward", Cost.ANGER, "a raised voice"),
        ("I'll raise my voice and let him have it", Cost.ANGER, "the same"),
        ("If he is rude again I hit him", Cost.ANGER, "a blow"),
        ("If she is late I will tell her in front of the whole team", Cost.PUBLIC, "before others"),
        ("i'm going to humiliate him at the audit meeting", Cost.PUBLIC, "the word itself"),
        ("when he emails I'll reply copying in everyone", Cost.PUBLIC, "before others, in writing"),
        ("If the list is cut I will cancel his leave", Cost.PAYBACK, "in kind"),
        ("I'll just freeze her out until she apologises", Cost.PAYBACK, "silence as punishment"),
        ("If she does it again I'll make her life hell", Cost.PAYBACK, "plainly so"),
        ("I'll record the meeting secretly", Cost.HIDDEN, "behind their back"),
        ("If they cut it I leak the paper", Cost.HIDDEN, "the same"),
        ("If he shouts at me again I walk out and come back after ten minutes", None, "what others do"),
        ("If he does it again I won't shout, I'll ask him why", None, "what is to be left undone"),
        ("I will not shout at her", None, "the same"),
        ("If it happens in front of patients I take him aside", None, "what went before"),
        ("If he speaks over her I will ask her for her view in front of the board", None, "on her side"),
        ("If the GM cuts the list I will ask why at the board", None, "a fair question"),
        ("I'll call out the behaviour kindly", None, "no person is called out"),
        ("I will hit the send button", None, "nobody is hit"),
        ("I will push for two months", None, "nobody is pushed"),
        ("I'll have a go at the diary", None, "nobody is gone at"),
        ("I will throw my hat in the ring", None, "a figure of speech"),
    ],
)
def test_what_a_plan_is_likely_to_cost(plan: str, cost: Cost | None, reason: str) -> None:
    assert cost_of_plan(plan) is cost, reason
