"""The figures as the programme team, a forum's lead and an administrator see them, in a real browser; pictures go to var/screenshots."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Download, Page, expect
from python_calamine import CalamineWorkbook

from bot.content.toolkit import Toolkit
from tests.acceptance.conftest import Running
from tests.acceptance.pages import desk, look_twice, tap
from tests.browsers import keep_picture

VIEWS = ("/dashboard", "/dashboard/view/quality", "/dashboard/view/change")
EXPORTS = ("/dashboard/view/use.csv", "/dashboard/view/change.xlsx", "/dashboard/report/programme.pdf", "/dashboard/research/answers.csv")
FIGURES = (*VIEWS, *EXPORTS)
WORK = ("/dashboard/roster", "/dashboard/queue")
FEW = "?programme=sample-forum&split=post"
# So many times Tab is pressed at most on the way to something.
TABS = 150
Sit = Callable[[str], Page]


@pytest.fixture
def sit(running: Running) -> Iterator[Sit]:
    """Give a function that opens a browser of somebody's own, signed in under the name on the demonstration's button."""
    with desk(refusal="403") as open_page:

        def sign_in(name: str) -> Page:
            page = open_page()
            page.goto(f"{running.address}/sign-in")
            if name:
                tap(page, name)
                expect(page.get_by_role("link", name="Sign out")).to_be_visible()
            return page

        yield sign_in


def see_pictures(page: Page) -> None:
    """Scroll to each picture of a page, and check that it is drawn and that its table stands below it."""
    for picture in page.locator(".figures__picture img").all():
        picture.scroll_into_view_if_needed()
        page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=picture.element_handle())
        assert picture.evaluate("image => image.closest('.figures').querySelectorAll('table tbody tr').length") > 0


def take(page: Page, link: str) -> bytes:
    with page.expect_download() as taken:
        page.get_by_role("link", name=link, exact=True).click()
    return read(taken.value)


def read(taken: Download) -> bytes:
    return Path(taken.path()).read_bytes()


def refused(page: Page, address: str, words: str) -> None:
    """Open what somebody may not see: a page that says so, and nothing of what is there."""
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 403, address
    expect(page.locator("main")).to_contain_text(words)
    assert page.locator("table, img, [href$='.csv']").count() == 0


def tab_to(page: Page, label: str) -> None:
    """Press Tab until something with this label has the focus, and shows that it has."""
    for _ in range(TABS):
        page.keyboard.press("Tab")
        at = page.evaluate(
            "(() => { const it = document.activeElement, style = getComputedStyle(it);"
            " return [it.labels?.[0]?.innerText ?? it.innerText, style.outlineStyle !== 'none' || style.boxShadow !== 'none'] })()"
        )
        if at[0].strip() == label:
            assert at[1], f"{label}: one sees where one is"
            return
    raise AssertionError(f"{label} cannot be reached by Tab")


def test_the_programme_team_reads_and_takes_away(running: Running, sit: Sit, toolkit: Toolkit) -> None:
    words = toolkit.sentences.group("statistics")
    page = sit("Be the programme team")
    for path in VIEWS:
        name = path.rpartition("/")[2].replace("dashboard", "use")
        page.goto(running.address + path)
        expect(page.get_by_role("heading", level=1)).to_contain_text(words[f"{name}_heading"])
        expect(page.get_by_role("link", name=words[f"nav_{name}"], exact=True)).to_have_attribute("aria-current", "page")
        expect(page.locator(".limits")).to_contain_text(words[f"limits_{name}"])
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            see_pictures(page)
            keep_picture(page, f"dashboard-{name}-{width}-whole", full_page=True)
        look_twice(page, f"dashboard-{name}")
    for path in WORK:
        page.goto(running.address + path)
        look_twice(page, f"dashboard-{path.rpartition('/')[2]}")

    # A forum of 17 gets its total, and no split of it.
    page.goto(f"{running.address}/dashboard{FEW}")
    expect(page.get_by_label(words["choose_programme"])).to_have_value("sample-forum")
    split = page.locator(".figures").filter(has=page.locator("#split"))
    shown = split.locator("tbody td").all_inner_texts()
    assert words["withheld"] in shown
    assert not any(text.strip().isdigit() for text in shown), "no figure of a split of 17 people"
    expect(split).to_contain_text("is kept back because it is about fewer than 11 people")
    look_twice(page, "dashboard-withheld")

    rows = list(csv.DictReader(io.StringIO(take(page, words["export_csv"]).decode("utf-8-sig"))))
    kept_back = [row for row in rows if row["withheld"]]
    assert kept_back
    assert all(row["figure"] == words["withheld"] and not row["value"] for row in kept_back), "what the page withholds, the file does"
    themes = {words["themes_title"], words["nears_title"]}
    for row in rows:
        assert not row["n"] or int(row["n"]) == 0 or int(row["n"]) >= (5 if row["section"] in themes else 11), row
    book = CalamineWorkbook.from_filelike(io.BytesIO(take(page, words["export_xlsx"])))
    assert book.sheet_names == [words["nav_use"], words["dictionary_sheet"]]
    sheet = book.get_sheet_by_name(words["nav_use"]).to_python()
    assert sheet[0][1] == "Clinical Directors' Forum"
    assert len(sheet) - 3 == len(rows), "the workbook and the CSV hold the same rows"
    report = page.request.get(f"{running.address}{page.get_by_role('link', name=words['export_report']).get_attribute('href')}")
    text = " ".join(" ".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(report.body())).pages).split())
    for part in ("Clinical Directors' Forum", words["report_methods_heading"], words["limits_heading"], "no control group"):
        assert part in text.replace("\u2019", "'"), f"the report has {part}"


@pytest.mark.parametrize(
    ("name", "sees", "closed", "reason"),
    [
        ("Be a forum lead", (), (*FIGURES, *WORK), "leads a forum, and sees what comes back from it alone"),
        ("Be an administrator", WORK, FIGURES, "runs the installation, and sees no figures about people"),
    ],
)
def test_what_is_not_theirs_is_refused_in_words(
    running: Running, sit: Sit, toolkit: Toolkit, name: str, sees: tuple[str, ...], closed: tuple[str, ...], reason: str
) -> None:
    page, who = sit(name), name.rsplit(maxsplit=1)[-1]
    page.goto(f"{running.address}/staff")
    assert page.locator("[href='/dashboard']").count() == 0, reason
    look_twice(page, f"dashboard-{who}-work")
    for path in sees:
        page.goto(running.address + path)
        expect(page.locator(f"nav [href='{path}']")).to_have_attribute("aria-current", "page")
        look_twice(page, f"dashboard-{who}-{path.rpartition('/')[2]}")
    for path in closed:
        refused(page, running.address + path, toolkit.sentences.group("web")["not_allowed_text"])
    look_twice(page, f"dashboard-{who}-refused")


def test_the_keyboard_is_enough_from_the_sign_in_to_an_export(running: Running, sit: Sit, toolkit: Toolkit) -> None:
    words = toolkit.sentences.group("statistics")
    page = sit("")
    tab_to(page, "Be the programme team")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Sign out")).to_be_visible()
    tab_to(page, "Dashboard")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(words["use_heading"])
    tab_to(page, words["choose_programme"])
    page.keyboard.type("Darzi")
    tab_to(page, words["choose_show"])
    page.keyboard.press("Enter")
    expect(page.locator(".about")).to_have_text("Darzi Fellows Programme")
    tab_to(page, words["table"])
    page.keyboard.press("Enter")
    expect(page.locator(".figures table").first).to_be_visible()
    tab_to(page, words["export_csv"])
    with page.expect_download() as taken:
        page.keyboard.press("Enter")
    rows = list(csv.DictReader(io.StringIO(read(taken.value).decode("utf-8-sig"))))
    assert any(row["section"] == words["people_title"] and row["value"] for row in rows)
