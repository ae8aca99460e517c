"""Telling what people say of working together over time: by wave, paired, looking back, and from the other side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.schema import Instrument
from bot.content.toolkit import Toolkit
from bot.domain.disclosure import Group, Ledger, Policy, Why, bands, is_alike
from bot.domain.quarter import Quarter
from bot.domain.surveys import COUNTERPART, Subject
from bot.services.estimates import alpha_of, change_of, mean_of, reliable_change
from bot.services.populations import Populations, tell_everywhere
from bot.services.releases import EVERYBODY, Asked, Figure, Releases
from bot.storage.encryption import cipher_in
from bot.storage.filing import filed_values, rounds_about
from bot.storage.statistics import raters

Worked = Callable[[Group], Figure | Why]
Leavers = Callable[[Group], int]
# An item that asks about the time before the programme is named after the one that it looks back at.
THEN = "_then"
# What a person's item is called where a counterpart is asked the same from the other side.
OTHER_SIDE = {
    "involved_early": "together_early",
    "last_word": "together_last_word",
    "bad_news_safe": "together_bad_news",
    "fixing_not_blaming": "together_fixing",
}
# Beyond this, a person's change on a scale is more than the scale's own error.
RELIABLE = 1.96


@dataclass(frozen=True)
class Waves:
    """The filed answers to one instrument that is asked in waves, by item and wave, then by person."""

    instrument: Instrument
    populations: Populations
    answers: Mapping[tuple[str, int], Mapping[str, int]]

    @property
    def count(self) -> int:
        return len(self.instrument.after_days)

    def of(self, item: str, wave: int) -> Mapping[str, int]:
        return self.answers.get((item, wave), {})

    def both(self, item: str, wave: int) -> Group:
        """Return who answered an item in the first wave and in another."""
        return frozenset(self.of(item, 1).keys() & self.of(item, wave).keys())

    def ledger(self, item: str, wave: int) -> str:
        return f"{self.instrument.id}/{wave}/{item}"


async def tell_waves(releases: Releases, populations: Populations, toolkit: Toolkit, period: str) -> None:
    """Tell of every instrument that is asked in waves what can be told by now; what was told before stands where little is new."""
    for instrument in toolkit.instruments.values():
        if instrument.after_days:
            waves = await read_waves(releases.session, instrument, populations)
            items = list(dict.fromkeys([*instrument.rotating, instrument.anchor]))
            for item in items:
                await _tell_item(releases, waves, toolkit, item, period)
            await _tell_scale(releases, waves, toolkit, period)


async def read_waves(session: AsyncSession, instrument: Instrument, populations: Populations) -> Waves:
    """Return the filed answers of the people of populations; of those who rate, by the programme of whom they rate."""
    cipher = cipher_in(session)
    names: list[tuple[str, str]] = [(person, instrument.id) for person in populations.everybody]
    if instrument.id == COUNTERPART:
        rating = await raters(session)
        programmes: dict[str, set[str]] = {}
        for rater, programme in rating.values():
            if programme is not None:
                programmes.setdefault(programme, set()).add(rater)
        by_programme = {name: frozenset(members) for name, members in programmes.items()}
        populations = Populations(by_programme, frozenset(rater for rater, _ in rating.values()), {})
        names = [(rater, Subject(COUNTERPART, number).name) for number, (rater, _) in rating.items()]
    answers = {}
    for wave in range(1, len(instrument.after_days) + 1):
        for item in instrument.items_of(wave):
            filed = await filed_values(session, instrument.id, item, wave)
            if filed:
                found = {person: filed.get(cipher.pseudonym("answer", person, name, wave, item)) for person, name in names}
                answers[item, wave] = {person: value for person, value in found.items() if value is not None}
    return Waves(instrument, populations, answers)


async def _tell_item(releases: Releases, waves: Waves, toolkit: Toolkit, item: str, period: str) -> None:
    """Tell one item: the change of those who answered twice first, because that is what the programme is about."""
    name, policy = waves.instrument.id, releases.policy
    scale = [point.value for point in toolkit.scales[toolkit.items[item].scale].points]

    async def tell(subject: str, group: Group, figure: Worked, ledgers: Sequence[str], *, splits: Sequence[str] = ()) -> None:
        asked = Asked(f"{subject}/{name}/{item}", period, EVERYBODY, {}, ledgers=ledgers)
        await tell_everywhere(releases, waves.populations, asked, group, figure, splits=splits)

    paired: list[Group] = []
    for wave in range(waves.count, 1, -1):
        before, after, group = waves.of(item, 1), waves.of(item, wave), waves.both(item, wave)
        group = next((each for each in (group, *(group & other for other in paired)) if _is_safe(waves, paired, each, policy)), group)
        paired.append(group)
        ledgers = (waves.ledger(item, 1), waves.ledger(item, wave))
        await tell(f"paired/{wave}", group, _change(before, after, policy), ledgers)
        then = waves.of(item + THEN, wave)
        if then:
            looking_back = group & frozenset(then)
            back = (waves.ledger(item, wave), waves.ledger(item + THEN, wave))
            await tell(f"retro/{wave}", looking_back, _change(then, after, policy), back)
    for wave in range(1, waves.count + 1):
        values = waves.of(item, wave)
        # The first wave waits for another: told by itself, of all who answered, it would bar the change of those who answered twice
        # from being told wherever a few of them dropped out.
        if wave == 1 and not any(len(group) >= policy.smallest for group in paired):
            continue
        told = [group for group in paired if wave == 1 or group == paired[waves.count - wave]]
        # Beside the change of those who answered twice, the mean of all would tell of the few who did not: then it is theirs alone.
        everybody = frozenset(values)
        group = everybody if _is_safe(waves, told, everybody, policy) else max(told, key=len)
        await tell(
            f"wave/{wave}",
            group,
            lambda part, values=values: mean_figure({person: values[person] for person in part}, policy, scale),  # type: ignore[misc]
            (waves.ledger(item, wave),),
            splits=("post", "cohort", "forum", "trust"),
        )


def _is_safe(waves: Waves, told: Sequence[Group], group: Group, policy: Policy) -> bool:
    """Return whether a group can be told of beside others, in every programme."""
    return all(
        Ledger([each & members for each in told], policy).why_not(group & members) is None
        for members in (waves.populations.everybody, *waves.populations.programmes.values())
    )


async def _tell_scale(releases: Releases, waves: Waves, toolkit: Toolkit, period: str) -> None:
    """Tell the change of the scale that the items with the same answers make up, and how many changed by more than its error."""
    items = list(waves.instrument.rotating)
    if len({toolkit.items[item].scale for item in items}) > 1:
        return
    for wave in range(2, waves.count + 1):
        group = frozenset(waves.of(items[0], 1))
        for item in items:
            group &= waves.both(item, wave)
        ledgers = [waves.ledger(item, each) for item in items for each in (1, wave)]
        asked = Asked(f"scale/{wave}/{waves.instrument.id}", period, EVERYBODY, {}, ledgers=ledgers)
        figure = _scale_figure(waves, items, wave, releases.policy)
        await tell_everywhere(releases, waves.populations, asked, group, figure)


def _scale_figure(waves: Waves, items: Sequence[str], wave: int, policy: Policy) -> Worked:
    def figure(group: Group) -> Figure | Why:
        people = sorted(group)
        first, last = ([[waves.of(item, each)[person] for item in items] for person in people] for each in (1, wave))
        before = {person: sum(row) / len(items) for person, row in zip(people, first, strict=True)}
        after = {person: sum(row) / len(items) for person, row in zip(people, last, strict=True)}
        if is_alike({person: after[person] - before[person] for person in people}, policy):
            return Why.ALIKE
        change, deviation, alpha = change_of(before, after), mean_of(list(before.values())).deviation, alpha_of(first)
        told: Figure = {"people": change.n, "value": change.value, "low": change.low, "high": change.high, "alpha": alpha}
        if 0 < alpha < 1 and deviation:
            changes = [reliable_change(before[person], after[person], deviation, alpha) for person in people]
            counts = [sum(each > RELIABLE for each in changes), sum(each < -RELIABLE for each in changes)]
            counts.insert(1, len(people) - sum(counts))
            if not any(policy.is_few(count) for count in counts):
                told["reliable"] = counts
        return told

    return figure


async def tell_quarter(
    releases: Releases, populations: Populations, toolkit: Toolkit, instruments: Sequence[str], quarter: Quarter
) -> None:
    """Tell the quarter's answers to what is asked again and again; each person counts once, with the mean of their answers."""
    cipher = cipher_in(releases.session)
    for instrument in (toolkit.instruments[name] for name in instruments if not toolkit.instruments[name].after_days):
        rounds = await rounds_about(releases.session, instrument.id)
        for item in dict.fromkeys([*instrument.rotating, instrument.anchor]):
            filed = await filed_values(releases.session, instrument.id, item, None, quarter)
            given: dict[str, list[int]] = {}
            for person, number in rounds:
                value = filed.get(cipher.pseudonym("answer", person, instrument.id, number, item))
                if value is not None and person in populations.everybody:
                    given.setdefault(person, []).append(value)
            values = {person: sum(each) / len(each) for person, each in given.items()}
            await tell_everywhere(
                releases,
                populations,
                Asked(f"quarter/{instrument.id}/{item}", str(quarter), EVERYBODY, {}),
                frozenset(values),
                lambda part, values=values: mean_figure({person: values[person] for person in part}, releases.policy),  # type: ignore[misc]
            )


def mean_figure(values: Mapping[str, float], policy: Policy, scale: Sequence[int] = ()) -> Figure | Why:
    """Return mean and interval, with the answers in bands where a scale is given."""
    if is_alike(values, policy):
        return Why.ALIKE
    found = mean_of(list(values.values()))
    told: Figure = {"people": found.n, "value": found.value, "low": found.low, "high": found.high}
    if scale and (parts := bands({person: round(value) for person, value in values.items()}, scale, policy)):
        told["bands"] = [list(part) for part in parts]
    return told


def _change(before: Mapping[str, int], after: Mapping[str, int], policy: Policy) -> Worked:
    def figure(group: Group) -> Figure | Why:
        if is_alike({person: after[person] - before[person] for person in group}, policy):
            return Why.ALIKE
        first, last = ({person: each[person] for person in group} for each in (before, after))
        found = change_of(first, last)
        means = {"before": sum(first.values()) / len(group), "after": sum(last.values()) / len(group)}
        return {"people": found.n, "value": found.value, "low": found.low, "high": found.high, **means}

    return figure
