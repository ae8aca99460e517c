"""What the rules take for danger or concern before any model reads it, and the ordinary talk beside it that they must leave alone."""

from __future__ import annotations

from time import perf_counter

import pytest

from bot.content.schema import SafetyPattern, SafetyRule
from bot.content.toolkit import Toolkit
from bot.understanding.safety import SafetyNet, in_full

IMMEDIATE = [
    # Named
    "I want to kill myself",
    "thinking about ending my life",
    "i wnat to kil myslef",
    "I\u2019ve taken an overdose",
    "took an od, on site, dont tell ED",
    # Self-harm that is back
    "cutting again since the complaint",
    "cutting again, in the office toilet, wont stop bleeding",
    "started scratching my arms again since the panel letter",
    "back to cutting after eight years, only the thighs so scrubs cover it",
    "I've been burning myself with the cautery after lists",
    # Being dead would be better
    "I'd be better off dead",
    "id be better of dead than facing the tribunal",
    "i dont want to be alive anymore",
    "i no longer want to be alive",
    "everybody would be better off without me",
    "my kids would be better off if I was dead",
    "the whole family would be better off without me",
    # No future, and up to when
    "Not planning to see the end of this month",
    "dont plan on seeing the new year tbh",
    "I won't be around for the next survey",
    "there won't be a next survey for me",
    "dont think ill be alive for the hearing",
    "not gonna live to see the outcome of this",
    # Finding out about a way, and naming one
    "been researching how long insulin takes",
    "been googling how much potassium it would take",
    "I have been reading up on how many tramadol it takes",
    "thinking of driving into the bridge on the way home",
    "keep thinking about steering into a lorry on the A64",
    "thinking about stepping in front of the train at the station",
    # Means to hand
    "i have the insulin here",
    "got the propofol here with me in the office",
    "been saving up tablets",
    "ive been putting tablets aside for a while now",
    # Somebody else's life
    "my reg has just texted me saying goodbye and she isnt answering",
    "our F2 has sent a goodbye message to the whatsapp group and her phone is off",
    "One of my registrars just rang saying goodbye and now it goes to voicemail",
    "my SHO says he's got the tablets lined up in his room",
    "he told me he's bought a rope, he's my clinical lead",
    "I'm scared my deputy is going to kill herself, she rang me in bits",
    "[colleague name] has just told me she is suicidal",
]
GENTLE = [
    "they would be better off without me",
    "I can't go on",
    "some nights I hope I don't wake up",
    "its all just black at the moment",
    "everything has gone black since the inquest",
    "its very dark in my head just now",
    "panic attacks before every list now",
    "had another panic attack in the car before clinic, third this week",
    "I dont recognise the person in the mirror and i dont like him",
    "cant stand the man i see in the mirror",
    "theres no point me being alive after this GMC thing",
    "cant face waking up tomorrow",
    # A colleague, and those who are left behind
    "one of my consultants has been talking about not being around, im worried about her",
    "a colleague of mine has been talking about ending things and I don't know what to do",
    "one of the band 6s keeps saying she doesn't want to be here anymore and I'm frightened for her",
    "my husband is worried I might do something stupid",
    "the F1 on our team has gone very quiet since her friend died by suicide",
    "our ODP hanged himself in january and the team is broken",
    "we lost our colleague to suicide last month and nobody talks about it",
]
CONCERN = [
    "a colleague smells of alcohol on the ward",
    "they told me to keep quiet about it, it was covered up",
    "registrar turned up smelling of booze again for the night shift",
    "consultant is prescribing herself codeine under other names",
    "they have altered the obs chart after the arrest",
    # Harm that nobody reports
    "never event last Tuesday, wrong side block, nobody wants to datix it",
    "retained swab on Friday's list, consultant won't report it",
    "wrong level spinal, told to keep it in house",
    "nobody has datixed it because he is the medical director's mate",
    # Suffering for speaking up
    "I raised a concern and now I am being performance managed",
    "she reported the drug errors and three weeks later she was suspended",
    "I flagged the mortality figures and I've been taken off the committee and put under investigation",
    "i spoke up about the deaths and now HR are investigating me",
    "the nurse who raised concerns about him has been moved to another ward",
    "they suspended her for talking to the coroner",
]
NOTHING = [
    # Expressions
    "taking that to the board is career suicide",
    "career suicide to disagree with him",
    "it would be suicide for any manager to close that ward",
    "i took an overdose of caffeine, 14 hr clinic",
    "overdosed on biscuits in the exec meeting",
    "I'll hang for this at scrutiny",
    "I was hung out to dry at scrutiny",
    "jumping off the CD treadmill in march",
    "jumping in at the deep end",
    "Executioner's meeting at 3",
    "I could murder the ops manager",
    "I could kill the person who invented the tracker",
    "killing myself to keep three diaries going",
    "the rota is killing me slowly, send coffee",
    "the waiting list will be the death of me",
    "I want to die on that hill, job plans matter",
    "I'm dying to hand over this role in April",
    "he'd throw himself under a bus before agreeing with urology",
    "we need to stop shooting ourselves in the foot over theatre start times",
    "this project is better off dead",
    "this job is a slow death by email",
    "we are desperate for a registrar",
    "at the end of my tether with rota gaps",
    # Cuts, budgets and services
    "cutting again this year, another 4 percent off the budget",
    "finance are cutting again and I am the one who tells the consultants",
    "back to cutting lists to hit the money",
    "we won't see the end of this month in balance",
    "the trust would be better off without agency",
    "everyone would be better off with a proper rota",
    "our budget would be better off without me in the room, joked the GM",
    "it's all black and white to him, there is no grey",
    "everything is grey area with the new contract",
    "nearly had a panic attack when I saw the agenda for finance committee",
    "I don't recognise the service I joined in 2004",
    "thinking about driving the change into theatres",
    "been researching how long recruitment takes in other trusts",
    "checking how much insulin the ward uses, pharmacy want it cut",
    "the insulin here is always out of stock",
    "I have the insulin audit here and it is grim",
    # Away, or moving on
    "I won't be around for the next review, I'm on annual leave till the 9th",
    "I am retiring in June so I will not be here for the next appraisal round",
    "colleagues talk about not being here on Fridays",
    "he said goodbye to the team and left for Australia",
    "HR texted me to say goodbye drinks for the matron are on Friday",
    "she texted me the goodbye card money is due",
    # Suicide and self-harm as the work of a service
    "a patient on the ward was suicidal and the debrief went badly",
    "[patient name] was suicidal on the ward and the debrief went badly",
    "we do 40 suicide risk assessments a week with two nurses",
    "we run a suicide prevention pathway and the audit is due",
    "the inquest was about a patient who died by suicide on the ward, how do I run the debrief",
    "self harm admissions are up 30 percent and CAMHS has no beds",
    "Summarise the NICE guideline on self-harm for me",
    "ligature audit due Friday, estates have no money",
    # Rudeness, disputes and reporting that went well
    "the GM has cut my theatre list again",
    "the surgeon screams at the clerks",
    "the surgeon slammed the door and swore at the scrub nurse",
    "consultant shouts at trainees in theatre, nobody stops him",
    "I want to report a bully to HR",
    "how do I tell a colleague he is a bully without a grievance",
    "two consultants have not spoken since the merger and nobody tackles it",
    "I raised it at governance and now it is on the risk register",
    "I reported the broken scanner and it was fixed within a week",
    "never event last year, we reported it and the learning was good",
    "I flagged the overspend and now I am asked for a recovery plan",
    "nobody wants to do the datix training",
    "I am under investigation for an expenses claim",
    "worried that she will do something stupid at the board meeting",
]


