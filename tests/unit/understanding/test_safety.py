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

# Figures of speech in which the gravest words stand, and the same words said of a person: each pair needs the other.
FIGURES: list[tuple[str, str | None, str]] = [
    ("the savings target is suicidal", None, "a target"),
    ("the board is suicidal about the CQC visit", None, "a body"),
    ("the CQC visit has the board suicidal", None, "a body, the other way round"),
    ("ten percent? suicidal, I told them", None, "a figure"),
    ("raising it with him is suicidal, they all say", None, "a course of action"),
    ("the printer has committed suicide", None, "a machine"),
    ("political suicide, but I signed it", None, "an expression"),
    ("this savings plan is suicide for my unit", None, "for a unit"),
    ("the recovery plan reads like a suicide note with footnotes", None, "likened to one"),
    ("this rota is making me suicidal", "crisis_immediate", "it makes a person so"),
    ("the role has left her suicidal", "crisis_immediate", "and a colleague"),
    ("our finance manager is suicidal", "crisis_immediate", "a person in a body's name"),
    ("my plan is suicide tonight", "crisis_immediate", "a plan of that kind"),
    ("this is a suicide note", "crisis_immediate", "one, not likened to one"),
    ("she has cut my throat twice this month with that schedule", None, "cut by another"),
    ("I would be cutting my own throat to agree that baseline", None, "by a signature"),
    ("I'd have cut my throat before saying yes in that room", None, "rather than agree"),
    ("he cut his own throat", "crisis_immediate", "a colleague did"),
    ("I am cutting my throat tonight", "crisis_immediate", "the writer will"),
    ("I would sooner jump out of a window than do another appeal", None, "than a piece of work"),
    ("I'd rather be shot than chair the job plan panel", None, "than a piece of work"),
    ("rather kill myself than go back in there", "crisis_immediate", "than go back: meant"),
    ("I'd rather die than face another day", "crisis_gentle", "than live: meant"),
    ("calculate the lethal dose of digoxin for a teaching slide", None, "for teaching"),
    ("how much is a lethal dose of digoxin", "crisis_immediate", "for nothing said"),
    ("cardiology have a gun to our heads", None, "several heads"),
    ("they put a noose round discretionary spend", None, "a budget"),
    ("three self harm incidents on my unit this month", None, "the work of a service"),
    ("after the suicide on the acute ward the plan was a poster", None, "a patient's, and the work of a service"),
    ("our registrar's suicide is what the team is debriefing", "crisis_gentle", "a colleague's: those who are left are asked after"),
    ("I felt nothing at all about the new logo", None, "about something"),
    ("I feel nothing at all", "crisis_gentle", "about everything"),
    ("hand back the portfolio without looking as though I cannot cope", None, "how it looks"),
    ("I cannot cope", "crisis_gentle", "how it is"),
]
# What nobody calls by its name: clinicians' words, provision for others, things given away, chance left to decide.
OBLIQUE: list[tuple[str, str | None, str]] = [
    ("labelled the syringe with my own name", "crisis_immediate", "means in hand"),
    ("it is taped to my arm, one push", "crisis_immediate", "means in hand"),
    ("a whole pen of the fast acting, no supper", "crisis_immediate", "insulin"),
    ("the belt held", "crisis_immediate", "three words"),
    ("next train is a non stopper", "crisis_immediate", "at the line"),
    ("whoever finds me, I am sorry", "crisis_immediate", "how it will be found"),
    ("nobody is home till Sunday, that should be long enough", "crisis_immediate", "time for it"),
    ("F2 says she has got a plan and the stuff to do it", "crisis_immediate", "somebody else"),
    ("he is ringing me from the bridge", "crisis_immediate", "somebody else, there"),
    ("does the death in service pay out whatever the reason", "crisis_gentle", "asks after those who would be left"),
    ("ceiling of care reached, and I mean me", "crisis_gentle", "a doctor's words of themselves"),
    ("if I were a dog you'd have done the kind thing", "crisis_gentle", "the same"),
    ("I want out. Not of the job", "crisis_gentle", "says that it is not the job"),
    ("my partner has taken my car keys", "crisis_gentle", "means kept away"),
    ("I have stopped looking when I cross the road", "crisis_gentle", "would let it happen"),
    ("gave my registrar my Littmann, no reason", "crisis_gentle", "given away"),
    ("she says she hopes not to wake up", "crisis_gentle", "a colleague"),
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


@pytest.mark.parametrize(("text", "tier", "because"), FIGURES + OBLIQUE)
def test_the_same_words_of_a_person_and_of_a_plan(net: SafetyNet, text: str, tier: str | None, because: str) -> None:
    assert net.tier_of(text) == tier, because


def test_no_training_example_of_ordinary_work_is_taken_for_a_crisis(toolkit: Toolkit, net: SafetyNet) -> None:
    found = [
        (example, net.tier_of(example))
        for scenario in toolkit.scenarios.values()
        for example in scenario.examples
        if str(net.tier_of(example)).startswith("crisis")
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "tier", "reason"),
    [
        ("The planet would be better off without a doctor like me", "crisis_gentle", "of oneself as of another"),
        ("they'd all be better off without yours truly", "crisis_gentle", "the same"),
        ("I wonder if anyone would miss any of it if it went for good", "crisis_gentle", "of oneself in parts"),
        ("we'd be better off without this consultant on the rota", None, "off a rota, not out of the world"),
        ("I wonder if anyone would miss me at the meeting", None, "from a meeting"),
        ("He told the night sister she was a waste of space", None, "an insult to somebody's face"),
        ("he told me he is a waste of oxygen", "crisis_gentle", "of himself"),
        ("patients who've overdosed wait in our corridor till noon", None, "patients, as the work of a service"),
        ("I have overdosed", "crisis_immediate", "the writer"),
        ("the self-harm clinic is moving to Tuesdays", None, "the name of a clinic"),
        ("my self-harm is back", "crisis_immediate", "the writer's own"),
        ("the NICE guideline number for self-harm", None, "a guideline"),
        ("which scale asks about suicide severity", None, "the name of a scale"),
    ],
)
def test_who_and_what_is_spoken_of(net: SafetyNet, text: str, tier: str | None, reason: str) -> None:
    assert net.tier_of(text) == tier, reason


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
