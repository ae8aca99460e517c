"""What is taken out of a message before anything is kept, and what must stay."""

from __future__ import annotations

from datetime import date

import pytest

from bot.content.redaction import Redactor
from bot.content.toolkit import Toolkit

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def redactor(toolkit: Toolkit) -> Redactor:
    return Redactor(tuple(toolkit.identifiers.values()))


@pytest.mark.parametrize(
    ("text", "gone", "kind"),
    [
        ("complaint about NHS number 999 123 4578", "999 123 4578", "nhs_number"),  # labelled, check digit wrong
        ("debrief on 9990000018 went badly", "9990000018", "nhs_number"),
        ("the 999-000-0018 case again", "999-000-0018", "nhs_number"),
        ("9 9 9 0 0 0 0 0 1 8 was mentioned", "9 9 9 0 0 0 0 0 1 8", "nhs_number"),
        ("dob 3/2/51, waited nine weeks", "3/2/51", "birth_date"),
        ("born on 3rd February 1951", "3rd February 1951", "birth_date"),
        ("the one of 03.02.1951", "03.02.1951", "birth_date"),
        ("1951-02-03 is all the letter says", "1951-02-03", "birth_date"),
        ("hospital no X0000123 was shouted at", "X0000123", "hospital_number"),
        ("MRN 4455667 came back", "4455667", "hospital_number"),
        ("RTH1234567 is on the list twice", "RTH1234567", "hospital_number"),
        ("the lady in bed 4 on ward 12 saw it all", "bed 4 on ward 12", "bed_and_ward"),
        ("ward 7 side room 2, an 84 year old", "ward 7 side room 2", "bed_and_ward"),
        ("Mrs Ogunbanjo waited for her hip", "Ogunbanjo", "patient_name"),
        ("mr featherstonehaugh was readmitted with sepsis", "featherstonehaugh", "patient_name"),
        ("patient John Doe complained", "John Doe", "patient_name"),
        ("he lives at 14 Larch Grove", "14 Larch Grove", "address"),
        ("postcode ZZ99 3VZ on the label", "ZZ99 3VZ", "address"),
        ("her son, mobile 07700 900123, rings daily", "07700 900123", "phone_number"),
        ("Dr Featherstone shouted at the clerk", "Featherstone", "colleague_name"),
        ("write to a.surgeon@trust.example about it", "a.surgeon@trust.example", "email_address"),
    ],
)
def test_what_points_to_one_person_goes(redactor: Redactor, text: str, gone: str, kind: str) -> None:
    found = redactor.redact(text, TODAY)
    assert gone not in found.text
    assert kind in found.kinds
    assert found.points_to_patient is (kind not in {"colleague_name", "email_address"})


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("charged to cost centre 9990000018 again", "a budget code, although its check digit happens to fit"),
        ("ring the switchboard on 0113 496 0000", "nobody's own number"),
        ("bed 12 is closed again", "capacity, with nobody in it"),
        ("ward 12 has no manager", "a ward is not a person"),
        ("the audit of 12/03/2024 and the one of 3 March 2025", "meetings and audits are dated too"),
        ("In 2009 this was a letter once a month and a nice lunch", "a year is not a date"),
        ("the matron and the GM agreed", "roles, not names"),
        ("four PAs and 1.5 SPAs since April 2019", "figures of a job plan"),
        ("bleep 2234 and extension 45671", "work numbers"),
        ("my dr says rest. the right mr right joke", "a title without a name"),
    ],
)
def test_what_points_to_nobody_stays(redactor: Redactor, text: str, because: str) -> None:
    assert redactor.redact(text, TODAY).kinds == (), because


def test_the_rest_of_the_message_stays_readable(redactor: Redactor) -> None:
    found = redactor.redact("the lady in bed 4 on ward 12, dob 03/02/1951, waited nine weeks", TODAY)
    assert found.text == "the lady in [bed and ward], dob [birth date], waited nine weeks"
    assert redactor.redact(found.text, TODAY).text == found.text, "taking out twice changes nothing"
