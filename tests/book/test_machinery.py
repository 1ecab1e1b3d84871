"""Does the site's machinery change what it should, and nothing else?"""

import base64
import json
import sys
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tinycss2
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2] / "book/_ext"))
sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

import fetch_assets
import vitals
from course_site import bundle, clean, embedded, exercise, notebook, pages, report, share, trim

ROOT = Path(__file__).parents[2]
PAGE = '<!DOCTYPE html><head><meta name="viewport" content="width=device-width, initial-scale=1"/>'


def purge(css: str, *names: str) -> str:
    return trim.purged(tinycss2.parse_stylesheet(css, skip_whitespace=True), set(names))


@pytest.mark.parametrize(
    ("css", "left"),
    [
        (".a{x:1}.b{x:2}", ".a{x:1}"),
        (".a,.b{x:1}", ".a{x:1}"),
        (".a .b{x:1}", ""),
        ("p:not(.b){x:1}", "p:not(.b){x:1}"),
        ("h1,.b:is(.c,.d){x:1}", "h1{x:1}"),
        ("@media print{.b{x:1}}", ""),
        ("@media print{.a{x:1}.b{x:2}}", "@media print{.a{x:1}}"),
        ("@font-face{font-family:x}", "@font-face{font-family:x}"),
        (".b\\:c{x:1}", ".b\\:c{x:1}"),
    ],
)
def test_only_rules_that_no_page_matches_are_dropped(css: str, left: str) -> None:
    assert purge(css, "a") == left


def test_icons_that_are_not_in_use_lose_their_rules() -> None:
    css = '.fa-bars:before,.fa-navicon:before{content:"x"}.fa-yen:before{content:"y"}p{x:1}'
    assert trim.trimmed_css(css) == '.fa-bars:before,.fa-navicon:before{content:"x"}p{x:1}'


def test_a_page_loses_what_calls_other_hosts_and_keeps_the_rest() -> None:
    html = (
        PAGE + '<script defer src="_static/scripts/fontawesome.js?x=1"></script>'
        '<script type="text/x-thebe-config">{\n}</script><script src="a.js"></script>'
        '<script src="_static/searchtools.js"></script><script src="searchindex.js"></script>'
    )
    assert clean.cleaned(html, is_search=False) == PAGE + '<script src="a.js"></script>'
    assert "searchindex.js" in clean.cleaned(html, is_search=True)


def test_scripts_stay_where_they_are_of_use() -> None:
    script = '<script src="_static/design-tabs.js?v=1"></script>'
    assert clean.cleaned(script, is_search=False) == ""
    tabs = f'{script}<div class="sd-tab-set docutils"></div>'
    assert clean.cleaned(tabs, is_search=False) == tabs


def test_the_theme_is_known_before_anything_is_drawn() -> None:
    html = '<script>x.theme = localStorage.getItem("theme") || "auto";</script>'
    assert '"dark" : "light");</script>' in clean.cleaned(html, is_search=False)


def test_scripts_that_can_wait_do() -> None:
    quiz = '<script src="../_static/quiz.js?v=1"></script>'
    tools = '<script src="../_static/doctools.js?v=1"></script>'
    quiz_later, tools_later = (s.replace("script ", "script defer ") for s in (quiz, tools))
    assert clean.cleaned(quiz + tools, is_search=False) == quiz_later + tools_later
    assert clean.cleaned(quiz + tools, is_search=True) == quiz_later + tools


def test_code_has_elements_for_what_has_a_colour_only() -> None:
    html = '<span class="k">def</span><span class="w"> </span><span class="nf">f</span>'
    html += '<span class="p">(</span><span class="n">x</span><span class="p">)</span>'
    expected = '<span class="k">def</span> <span class="nf">f</span>(x)'
    assert clean.cleaned(html, is_search=False) == expected


def test_mathjax_stays_only_where_there_are_formulas() -> None:
    script = '<script defer="defer" src="../_static/formulas.js"></script>'
    html = f'<script>window.MathJax = {{"loader": 1}}</script>{script}'
    assert clean.cleaned(html, is_search=False) == ""
    formula = '<span class="math notranslate">x</span>'
    assert clean.cleaned(html + formula, is_search=False) == html + formula


