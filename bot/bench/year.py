"""A year of a large installation, made up in the database's own language: its people, what they did, and what they answered."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import psycopg
from sqlalchemy import make_url

from bot.content.toolkit import Toolkit
from bot.domain.posts import Post
from bot.domain.quarter import Quarter
from bot.storage.encryption import Cipher
from bot.storage.tables import ClosenessAnswer, Happening

# For each person, so many things done, answers given and plans made.
DONE, ANSWERED, PLANS = 500, 100, 5
PROGRAMMES, TRUSTS, COHORTS, FORUMS = 12, 40, 3, 5


class Year:
    """Fills an empty, migrated PostgreSQL; everything is about as many people in every programme, trust and post."""

    def __init__(self, url: str, toolkit: Toolkit, cipher: Cipher, people: int, now: datetime) -> None:
        self._address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._toolkit, self._cipher, self.people, self._now = toolkit, cipher, people, now
        self._hidden, self._long_ago = cipher.hide(f"{'made up':256}"), now - timedelta(days=400)

    def fill(self) -> None:
        """Write all of it, and have the database look at what it holds."""
        with psycopg.connect(self._address, autocommit=True) as connection:
            for statement in self._statements():
                connection.execute(statement, {"hidden": self._hidden, "now": self._now, "long_ago": self._long_ago})
            with connection.cursor() as cursor:
                self._copy_answers(cursor)
            connection.execute("VACUUM ANALYZE")

    def _statements(self) -> Iterator[str]:
        people = f"generate_series(0, {self.people - 1}) AS n"
        kinds, themes = _array(Happening), _array(self._toolkit.themes)
        scenarios, some = _array(self._toolkit.scenarios), len(self._toolkit.scenarios)
        yield (
            "INSERT INTO programme (id, title, is_sample) SELECT 'g' || n, 'Programme ' || n, false"
            f" FROM generate_series(0, {PROGRAMMES - 1}) AS n"
        )
        yield f"INSERT INTO trust (id, title) SELECT 't' || n, 'Trust ' || n FROM generate_series(0, {TRUSTS - 1}) AS n"
        for table, each in (("cohort", COHORTS), ("forum", FORUMS)):
            yield (
                f"INSERT INTO {table} (id, programme_id, title) SELECT n + 1, 'g' || n / {each}, '{table} ' || n"
                f" FROM generate_series(0, {PROGRAMMES * each - 1}) AS n"
            )
        # Whose number leaves the same rest is in the same programme, and there in cohorts and forums in turn.
        place = f"mod(n, {PROGRAMMES}) * {{0}} + mod(n / {PROGRAMMES}, {{0}}) + 1"
        yield (
            "INSERT INTO person (id, conversation_key, name, kind, time_zone, joined_at, consented_at, consent_version,"
            " programme_id, cohort_id, trust_id, post)"
            " SELECT 'p' || n, 'k' || n, %(hidden)s, 'participant', 'Europe/London', %(long_ago)s, %(long_ago)s, 1,"
            f" 'g' || mod(n, {PROGRAMMES}), {place.format(COHORTS)}, 't' || mod(n / 7, {TRUSTS}),"
            f" ({_array(Post)})[mod(n / 5, {len(Post)}) + 1] FROM {people}"
        )
        yield f"INSERT INTO forum_member (forum_id, person_id) SELECT {place.format(FORUMS)}, 'p' || n FROM {people}"
        yield (
            f"INSERT INTO activity (person_id, kind, theme, scenario, at) SELECT 'p' || mod(n, {self.people}),"
            f" ({kinds})[mod(n / 3, {len(Happening)}) + 1], ({themes})[mod(n / 11, {len(self._toolkit.themes)}) + 1],"
            f" ({scenarios})[mod(n / 13, {some}) + 1], %(long_ago)s + mod(n::bigint * 7919, 34560000) * interval '1 second'"
            f" FROM generate_series(0, {self.people * DONE - 1}) AS n"
        )
        yield (
            "INSERT INTO plan (id, person_id, words, state, made_at)"
            f" SELECT n + 1, 'p' || mod(n, {self.people}), %(hidden)s, 'open', %(long_ago)s + mod(n * 131, 400) * interval '1 day'"
            f" FROM generate_series(0, {self.people * PLANS - 1}) AS n"
        )
        yield (
            "INSERT INTO check_in (person_id, plan_id, due_at, asked_at, answered_at, state, outcome, rating)"
            " SELECT person_id, id, made_at, made_at + interval '14 days', made_at + interval '15 days', 'answered',"
            " (ARRAY['done', 'partly', 'missed'])[mod(id, 3) + 1], mod(id, 11) FROM plan WHERE made_at < %(now)s - interval '16 days'"
        )
        yield (
            "INSERT INTO closeness (person_id, scenario, scenario_version, answer, at)"
            f" SELECT 'p' || n, ({scenarios})[s], 1, ({_array(ClosenessAnswer)})[mod(n + s, 3) + 1], %(long_ago)s"
            f" FROM {people}, generate_series(1, {some}) AS s"
        )

    def _copy_answers(self, cursor: psycopg.Cursor[tuple[object, ...]]) -> None:
        """Write so many rounds and filed answers that each person has given ANSWERED: in waves, and the rest every fortnight."""
        dice = random.Random(1)
        waves = self._toolkit.instruments["waves"]
        fortnightly = next(each for each in self._toolkit.instruments.values() if not each.after_days)
        rounds: list[tuple[str, str, int, datetime]] = []
        answers: list[tuple[str, str, int | None, str, str, int]] = []
        for number in range(self.people):
            person, left = f"p{number}", ANSWERED
            for wave, days in enumerate(waves.after_days, 1):
                at = self._now - timedelta(days=395 - days)
                rounds.append((person, waves.id, wave, at))
                for item in waves.items_of(wave):
                    answers.append(self._answer(person, waves.id, wave, item, at, dice, in_wave=True))
                    left -= 1
            for turn in count(1):
                at = self._now - timedelta(days=max(35, 400 - 14 * turn))
                rounds.append((person, fortnightly.id, turn, at))
                for item in fortnightly.items_of(turn)[:left]:
                    answers.append(self._answer(person, fortnightly.id, turn, item, at, dice, in_wave=False))
                    left -= 1
                if not left:
                    break
        with cursor.copy(
            "COPY survey_round (person_id, instrument, number, items, is_filed, state, due_at, asked_at, closed_at) FROM STDIN"
        ) as copy:
            for person, instrument, number, at in rounds:
                copy.write_row((person, instrument, number, "[]", True, "closed", at, at, at))
        with cursor.copy("COPY filed_answer (pseudonym, instrument, wave, quarter, item, item_version, value) FROM STDIN") as copy:
            for row in sorted(answers, key=lambda answer: answer[0]):
                copy.write_row((*row[:-1], 1, row[-1]))

    def _answer(
        self, person: str, instrument: str, number: int, item: str, at: datetime, dice: random.Random, *, in_wave: bool
    ) -> tuple[str, str, int | None, str, str, int]:
        scale = self._toolkit.scales[self._toolkit.items[item].scale].points
        pseudonym = self._cipher.pseudonym("answer", person, instrument, number, item)
        quarter = str(Quarter.of(at.astimezone(UTC).date()))
        return pseudonym, instrument, number if in_wave else None, quarter, item, dice.choice(scale).value


def _array(names: Iterable[str]) -> str:
    """Return names of ours, such as an enumeration's values, as an array in SQL."""
    return f"ARRAY[{', '.join(repr(str(each)) for each in names)}]"
