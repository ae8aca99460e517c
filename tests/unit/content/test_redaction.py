"""What is taken out of a message before anything is kept, and what must stay."""

from __future__ import annotations

from datetime import date
from time import perf_counter

import pytest

from bot.content.redaction import Redactor, expand
from bot.content.toolkit import Toolkit

TODAY = date(2026, 11, 24)
GONE = [
    # Numbers
    ("complaint about NHS number 999 123 4578", "999 123 4578", "nhs_number"),  # labelled, check digit wrong
    ("debrief on 9990000018 went badly", "9990000018", "nhs_number"),
    ("the 999-000-0018 case again", "999-000-0018", "nhs_number"),
    ("9 9 9 0 0 0 0 0 1 8 was mentioned", "9 9 9 0 0 0 0 0 1 8", "nhs_number"),
    ("CHI number 0302511234 was on the fax", "0302511234", "nhs_number"),
    ("chi 150367 4821 on the referral", "150367 4821", "nhs_number"),
    ("her H&C no is 3201234567", "3201234567", "nhs_number"),
    ("health and care number 321 555 0192", "321 555 0192", "nhs_number"),
    ("national insurance number QQ 12 34 56 C", "QQ 12 34 56 C", "national_insurance_number"),
    ("QQ123456C is all it said", "QQ123456C", "national_insurance_number"),
    ("nino jk223344a on the fraud form", "jk223344a", "national_insurance_number"),
    ("her passport number 123456789 was in the notes", "123456789", "passport_number"),
    ("Passport number P1234567 was copied", "P1234567", "passport_number"),
    ("hospital no X0000123 was shouted at", "X0000123", "hospital_number"),
    ("MRN 4455667 came back", "4455667", "hospital_number"),
    ("RTH1234567 is on the list twice", "RTH1234567", "hospital_number"),
    ("her son, mobile 07700 900123, rings daily", "07700 900123", "phone_number"),
    ("dob 3/2/51, waited nine weeks", "3/2/51", "birth_date"),
    ("date of birth: 1959-11-30, three admissions", "1959-11-30", "birth_date"),
    ("born on 3rd February 1951", "3rd February 1951", "birth_date"),
    ("the one of 03.02.1951", "03.02.1951", "birth_date"),
    ("1951-02-03 is all the letter says", "1951-02-03", "birth_date"),
    ("b. 1951 stroke, Otley", "1951", "birth_date"),
    ("born 1948, copd, known to everyone on the unit", "1948", "birth_date"),
    # Addresses
    ("he lives at 14 Larch Grove", "14 Larch Grove", "address"),
    ("postcode ZZ99 3VZ on the label", "ZZ99 3VZ", "address"),
    ("write to a.surgeon@trust.example about it", "a.surgeon@trust.example", "email_address"),
    ("the patient's surgeon is a.surgeon@trust.nhs.uk", "a.surgeon@trust.nhs.uk", "email_address"),
    ("patient's email is jane.roe@mail.example", "jane.roe@mail.example", "patient_email"),
    ("the complaint came from the daughter, her email is k.walsh71@mail.example", "k.walsh71@mail.example", "patient_email"),
    # Beds and wards, all of them
    ("the lady in bed 4 on ward 12 saw it all", "bed 4 on ward 12", "bed_and_ward"),
    ("ward 7 side room 2, an 84 year old", "ward 7 side room 2", "bed_and_ward"),
    ("old lady bed 4 J83 broken hip still waiting", "bed 4 J83", "bed_and_ward"),
    ("bed 4 J83 broken hip old lady", "bed 4 J83", "bed_and_ward"),
    ("room 6 C22 alcoholic lad", "room 6 C22", "bed_and_ward"),
    ("W12 B4 dementia, no carers", "W12 B4", "bed_and_ward"),
    ("w7 b12 old boy nof waiting 60 hrs", "w7 b12", "bed_and_ward"),
    ("bay C bed 2 lady with chest pain", "bay C bed 2", "bed_and_ward"),
    ("side room 4 on L39 epileptic girl nobody saw fit", "side room 4 on L39", "bed_and_ward"),
    ("trolley 3 in resus, 90 year old, no one turned her", "trolley 3 in resus", "bed_and_ward"),
    ("she's in side room 1 on J12 with norovirus", "side room 1 on J12", "bed_and_ward"),
    # An age with a trade or a town
    ("the 34 yo teacher from Otley with the twins and the stillbirth", "34 yo teacher from Otley", "description"),
    ("a 52 year old farmer from Settle with the sarcoma we missed", "52 year old farmer from Settle", "description"),
    ("the 29yo solicitor with pph last month", "29yo solicitor", "description"),
    ("71M from Skipton, lost to follow up, pt is furious", "71M from Skipton", "description"),
    # Names after a title
    ("Mrs Ogunbanjo waited for her hip", "Ogunbanjo", "patient_name"),
    ("mr featherstonehaugh was readmitted with sepsis", "featherstonehaugh", "patient_name"),
    ("Mr. J. Hargreaves, 71, bladder ca, lost to follow up", "J. Hargreaves", "patient_name"),
    ("Mr K. Osei has sepsis", "K. Osei", "patient_name"),
    ("Mr. A. B. Carter died on the list", "A. B. Carter", "patient_name"),
    ("Mr. P. W\u00f3jcik, 58, colectomy, leak missed", "W\u00f3jcik", "patient_name"),
    ("Miss R. O'Donnell had her ectopic missed in ED", "O'Donnell", "patient_name"),
    ("Mrs. Blenkinsop (83) fell from the trolley", "Blenkinsop", "patient_name"),
    ("Dr Featherstone shouted at the clerk", "Featherstone", "colleague_name"),
    ("Dr. S. Malik is alcoholic", "S. Malik", "colleague_name"),
    ("Dr patel wants fewer clinics", "patel", "colleague_name"),
    ("Mr Ferris, our vascular surgeon, had a TIA and is still operating", "Ferris", "colleague_name"),
    # Names without a title
    ("patient John Doe complained", "John Doe", "patient_name"),
    ("baby girl Hussain born 14/2/24 with HIE", "Hussain", "patient_name"),
    ("Margaret Ellison's family complained about her hysterectomy", "Margaret Ellison", "patient_name"),
    ("chap called Derek Mills, ward 22, sepsis", "Derek Mills", "patient_name"),
    ("a lad called kieran doyle, 19, dka, waited 11 hours", "kieran doyle", "patient_name"),
    ("Janet Cole had a stroke and they lost the film", "Janet Cole", "patient_name"),
    ("harold finch had a fall and nobody rang the family", "harold finch", "patient_name"),
    ("J Hargreaves with the bladder ca", "J Hargreaves", "patient_name"),
    ("R. Pickersgill, 77, stroke, went home without thrombolysis", "R. Pickersgill", "patient_name"),
    ("Jean in bed 4 has sepsis", "Jean", "patient_name"),
    ("pt initials JH, 71, from Otley, bladder ca", "JH", "patient_name"),
    ("the Hargreaves family are suing over the stillbirth", "Hargreaves", "patient_name"),
    ("david henshaw my registrar got sectioned last week", "david henshaw", "colleague_name"),
    ("Consultant Amir Shah is off with depression", "Amir Shah", "colleague_name"),
    ("our registrar Tom Bright has epilepsy", "Tom Bright", "colleague_name"),
    ("the SHO Bethan Morris has anorexia", "Bethan Morris", "colleague_name"),
    ("Sanjay Gupta, one of my consultants, drinks", "Sanjay Gupta", "colleague_name"),
    ("my registrar is called Olumide Bankole and he is struggling", "Olumide Bankole", "colleague_name"),
]
STAYS = [
    ("charged to cost centre 9990000018 again", "a budget code, although its check digit happens to fit"),
    ("ring the switchboard on 0113 496 0000", "nobody's own number"),
    ("order number 4456789012 for the gloves", "an order"),
    ("bleep 2234 and extension 45671", "work numbers"),
    ("the audit of 12/03/2024 and the one of 3 March 2025", "meetings and audits are dated too"),
    ("In 2009 this was a letter once a month and a nice lunch", "a year is not a date"),
    ("I was born in 1971 and I am tired", "the writer's own age"),
    ("the NHS was born in 1948 and stroke care much later", "a service has no date of birth"),
    ("Plan B 2024 and the hip fracture audit", "a plan"),
    ("four PAs and 1.5 SPAs since April 2019", "figures of a job plan"),
    # Capacity
    ("bed 12 is closed again", "capacity, with nobody in it"),
    ("ward 12 has no manager", "a ward is not a person"),
    ("he wants bed 9 on ward 4 for his trial", "a bed that is wanted"),
    ("she wants bay 2 on J83 for day surgery", "a bay that is wanted"),
    ("bay 3 is short of a nurse again", "staffing"),
    ("trolley 4 has a broken wheel", "equipment"),
    ("bed 4 has been empty since Tuesday and the lady from finance noticed", "an empty bed"),
    ("room 6 is booked for the away day with the man from estates", "a meeting room"),
    ("meeting in room 12 with the registrar about the rota", "a meeting room"),
    ("band 5 and band 6 vacancies on J83", "posts"),
    ("ward 22 and ward 7 fight about the same HCA", "two wards"),
    # Ages of things, and of colleagues
    ("a 34 year old policy from NHS England is still in force", "a policy's age"),
    ("my 35 year old registrar wants fewer nights", "a colleague without a name"),
    ("a 65 year old consultant from Leeds wants to stay on", "a colleague without a name"),
    ("the 50 year old boiler in theatre 3 gave up", "a boiler's age"),
    # Titles without a name
    ("the matron and the GM agreed", "roles, not names"),
    ("my dr says rest. the right mr right joke", "a title without a name"),
    ("our prof counts writing his textbook as trust time", "a title without a name"),
    ("Dr shortages mean I cover every weekend", "a title without a name"),
    ("we miss cancer targets every month", "a word, not a title"),
    ("Miss that meeting and you lose your list", "a word, not a title"),
    ("Professor of Surgery wants more PAs", "a post"),
    ("Mr Speaker, can we start", "an office"),
    ("Mr Chair, may I raise the cancer waits", "an office"),
    ("Mr Chief Operating Officer cancelled the list", "an office"),
    ("Lady Chairman runs trust board", "an office"),
    ("Nurse Practitioner clinics are full", "a post"),
    # Figures of speech
    ("Mr Big of finance", "a figure of speech"),
    ("Mr and Mrs Average", "a figure of speech"),
    ("Mrs Average with a hip fracture waits three days", "a figure of speech"),
    ("Sister Act level of chaos", "a film"),
    ("Mr Fixit is what they call the ops manager", "a figure of speech"),
    ("mr nice guy approach has failed with ortho", "a figure of speech"),
    ("Dr Google sends me half my clinic", "a figure of speech"),
    # Public figures, and what is named after somebody
    ("the Mr Bates ITV thing, we have our own Horizon, cancer waits", "in the news"),
    ("Dr Foster data says we are an outlier", "a firm"),
    ("Lord Darzi said it", "a public figure"),
    ("Lord Carter review savings", "a public figure"),
    ("Dr Deming would weep", "a thinker"),
    ("Mrs May was PM", "a public figure"),
    ("Dame Donna visited", "a public figure"),
    ("Sir Robert Francis told us all this after Mid Staffs", "a public figure"),
    ("the Lucy Letby case has made everyone nervous about raising concerns", "in the news"),
    ("the Shipman inquiry changed how we certify deaths", "in the news"),
    ("Michael West says compassion is a skill, is there evidence", "a researcher"),
    ("Amy Edmondson's work on psychological safety", "a researcher"),
    ("Florence Nightingale would have closed this ward", "a public figure"),
    ("Queen Elizabeth Hospital cancer waits are better than ours", "a hospital"),
    ("the James Cook stroke pathway is what we should copy", "a hospital"),
    ("Victoria Wing is closed and bed 4 is out of use", "a building"),
    ("Helen Ward is a surgical ward here and it is full", "a ward"),
    ("James Lind Alliance priorities for hip fracture", "an organisation"),
    ("Oliver McGowan training is 4 percent done", "a course"),
    ("Marie Curie nurses cover the hospice", "a charity"),
    ("Martha's rule has doubled the calls from bay 2", "a rule"),
    # Capitals that are no names
    ("Option B had the better sepsis outcome", "no initial"),
    ("Hepatitis C clinic has lost its nurse", "no initial"),
    ("A Consultant with a list to lose", "no initial"),
    ("Cancer Alliance said the biopsy backlog is ours", "an organisation"),
    ("Clinical Director had a stroke of luck with funding", "a post"),
    ("Patient Flow is my whole life", "a meeting"),
    ("the Baby Friendly award", "an award"),
    ("he never met the patient. Then the scan was lost", "a new sentence"),
    ("the late Friday list always overruns", "a day"),
    ("April Finance report shows theatre overspend", "a month"),
    ("Will the biopsy list move, asks the GM", "a word"),
    # First names alone
    ("Mark from estates says the lift is broken", "a first name alone"),
    ("Jean wants a word about the stroke unit rota", "a first name alone"),
    ("Sarah has epilepsy clinic on Mondays", "a clinic, not an illness"),
]