def test_a_page_links_one_style_sheet_in_place_of_many(tmp_path: Path) -> None:
    static = tmp_path / "_static"
    (static / "styles").mkdir(parents=True)
    (static / "documentation_options.js").write_text("const OPTIONS = 1;")
    (static / "fonts").mkdir()
    for *_, name in bundle.TYPEFACES:
        (static / name).write_bytes(b"letters")
    text = (
        '@font-face { font-family: "Text"; src: url(fonts/source-serif-4-latin-400-normal.woff2); }'
    )
    late = "@font-face { src: url(fonts/late); }"
    (static / "course.css").write_text(f"{late}{text}p{{color:red}}")
    (static / "styles/theme.css").write_text('@import "../basic.css";b{x:1}')
    (static / "basic.css").write_text("i{x:1}")
    page = tmp_path / "a/page.html"
    page.parent.mkdir()
    page.write_text(
        '<link href="../_static/styles/theme.css?digest=1" rel="stylesheet" />'
        '<link rel="icon" href="../_static/logo.svg"/>'
        '<link rel="stylesheet" type="text/css" href="../_static/course.css?v=2" />'
        '<link rel="stylesheet" href="../_static/other.css" />'
        '<script src="../_static/documentation_options.js?v=3"></script>'
    )
    app: Any = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(name="html"))
    for _ in range(2):  # a second build finds pages that are done
        bundle.bundle(app, None)
        css = f"i{{x:1}}\nb{{x:1}}\n{late}p{{color:red}}"
        assert (static / "site.css").read_text() == css
        assert (static / "typefaces.css").read_text() == text
        assert '["Source Serif 4", "400", "bGV0dGVycw=="]' in (static / "typefaces.js").read_text()
        html = page.read_text()
        assert html.count('<script src="../_static/typefaces.js?v=') == 1
        assert html.count('<noscript><link rel="stylesheet" href="../_static/typefaces.css?v=') == 1
        assert html.count('<link rel="stylesheet" href="../_static/site.css?v=') == 1
        assert "theme.css" not in html
        assert "course.css" not in html
        assert '<link rel="stylesheet" href="../_static/other.css" />' in html
        assert "<script>const OPTIONS = 1;</script>" in html


def png_of(pixels: Any) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_large_images_in_a_page_become_files(tmp_path: Path) -> None:
    content = png_of(pixels := np.random.default_rng(0).integers(0, 9, (90, 90), np.uint8))
    lines = base64.encodebytes(content).decode()  # as Matplotlib writes them
    page = tmp_path / "part/page.html"
    page.parent.mkdir()
    small = '<img src="data:image/png;base64,aGVsbG8="/>'
    page.write_text(
        f'<svg><image xlink:href="data:image/png;base64,\n{lines}" x="1"/></svg>{small}'
    )
    app: Any = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(name="html"))
    for _ in range(2):  # a second build finds pages that are done
        embedded.extract(app, None)
        (file,) = (tmp_path / "_images").iterdir()
        with Image.open(file) as picture:
            assert picture.format == "WEBP"
            assert (np.asarray(picture.convert("L")) == pixels).all()
        linked = f'<svg><image xlink:href="../_images/{file.name}" x="1"/></svg>'
        assert page.read_text() == linked + small


@pytest.mark.parametrize(("colours", "exact"), [(100, True), (256, False)])
def test_pictures_keep_their_pixels_unless_they_are_photographs(colours: int, exact: bool) -> None:
    pixels = np.random.default_rng(0).integers(0, colours, (200, 300), np.uint8)
    with Image.open(BytesIO(embedded.webp(png_of(pixels)))) as picture:
        assert picture.format == "WEBP"
        assert (np.asarray(picture.convert("L")) == pixels).all() == exact


def test_a_drawing_of_many_colours_keeps_its_pixels() -> None:
    pixels = np.arange(256, dtype=np.uint8).repeat(20).reshape(16, 320).repeat(20, axis=0)
    with Image.open(BytesIO(embedded.webp(png_of(pixels)))) as picture:
        assert (np.asarray(picture.convert("L")) == pixels).all()


def test_a_summary_holds_words_only() -> None:
    html = '<summary aria-label="x"><p class="a">Show</p></summary><p>Text</p>'
    expected = '<summary aria-label="x"><span class="a">Show</span></summary><p>Text</p>'
    assert clean.cleaned(html, is_search=False) == expected


def test_what_checks_find_is_written_into_the_page(tmp_path: Path) -> None:
    site = tmp_path / "html"
    (site / "book").mkdir(parents=True)
    page = site / report.PAGE
    page.write_text(f'<table><tbody class="build-checks">{report.NOT_RUN}</tbody></table>')
    report.note(site, "Links", "none < broken", "12 links")
    report.note(site, "Links", "none & broken", "13 links")
    report.note(site, "Weight", "fine", "400 KiB")
    html = page.read_text()
    assert html.count("<tr>") == 2
    assert "<td>none &amp; broken</td><td>13 links</td>" in html
    assert "not been run" not in html


