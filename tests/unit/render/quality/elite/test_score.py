"""The score: the points of the rules that hold."""

from __future__ import annotations

from preview_worker.render.quality.elite import STANDARD, score
from preview_worker.render.quality.elite.score import RULES
from tests.unit.render.quality.elite.previews import evidence, rendered

AFTER = {"A1", "A2", "A3", "A4", "A13"}


def test_all_rules_together_are_a_thousand_points() -> None:
    """Twenty-four of them, each once."""
    assert sum(rule.max for rule in RULES) == 1000
    assert len({rule.id for rule in RULES}) == 24


def test_the_score_is_the_sum_of_what_holds() -> None:
    """A failed rule earns nothing."""
    found = score(rendered())

    assert found.score == sum(rule.max for rule in found.rules if rule.status == "passed")
    assert {rule.points for rule in found.rules if rule.status == "failed"} == {0}
    assert (found.standard, found.max) == (STANDARD, 1000)


def test_what_only_a_render_can_tell_is_not_measured_before() -> None:
    """But for the one rule that is never measured."""
    before, after = score(evidence()), score(rendered())

    assert {r.id for r in before.rules if r.status == "not_measured"} == AFTER | {"S4"}
    assert {r.id for r in after.rules if r.status == "not_measured"} == {"S4"}
    assert before.unmeasured == sum(r.max for r in before.rules if r.id in AFTER | {"S4"})


def test_every_rule_that_does_not_hold_says_what_is_missing() -> None:
    """And those that hold do not."""
    for rule in (*score(evidence()).rules, *score(rendered(None)).rules):
        assert bool(rule.missing) == (rule.status != "passed"), rule.id