@pytest.fixture(scope="module")
def redactor(toolkit: Toolkit) -> Redactor:
    return Redactor(tuple(toolkit.identifiers.values()))


@pytest.mark.parametrize(("text", "gone", "kind"), GONE)
def test_what_points_to_one_person_goes(redactor: Redactor, text: str, gone: str, kind: str) -> None:
    found = redactor.redact(text, TODAY)
    assert gone not in found.text
    assert kind in found.kinds
    assert found.points_to_patient is (kind not in {"colleague_name", "email_address"})


@pytest.mark.parametrize(("text", "because"), STAYS)
def test_what_points_to_nobody_stays(redactor: Redactor, text: str, because: str) -> None:
    assert redactor.redact(text, TODAY).kinds == (), because


def test_the_rest_of_the_message_stays_readable(redactor: Redactor) -> None:
    found = redactor.redact("the lady in bed 4 on ward 12, dob 03/02/1951, waited nine weeks", TODAY)
    assert found.text == "the lady in [bed and ward], dob [birth date], waited nine weeks"
    assert redactor.redact(found.text, TODAY).text == found.text, "taking out twice changes nothing"
    # The possessive stays where it is.
    assert redactor.redact("Janet Cole's stroke", TODAY).text == "[patient name]'s stroke"


@pytest.mark.parametrize("row", GONE)
def test_what_was_taken_out_is_not_taken_out_again(redactor: Redactor, row: tuple[str, str, str]) -> None:
    once = redactor.redact(row[0], TODAY).text
    assert redactor.redact(once, TODAY).text == once