def test_lighthouse_is_quoted_with_its_date_and_machine() -> None:
    found = json.loads(report.LIGHTHOUSE.read_text("utf-8"))
    heading, said, table = report.vitals(found)
    words = said.astext()
    assert found["date"] in words
    assert str(min(r["machine"] for r in found["rows"])) in words
    assert table.astext().count("mobile") == table.astext().count("desktop") > 0
    assert "Lighthouse" in heading.astext()


def lighthouse_report(score: float, audit: float | None) -> dict[str, Any]:
    audits: dict[str, Any] = {
        name: {"numericValue": 1234.0, "score": 1} for name in vitals.TIMES.values()
    }
    audits["cumulative-layout-shift"] = {"numericValue": 0.0123, "score": 1}
    audits["crawlable"] = {"score": audit}
    reference = [{"id": "crawlable", "weight": 1}, {"id": "unweighed", "weight": 0}]
    groups = {name: {"score": score, "auditRefs": reference} for name in vitals.GROUPS}
    return {"audits": audits, "categories": groups, "environment": {"benchmarkIndex": 1500.4}}


def test_a_report_of_lighthouse_becomes_a_row() -> None:
    row = vitals.summary(lighthouse_report(0.875, 1))
    assert row["seo"] == 88
    assert row["blocked (s)"] == 1.23
    assert row["layout shift"] == 0.012
    assert row["machine"] == 1500
    assert vitals.middle([{"a": 3}, {"a": 1}, {"a": 2}]) == {"a": 2}


@pytest.mark.parametrize(("score", "named"), [(1, []), (0, ["crawlable"]), (None, [])])
def test_what_costs_points_is_named(score: float | None, named: list[str]) -> None:
    assert vitals.faults(lighthouse_report(1, score)) == named


@pytest.mark.parametrize("wrong", ["0", "4", "easy"])
def test_a_level_that_does_not_exist_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=f"difficulty is '{wrong}', but needs to be 1, 2 or 3"):
        exercise.level(wrong)


def test_facts_count_minutes_in_good_english() -> None:
    assert exercise.facts({"difficulty": 1, "minutes": 1})[0].astext().endswith("1 minute")
    assert exercise.facts({"minutes": 20})[0].astext() == "20 minutes"
    assert exercise.facts({}) == []


def app_with(**settings: object) -> SimpleNamespace:
    page = ROOT / "book/part1/whole-network.md"
    env = SimpleNamespace(found_docs={"book/part1/p"}, doc2path=lambda _: str(page))
    defaults = {"course_launch": {}, "course_package": "", "html_baseurl": ""}
    config = SimpleNamespace(**{**defaults, **settings})
    return SimpleNamespace(env=env, config=config)


def test_launch_buttons_come_from_one_setting_and_empty_ones_are_not_shown() -> None:
    launch = {"Colab": "https://colab.example/{page}.ipynb", "Binder": ""}
    context: dict = {"header_buttons": [{"label": "download-buttons", "buttons": []}]}
    notebook.add_buttons(app_with(course_launch=launch), "book/part1/p", "", context, None)
    first, second = context["header_buttons"]
    assert [b["url"] for b in first["buttons"]] == ["https://colab.example/book/part1/p.ipynb"]
    assert second["buttons"][0]["url"] == "../../notebooks/book/part1/p.ipynb"


def test_without_settings_only_the_download_is_offered() -> None:
    context: dict = {"header_buttons": [{"label": "download-buttons", "buttons": []}]}
    notebook.add_buttons(app_with(), "book/part1/p", "", context, None)
    assert len(context["header_buttons"]) == 1


def test_a_card_gives_full_addresses_once_the_site_has_one() -> None:
    config = SimpleNamespace(html_baseurl="https://x.y/", html_title="T", project="P")
    tags = pages.card(SimpleNamespace(config=config), "book/a", 'A "title"', "Said.")
    assert 'content="https://x.y/book/a.html"' in tags
    assert 'content="https://x.y/_static/card.png"' in tags
    assert "A &quot;title&quot;" in tags


def test_the_card_and_the_page_for_lost_readers_are_written(tmp_path: Path) -> None:
    share.draw_card("Convolutional Networks, Worked Out", tmp_path / "card.png")
    assert (tmp_path / "card.png").read_bytes()[16:24] == bytes.fromhex("000004b000000276")
    share.write_lost("A & B", "https://x.y/course", tmp_path / "404.html")
    html = (tmp_path / "404.html").read_text("utf-8")
    assert 'href="https://x.y/course/"' in html
    assert "A &amp; B" in html
    assert "<link" not in html


def test_typefaces_are_those_that_were_pinned() -> None:
    for name, package in fetch_assets.PACKAGES.items():
        for member in package.files:
            path = ROOT / fetch_assets.local(name, member)
            assert path.is_file(), path
    assert sum(p.stat().st_size for p in (ROOT / "book/_assets/fonts").iterdir()) < 120_000
