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
    # A full name beside what ails somebody, listed among first names or not
    ("John Pemberton has metastatic bowel cancer and his wife rings every day", "John Pemberton", "patient_name"),
    ("Agnieszka Wolny has lupus and has been bounced round four clinics", "Agnieszka Wolny", "patient_name"),
    ("little Tommy Braithwaite with leukaemia waited two days for a porter", "Tommy Braithwaite", "patient_name"),
    ("young Kieran Walsh with the cystic fibrosis was sent home twice", "Kieran Walsh", "patient_name"),
    ("Amira Hassan's mother came to the ward about the missed sepsis", "Amira Hassan", "patient_name"),
    ("the patient is called Gwen Hartnoll, stage 4, and her slot had gone", "Gwen Hartnoll", "patient_name"),
    ("her name is Gwen Hartnoll and she has stage 4 breast cancer", "Gwen Hartnoll", "patient_name"),
    ("the patient, Gwen Hartnoll, waited nine hours", "Gwen Hartnoll", "patient_name"),
    ("Miss A Farquhar with the lupus nephritis has complained about him", "Farquhar", "patient_name"),
    ("Ozan Demirci, 43, glioblastoma, MDT lost his scan", "Ozan Demirci", "patient_name"),
    ("Thandiwe Nkosi was diagnosed with myeloma and nobody told the GP", "Thandiwe Nkosi", "patient_name"),
    ("we cancelled Wojciech Baran's bypass three times", "Wojciech Baran", "patient_name"),
    ("the family of Ken Oldroyd have complained about his chemo", "Ken Oldroyd", "patient_name"),
    ("Pauline Threlfall died after the hysterectomy and the debrief was awful", "Pauline Threlfall", "patient_name"),
    ("Ellie-Mae Sugden (7) with type 1 diabetes never got her pump", "Ellie-Mae Sugden", "patient_name"),
    ("JOHN PEMBERTON has metastatic bowel cancer", "JOHN PEMBERTON", "patient_name"),
    ("we lost track of one Desmond Akintola, renal failure, dialysis on Mondays", "Desmond Akintola", "patient_name"),
    ("Siân Prosser is dying of pancreatic cancer on my ward and her daughter is furious", "Siân Prosser", "patient_name"),
    ("Rukhsana Begum's biopsy sat in his tray for nine weeks", "Rukhsana Begum", "patient_name"),
    ("I operated on Terry Nuttall for a perforated ulcer and now HR ring me", "Terry Nuttall", "patient_name"),
    ("Oluwaseun Adeyemi's lymphoma was missed on the first scan and I chair the review", "Oluwaseun Adeyemi", "patient_name"),
    ("Bethany Crossland, 22, anorexia, three wards in a week", "Bethany Crossland", "patient_name"),
    ("there's a chap, Vic Entwistle, with COPD who knows every nurse by name", "Vic Entwistle", "patient_name"),
    ("Kowalczyk's aneurysm was bumped again, Mr Kowalczyk is 71", "Kowalczyk", "patient_name"),
    ("Hadiza Bello collapsed in the waiting room and both departments walked past", "Hadiza Bello", "patient_name"),
    ("we sent Noreen Duffy home with a PE", "Noreen Duffy", "patient_name"),
    ("Rosie Whitlock's mum rang about the meningitis again", "Rosie Whitlock", "patient_name"),
    ("Mohammed Iqbal has been waiting for a kidney transplant since 2023", "Mohammed Iqbal", "patient_name"),
    ("patient: Lorna Tait, breast ca", "Lorna Tait", "patient_name"),
    ("Mr Zielinski in cubicle 6 with the stroke", "Zielinski", "patient_name"),
    ("Derek Ogden, who has dementia, was moved four times in one night", "Derek Ogden", "patient_name"),
    ("Ward Sister Jane Moss's husband Ian Moss died of sepsis with us", "Ian Moss", "patient_name"),
    # Hospital numbers with spaces, slashes and letters
    ("Hosp no. D/77 2391 is the case for the execs", "D/77 2391", "hospital_number"),
    ("hosp no 4471 902 bounced between us", "4471 902", "hospital_number"),
    ("Hospital no: D77/2391", "D77/2391", "hospital_number"),
    ("hosp. number X 1234567", "X 1234567", "hospital_number"),
    ("MRN: 44 71 902, waited nine weeks", "44 71 902", "hospital_number"),
    ("unit no. 12/4456 was the one", "12/4456", "hospital_number"),
    ("his hospital number's A-104 552", "A-104 552", "hospital_number"),
    ("see case notes 77/2391/B for the row", "77/2391/B", "hospital_number"),
    ("hospital number 12 34 56 7 is the one", "12 34 56 7", "hospital_number"),
    ("H/N K48 3920 went missing", "K48 3920", "hospital_number"),
    ("hosp number: R-77/2391", "R-77/2391", "hospital_number"),
    ("pt no 0048 2917", "0048 2917", "hospital_number"),
    # Dates of birth as they are scribbled
    ("dob 30 xi 59", "30 xi 59", "birth_date"),
    ("DOB 30.XI.59, breast list", "30.XI.59", "birth_date"),
    ("born 3rd Feb '61, sepsis", "3rd Feb '61", "birth_date"),
    ("born 3 Feb 61 with a stroke", "3 Feb 61", "birth_date"),
    ("d.o.b. 3/ii/1948", "3/ii/1948", "birth_date"),
    ("DOB 1959-11-30", "1959-11-30", "birth_date"),
    ("dob 30111959", "30111959", "birth_date"),
    ("date of birth 4th of July, '52", "4th of July, '52", "birth_date"),
    ("she was born in March 1959, in bed 4 with a stroke", "March 1959", "birth_date"),
    ("dob: 9 iv 1948", "9 iv 1948", "birth_date"),
    ("DOB twelfth of May 1950", "twelfth of May 1950", "birth_date"),
    ("born 12/5/50, NOF", "12/5/50", "birth_date"),
    ("born Feb '61 and has copd", "Feb '61", "birth_date"),
    # Colleagues' registration numbers
    ("GMC number 7012345 is on the referral he wrote about me", "7012345", "registration_number"),
    ("his GMC 6098712, if you must know", "6098712", "registration_number"),
    ("gmc no: 4512309", "4512309", "registration_number"),
    ("7012345 (GMC) has been referred again", "7012345", "registration_number"),
    ("her NMC pin 12A3456E lapsed and nobody noticed", "12A3456E", "registration_number"),
    ("GMC ref 7654321", "7654321", "registration_number"),
    # Unique without a name
    ("the only 94-year-old in bay 3 with the broken hip is still there", "94-year-old", "description"),
    ("The only transplanted teenager in Grimsby complained about our clinic", "only transplanted teenager in Grimsby", "description"),
    ("the 84 year old with dementia in bed 12 on Oak ward has been there 40 days", "84 year old", "description"),
    ("The deputy chief constable's wife was on my list and got bumped", "deputy chief constable's wife", "description"),
    ("the mayor of Skipton's husband is the one with the leak", "mayor of Skipton's husband", "description"),
    ("our only haemophiliac farmer in the dale bled after the extraction", "only haemophiliac farmer in the dale", "description"),
    ("the 102 year old from Hawes fell off the trolley", "102 year old from Hawes", "description"),
    ("the only man in Cumbria with that syndrome was my clinic patient", "only man in Cumbria", "description"),
    ("the only nun on ward 9 with a hip fracture", "only nun", "description"),
    ("our only patient on Sark has complained about the clinic", "only patient on Sark", "description"),
    ("the bishop's wife collapsed in our clinic", "bishop's wife", "description"),
    ("a 97-year-old from Staithes with a hip fracture", "97-year-old from Staithes", "description"),
    ("the 91 year old lady in side room 2 who has c diff sepsis", "91 year old lady", "description"),
    # A bed
    ("GH, 84, MND, ward 7 bed 3", "ward 7 bed 3", "bed_and_ward"),
    ("Bay C bed 4, Maple: that chap with the stoma heard the whole argument", "Bay C bed 4", "bed_and_ward"),
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
    # Numbers of other things, and capitals that are no name
    ("Datix W123456 has been open since March and nothing has changed", "an incident's reference"),
    ("Incident W123456 was closed without me", "an incident's reference"),
    ("Datix INC-448213 has been open since March", "an incident's reference"),
    ("invoice A1234567 from the agency for 41k", "an invoice"),
    ("PO number W1234567 was raised on my budget", "a purchase order"),
    ("purchase order D1234567 sat on her desk", "a purchase order"),
    ("ledger code AB123456 belongs to somebody else", "a ledger code"),
    ("job ref K1234567 on Trac closed with no applicants", "a post's reference"),
    ("vacancy B1234567 has been frozen", "a post's reference"),
    ("helpdesk ticket S1234567 about the printer", "a ticket"),
    ("estates job W1234567 for the sink", "a job for estates"),
    ("risk register ID R2041234 scored 16", "a risk"),
    ("complaint ref C1234567 is back with us", "a complaint's reference"),
    ("our ODS code RX1, cost centre AB123456 overspent", "a cost centre"),
    ("ESR number 20417765 is the post they froze", "a post's number"),
    ("the freedom of information request F1234567", "a request's number"),
    ("StEIS 2026/12345 is overdue", "an incident's reference"),
    ("I meet him 12.30-13.15 on Tuesdays", "clock times"),
    ("Clinic 09.30-12.45, theatre 13.30-17.45, then exec 18.00-19.30", "clock times"),
    ("born 3 days after the merger, that policy", "no date"),
    ("GMC survey 2026 came back red for us", "a survey"),
    ("the GMC wrote 3 times", "a count"),
    ("GMC Good Medical Practice 2024 says otherwise", "a publication"),
    ("I spoke to GMC on 01614 960000", "a switchboard"),
    ("James Cook has cancer waits of 80 days", "a hospital"),
    ("Acute Medicine has sepsis training on Monday", "a department"),
    ("Great Ormond had a cancer summit", "a hospital"),
    ("Leeds General has the stroke beds", "a hospital"),
    ("Macmillan Cancer Support has a leukaemia fund", "a charity"),
    ("Cancer Research has a melanoma trial", "a charity"),
    ("Stroke Association has a family day", "a charity"),
    ("Health Education England has diabetes money", "a body"),
    ("Head Neck has the cancer target", "a service"),
    ("the only 4 beds in the county for hip fractures are ours", "beds"),
    ("the only consultant in Grimsby who does hips is leaving", "a colleague"),
    ("the only anaesthetist on site with a paeds ticket", "a colleague"),
    ("the medical director's wife runs the charity shop", "a relative, nothing clinical"),
    ("he is the only surgeon with a clean audit", "a colleague"),
    ("Vascular Society had a stroke guideline in May", "a society"),
    ("New York had a covid wave first", "a town"),
    ("South Yorkshire has a stroke network", "a region"),
    ("On Monday Trauma had a fracture list", "a day"),
    ("Last March Finance had a stroke of luck", "a month"),
    ("Operation Hip Flask has a fracture clinic", "a name"),
    ("Incident report W1234567 was downgraded", "an incident"),
    ("SUI ref W123456", "an incident"),
    ("the Datix is W123456", "an incident"),
    ("W123456, the Datix, is still open", "an incident"),
    ("PO W1234567", "an order"),
    ("risk W123456 on the register", "a risk"),
    ("claim C123456 settled", "a claim"),
    ("budget line N123456 is wrong", "a budget"),
    ("bed 12, the only one in the bay without oxygen", "a bed"),
    ("Parkinson Trust has a dementia award", "a body"),
    ("James Lind has an asthma priority list", "a person of history"),
    ("Simon Sinek has a stroke of genius", "a thinker"),
    ("the director's wife knows the chair", "nothing clinical"),
    ("the only woman in the surgical department", "a colleague"),
    ("the only child in the room at that meeting was me", "a figure of speech"),
    ("as the only man in the meeting I kept quiet about the hip list", "a colleague"),
    ("my only patient list this week was cancelled", "a list"),
    ("the only patient facing session I have left", "a session"),
    ("we are the only trust in Yorkshire with a hip fracture unit", "a trust"),
    ("Breast Care has metastatic targets", "a service"),
    ("Operation Fracture has delivered nothing", "a project"),
    ("GMC visit 7 May 2027", "a date"),
    ("GMC have had 7012 complaints", "a count"),
    ("the mayor's husband opened the fete", "nothing clinical"),
    ("Band Seven has had a stroke study day", "a post"),
    ("the Bristol Stool chart", "a chart"),
    ("Point Prevalence had pneumonia rates wrong", "a survey"),
    ("Getting It Right First Time has a hip report", "a programme"),
    ("Model Hospital has stroke data", "data"),
    ("Junior Doctors had a covid bonus", "a group"),
    ("Virtual Ward has pneumonia slots", "a service"),
    ("born in March the merger was already old", "not a birth"),
]