@pytest.fixture(scope="module")
def net(toolkit: Toolkit) -> SafetyNet:
    return SafetyNet(tuple(toolkit.safety_rules.values()))


@pytest.mark.parametrize("text", IMMEDIATE)
def test_immediate_danger_is_found(net: SafetyNet, text: str) -> None:
    assert net.tier_of(text) == "crisis_immediate"


@pytest.mark.parametrize("text", GENTLE)
def test_despair_and_worry_are_found(net: SafetyNet, text: str) -> None:
    assert net.tier_of(text) == "crisis_gentle"


@pytest.mark.parametrize("text", CONCERN)
def test_concerns_for_patients_are_found(net: SafetyNet, text: str) -> None:
    assert net.tier_of(text) == "safety_concern"


@pytest.mark.parametrize("text", NOTHING)
def test_ordinary_talk_is_left_alone(net: SafetyNet, text: str) -> None:
    assert net.tier_of(text) is None


def test_no_training_example_of_ordinary_work_is_taken_for_a_crisis(toolkit: Toolkit, net: SafetyNet) -> None:
    found = [
        (example, net.tier_of(example))
        for scenario in toolkit.scenarios.values()
        for example in scenario.examples
        if str(net.tier_of(example)).startswith("crisis")
    ]
    assert found == []


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("I\u2019m not OK, I can't", "i am not ok, i can not"),
        ("im not ok i cant", "i am not ok i can not"),
        ("she's sure they'd; wont, shan't", "she is sure they would; will not, shall not"),
        ("ill be gone, id rather", "i will be gone, i would rather"),
        ("he was ill. the id badge", "he was ill. the id badge"),
        ("the patient's notes", "the patient notes"),
        ("[patient name] in [bed and ward]", "patient in bed and ward"),
    ],
)
def test_short_forms_are_read_in_full(typed: str, read: str) -> None:
    assert in_full(typed) == read


def test_a_list_of_words_that_does_not_exist_is_named(toolkit: Toolkit) -> None:
    rule = toolkit.safety_rules["immediate_danger"]
    wrong = SafetyRule.model_validate({**rule.model_dump(), "patterns": [SafetyPattern(match="{drugg}", because="misspelt")]})
    with pytest.raises(ValueError, match="no list of words is called 'drugg'"):
        SafetyNet((wrong,))


@pytest.mark.parametrize(
    "piece", ["a", "a ", "i will not ", "I'm ", "patient i ", "friend a b ", "[", "i raised ", "thinking of ", "\u2019"]
)
def test_a_very_long_line_takes_no_longer_than_its_length(net: SafetyNet, piece: str) -> None:
    began = perf_counter()
    net.tier_of((piece * 40_000)[:40_000])
    assert perf_counter() - began < 5  # It takes a third of a second; a pattern that goes back and forth takes minutes.