def test_words_are_looked_for_whole_at_the_edge_of_what_is_near(redactor: Redactor) -> None:
    # The hip is too far away, and 60 characters before the bed is the middle of "leadership", which is no hip.
    far = "the hip fracture audit, and then for a very long while nothing at all. leadership means that we all agree"
    assert redactor.redact(f"{far} on what exactly there is to do, bed 4", TODAY).kinds == ()


def test_lists_of_words_are_named_in_braces() -> None:
    words = {"bed": "(?:bed|cot)", "lies": r"(?:{bed} \d)"}
    assert expand("in\n  {lies}", words) == r"in(?:(?:bed|cot) \d)"
    with pytest.raises(ValueError, match="no list of words is called 'beds'; there are bed, lies"):
        expand("{beds}", words)


@pytest.mark.parametrize(
    "piece", ["a", "1.", "1 ", "a.b-c+", "a@", "Aa ", "Mr A. ", "Dr. J. K. ", "john smith ", "bed 4 ", "34 yo ", "[a "]
)
def test_a_very_long_line_takes_no_longer_than_its_length(redactor: Redactor, piece: str) -> None:
    began = perf_counter()
    redactor.redact((piece * 40_000)[:40_000], TODAY)
    assert perf_counter() - began < 5  # It takes half a second; a pattern that goes back and forth takes minutes.