@pytest.fixture(scope="module")
def redactor(toolkit: Toolkit) -> Redactor:
    return Redactor(tuple(toolkit.identifiers.values()))


@pytest.mark.parametrize(("text", "gone", "kind"), GONE)
def test_what_points_to_one_person_goes(redactor: Redactor, text: str, gone: str, kind: str) -> None:
    found = redactor.redact(text, TODAY)
    assert gone not in found.text
    assert kind in found.kinds
    assert found.points_to_patient is (kind not in {"colleague_name", "email_address", "registration_number"})


@pytest.mark.parametrize(("text", "because"), STAYS)
def test_what_points_to_nobody_stays(redactor: Redactor, text: str, because: str) -> None:
    assert redactor.redact(text, TODAY).kinds == (), because


def test_the_rest_of_the_message_stays_readable(redactor: Redactor) -> None:
    found = redactor.redact("the lady in bed 4 on ward 12, dob 03/02/1951, waited nine weeks", TODAY)
    assert found.text == "the lady in [bed and ward], dob [birth date], waited nine weeks"
    assert redactor.redact(found.text, TODAY).text == found.text, "taking out twice changes nothing"
    # The possessive stays where it is.
    assert redactor.redact("Janet Cole's stroke", TODAY).text == "[patient name]'s stroke"


@pytest.mark.parametrize(
    ("text", "left", "because"),
    [
        ("Mrs Okonjo's hip again. Okonjo rang", "[patient name]'s hip again. [patient name] rang", "the surname by itself"),
        ("Kowalczyk's hip, Mr Kowalczyk is 71", "[patient name]'s hip, [patient name] is 71", "and before the name is whole"),
        ("Mr Marsh, 71, has sepsis in Marsh 7", "[patient name], 71, has sepsis in Marsh 7", "counted, it is no name"),
        ("Mrs Bean has copd and likes a bean stew", "[patient name] has copd and likes a bean stew", "a word is a word"),
        ("Dr Osei shouts. Tell Osei", "[colleague name] shouts. Tell [colleague name]", "a colleague's too"),
    ],
)
def test_a_surname_goes_wherever_it_stands(redactor: Redactor, text: str, left: str, because: str) -> None:
    assert redactor.redact(text, TODAY).text == left, because


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
