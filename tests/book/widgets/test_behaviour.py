"""Do the widgets work by keyboard, on a phone, in the dark, without scripts, and for Python?"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from convnet.widgets import PRESETS, STYLES, element, module, state_of
from convnet.widgets.notebook import CourseWidget

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("widgets")]
Open = Callable[..., Page]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def inside(page: Page, name: str) -> Any:
    return page.locator(f'[data-widget="{name}"]')


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1000, 360])
def test_accessible_and_not_wider_than_the_screen(
    open_gallery: Open, scheme: str, width: int
) -> None:
    page = open_gallery(width, scheme)
    page.wait_for_timeout(300)  # colours that fade in
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
    problems = [
        (v["id"], [n["html"][:150] for n in v["nodes"]]) for v in found.response["violations"]
    ]
    assert problems == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


# The largest settings that the controls allow, and numbers with many figures.
EXTREMES: list[tuple[str, dict[str, Any]]] = [
    ("convolution", {"image": np.full((8, 8), -128.25), "kernel": np.ones((5, 5)), "padding": 2}),
    ("usage", {"side": 8, "window": 5, "dilation": 2, "padding": 8}),
    ("pooling", {"image": np.full((8, 8), 100), "window": 1, "stride": 1, "shift": [1, 1]}),
    (
        "backward",
        {"image": np.ones((6, 6)), "kernel": np.eye(3), "error": np.ones((8, 8)), "padding": 2},
    ),
    ("receptive", {"length": 32}),
    ("normalization", {"after": True}),
    ("filters", {"kernel": np.full((7, 7), 1 / 49)}),
    ("calculator", {"input": [3, 4000, 4000], "layers": [{"kind": "dense", "out": 65536}]}),
    ("six-by-six", {"backward": True, "image": np.full((6, 6), -12345.678)}),
]


def test_the_largest_settings_fit_a_phone(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 900})
    elements = "".join(element(name, **state) for name, state in EXTREMES)
    styles = STYLES.read_text(encoding="utf-8")
    page.set_content(f"<!doctype html><style>{styles}</style><main>{elements}</main>")
    page.keyboard.press("Shift")
    assert page.locator(".cw").count() == len(EXTREMES)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    cut = page.locator(".cw-cell > :is(span, button)").evaluate_all(
        "cells => cells.filter((c) => c.scrollWidth > c.clientWidth + 1).map((c) => c.textContent)"
    )
    assert cut == []  # without its first figure, a number would be another


def test_no_request_is_made_and_nothing_fails(browser: Browser, gallery: str) -> None:
    page = browser.new_page()
    requests: list[str] = []
    failures: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on(
        "console", lambda m: failures.append(m.text) if m.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.goto(gallery)
    for box in page.get_by_label("Example", exact=True).all():  # of every widget, every one
        for value in box.evaluate("box => [...box.options].map((o) => o.value)"):
            box.select_option(value)
    assert failures == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []


@pytest.mark.parametrize("name", PRESETS)
def test_a_table_stands_in_without_scripts_and_in_print(open_gallery: Open, name: str) -> None:
    silent = inside(open_gallery(java_script_enabled=False), name)
    assert silent.locator(".cw-static").is_visible()
    assert silent.locator(".cw-static").inner_text().strip()
    page = open_gallery()
    live = inside(page, name)
    assert live.locator(".cw").is_visible()
    assert not live.locator(".cw-static").is_visible()
    page.emulate_media(media="print")
    assert live.locator(".cw-static").is_visible()
    assert not live.locator(".cw").is_visible()


@pytest.mark.parametrize("name", PRESETS)
def test_every_control_is_reached_by_keyboard_and_has_a_name(page: Page, name: str) -> None:
    reached = inside(page, name).evaluate(
        """el => [...el.querySelectorAll('input, button, select, [tabindex]')]
             .filter((n) => n.checkVisibility() && n.tabIndex >= 0 && !n.disabled).length"""
    )
    first = inside(page, name).locator("input, button, select").first
    first.focus()
    seen = 1
    while page.evaluate(f"""() => {{
        const next = document.activeElement; return next.closest('[data-widget="{name}"]') !== null;
    }}"""):
        page.keyboard.press("Tab")
        seen += 1
        assert seen < 200
    assert reached >= seen - 1 >= 2


def test_arrow_keys_move_in_a_grid_and_typing_changes_a_number(open_gallery: Open) -> None:
    page = open_gallery()
    widget = inside(page, "convolution")
    widget.get_by_label("image row 1 column 1", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("1/2")
    assert widget.get_by_label("image row 2 column 2", exact=True).input_value() == "1/2"
    assert widget.locator(".cw-derivation").inner_text().endswith("0·0 + 1·1 + 3·2 + 0.5·3 = 8.5")
    page.keyboard.type("x")  # not a number: said so, and the last number stays
    wrong = widget.get_by_label("image row 2 column 2", exact=True)
    assert wrong.get_attribute("aria-invalid") == "true"
    assert widget.locator(".cw-derivation").inner_text().endswith("= 8.5")


def test_step_and_play_walk_through_the_outputs(open_gallery: Open) -> None:
    page = open_gallery()
    widget = inside(page, "convolution")
    step = widget.get_by_role("button", name="Step", exact=True)
    step.press("Enter")
    assert "Output row 1, column 2" in widget.locator(".cw-derivation").inner_text()
    page.clock.install()
    widget.get_by_role("button", name="Play").click()
    assert widget.locator(".cw-derivation").get_attribute("aria-live") == "off"
    page.clock.run_for(5000)
    assert "Output row 2, column 2" in widget.locator(".cw-derivation").inner_text()
    assert widget.get_by_role("button", name="Play").is_visible()  # stopped at the end


def test_reset_returns_to_what_the_page_opened_on(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(element("convolution", image=np.eye(4), kernel=[[7]]))
    corner = page.get_by_label("kernel row 1 column 1")
    corner.fill("2")
    page.get_by_role("button", name="Reset").click()
    assert corner.input_value() == "7"


FAR = '<!doctype html><a href="#">above</a><div style="height: {}px"></div>{}<a href="#">below</a>'


def test_a_widget_starts_before_it_is_seen_and_not_before(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 800, "height": 600})
    page.set_content(FAR.format(5000, element("usage")))
    page.wait_for_timeout(300)
    assert page.locator(".cw").count() == 0
    page.mouse.wheel(0, 4000)  # its top is at 5000, the screen ends at 4600
    page.locator(".cw").wait_for()
    assert page.evaluate("scrollY + innerHeight") < 5000


def test_the_tab_key_finds_a_widget_that_is_far_away(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 800, "height": 600})
    page.set_content(FAR.format(5000, element("usage")))
    page.get_by_role("link", name="above").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.cw') !== null")


def test_rows_that_the_floor_drops_are_named(open_gallery: Open) -> None:
    widget = inside(open_gallery(), "convolution")
    widget.get_by_label("Example").select_option(
        label="the floor at work: 4×4, padding 1, stride 2"
    )
    said = widget.locator(".cw-note").inner_text()
    assert "1 row at the bottom and 1 column at the right of the padded image" in said
    assert widget.locator(".cw-drop").count() == 11  # of 6 x 6, the last row and column


def test_the_network_goes_back_to_an_updated_kernel(open_gallery: Open) -> None:
    widget = inside(open_gallery(), "six-by-six")
    widget.get_by_label("Show the backward pass").check()
    widget.get_by_role("button", name="Gradient of the kernel, row 1, column 1").click()
    assert widget.locator(".cw-derivation").inner_text().endswith("5·0.5 + 5·1.1 = 8")
    widget.get_by_role("button", name="Take the step").click()
    corner = widget.get_by_label("kernel row 1 column 1", exact=True)
    assert corner.input_value() == "0.92"


def test_new_numbers_come_from_a_seed(open_gallery: Open) -> None:
    texts = []
    for _ in range(2):
        widget = inside(open_gallery(), "six-by-six")
        widget.get_by_label("Seed").fill("12")
        texts.append(widget.get_by_role("group", name="Feature map").inner_text())
    assert texts[0] == texts[1]


def test_a_shift_tells_how_many_outputs_change(open_gallery: Open) -> None:
    widget = inside(open_gallery(), "pooling")
    widget.get_by_role("button", name="Shift right").press("Enter")
    assert "1 column right: 14 of 16 pixels changed, and 2 of 4" in widget.inner_text()
    assert widget.get_by_role("group", name="Pooled, before the shift").is_visible()


def test_same_padding_is_refused_for_an_even_kernel(open_gallery: Open) -> None:
    widget = inside(open_gallery(), "usage")
    widget.get_by_role("button", name="Same size").click()
    assert widget.get_by_label("Padding", exact=True).input_value() == "1"
    widget.get_by_role("spinbutton", name="Kernel side").fill("4")
    assert widget.get_by_role("button", name="Same size").is_disabled()


def test_a_pixel_names_the_kernel_entries_that_read_it(open_gallery: Open) -> None:
    widget = inside(open_gallery(), "usage")
    widget.get_by_role("button", name="pixel row 2 column 2").click()
    said = widget.get_by_role("group", name="Outputs that read the chosen pixel").inner_text()
    assert said.split()[-9:] == ["2,2", "2,1", "·", "1,2", "1,1", "·", "·", "·", "·"]


def test_filters_and_channels_can_be_added(open_gallery: Open) -> None:
    widget = inside(open_gallery(), "channels")
    widget.get_by_label("Filters").fill("3")
    widget.get_by_label("Channels").fill("3")
    assert "(3·2·2 + 1)·3 = 39" in widget.inner_text()
    widget.get_by_role("button", name="output 3 row 2 column 1").click()
    assert widget.locator(".cw-derivation").inner_text().startswith("Output 3, row 2, column 1")


def test_both_gradients_are_walked_through(open_gallery: Open) -> None:
    widget = inside(open_gallery(), "backward")
    assert widget.locator(".cw-derivation").inner_text().endswith("0·1 + 1·0 + 3·0 + 4·(−1) = −4")
    widget.get_by_label("Walk through the gradient of").select_option("image")
    for _ in range(4):
        widget.get_by_role("button", name="Step", exact=True).click()
    assert widget.locator(".cw-derivation").inner_text().endswith("1·3 + 0·2 + 0·1 + (−1)·0 = 3")
    widget.get_by_label("Stride").fill("2")
    assert widget.get_by_role("group", name="Error of the output, 1 by 1").is_visible()


def test_layers_are_added_moved_deleted_and_shared(open_gallery: Open) -> None:
    page = open_gallery()
    widget = inside(page, "calculator")
    widget.get_by_role("button", name="2. Max-pooling").press("Enter")
    widget.get_by_role("button", name="Delete: layer 2, max-pooling").press("Enter")
    widget.get_by_label("Add a layer").select_option(label="Batch norm")
    widget.get_by_role("button", name="Add", exact=True).press("Enter")
    widget.get_by_role("button", name="Move down: layer 2").press("Enter")
    widget.get_by_label("Input height").fill("32")
    names = widget.locator(".cw-name").all_inner_texts()
    assert names[:4] == ["1. Convolution", "2. Convolution", "3. Batch norm", "4. Max-pooling"]
    said = widget.locator(".cw-derivation").inner_text()
    widget.get_by_role("button", name="Share").click()
    address = widget.get_by_label("Link to this network").input_value()
    fragment = address[address.index("#") :]
    again = inside(open_gallery(fragment=fragment), "calculator")
    assert again.locator(".cw-derivation").inner_text() == said


def test_an_address_that_is_no_network_changes_nothing(open_gallery: Open) -> None:
    said = inside(open_gallery(), "calculator").locator(".cw-derivation").inner_text()
    for text in ("1x28x28~constructor", "1x28x28~conv.out=6e9", "0x1x1~relu", "1x28x28~conv.x=1"):
        widget = inside(open_gallery(fragment=f"#network={text}"), "calculator")
        assert widget.locator(".cw-derivation").inner_text() == said


def test_a_layer_that_does_not_fit_is_named(open_gallery: Open) -> None:
    widget = inside(open_gallery(), "calculator")
    widget.get_by_label("Input width").fill("9")
    said = widget.locator(".cw-derivation").inner_text()
    assert said.startswith(
        "Layer 3 does not fit. Its window reaches over 5 pixels, but there are 2"
    )
    assert widget.locator(".cw-wrong").count() == 1


def test_every_kind_of_layer_can_be_added(open_gallery: Open) -> None:
    widget = inside(open_gallery(), "calculator")
    widget.get_by_label("Example").select_option(label="ResNet-18")
    kinds = widget.get_by_label("Add a layer").locator("option").all_inner_texts()
    for kind in kinds:
        widget.get_by_label("Add a layer").select_option(label=kind)
        widget.get_by_role("button", name="Add", exact=True).click()
    assert widget.locator(".cw-layer").count() == 8 + len(kinds)


def test_a_filter_changes_the_photograph(open_gallery: Open) -> None:
    widget = inside(open_gallery(), "filters")
    result = widget.get_by_label("Result: values from")
    edges = result.get_attribute("aria-label")
    widget.get_by_label("Example").select_option(label="identity")
    same = result.get_attribute("aria-label")
    assert edges != same
    assert "becomes" in widget.locator(".cw-derivation").inner_text()
    widget.get_by_label("kernel row 2 column 2").fill("2")
    assert result.get_attribute("aria-label") != same
    assert "multiply an even grey by 2" in widget.locator(".cw-derivation").inner_text()


def test_a_picture_of_ones_own_stays_on_the_page(open_gallery: Open, tmp_path: Path) -> None:
    page = open_gallery()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    widget = inside(page, "filters")
    photo = STYLES.parent / "coffee.jpg"
    widget.locator("input[type=file]").set_input_files(photo)
    widget.get_by_label("Photograph, grey: your picture").wait_for()
    broken = tmp_path / "broken.png"
    broken.write_text("not a picture")
    widget.locator("input[type=file]").set_input_files(broken)
    widget.get_by_text("This file is no picture").wait_for()
    assert [url for url in requests if not url.startswith("blob:")] == []


def test_the_cameras_picture_is_filtered_and_stays_on_the_page(
    gallery: str, camera: Browser
) -> None:
    # A file may not use a camera without being asked each time; a page with an address may.
    context = camera.new_context(permissions=["camera"])
    page = context.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(gallery)
    widget = inside(page, "filters")
    widget.get_by_role("button", name="Camera").press("Enter")
    widget.get_by_label("Photograph, grey: your camera's picture").wait_for()
    assert "stays on this page" in widget.inner_text()
    result = widget.get_by_label("Result: values from")
    moving = result.evaluate(
        """async (canvas) => {
            const seen = new Set();
            for (let n = 0; n < 40 && seen.size < 3; n++) {
                seen.add(canvas.toDataURL());
                await new Promise((go) => setTimeout(go, 50));
            }
            return seen.size;
        }"""
    )
    assert moving == 3  # Chromium's own camera shows a moving picture
    widget.get_by_role("button", name="Stop the camera").press("Enter")
    assert widget.get_by_role("button", name="Camera").is_visible()
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []
    context.close()


def test_a_camera_that_is_refused_is_explained(gallery: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(gallery)
    widget = inside(page, "filters")
    widget.get_by_role("button", name="Camera").press("Enter")
    widget.get_by_text("The camera cannot be used here").wait_for()


def test_the_cone_names_what_a_number_sees(open_gallery: Open) -> None:
    widget = inside(open_gallery(), "receptive")
    assert "sees 5 pixels, 2 to 6." in widget.locator(".cw-derivation").inner_text()
    widget.get_by_label("Number of the last layer that is looked at").press("ArrowRight")
    assert "sees 5 pixels, 3 to 7." in widget.locator(".cw-derivation").inner_text()
    widget.get_by_label("Example").select_option(label="dilation 2 alone leaves holes")
    said = widget.locator(".cw-derivation").inner_text()
    assert "sees 9 pixels, 2 to 10, of which it reads only 5" in said


def test_numbers_that_share_a_mean_are_lit(open_gallery: Open) -> None:
    widget = inside(open_gallery(), "normalization")
    lit = {}
    for kind in ("batch", "layer", "instance", "group"):
        widget.get_by_label("Normalization").select_option(kind)
        lit[kind] = widget.locator(".cw-read").count()
    assert lit == {"batch": 12, "layer": 16, "instance": 4, "group": 8}


def test_a_digit_is_drawn_by_pointer_and_by_keyboard(open_gallery: Open) -> None:
    page = open_gallery()
    widget = inside(page, "lenet")
    widget.get_by_role("button", name="Clear").click()
    assert "Nothing is drawn" in widget.locator(".cw-derivation").inner_text()
    area = widget.get_by_role("application")
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 5
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + box["height"] / 2, steps=8)
    page.mouse.up()
    assert "The network says 1, with" in widget.locator(".cw-derivation").inner_text()
    widget.get_by_role("button", name="Undo the last stroke").click()
    area.focus()
    for key in [*["ArrowUp"] * 9, "Space", *["ArrowDown"] * 18]:
        page.keyboard.press(key)
    assert "The network says 1, with" in widget.locator(".cw-derivation").inner_text()
    assert "Pen down, row 23, column 14 of 28." in widget.inner_text()


def module_script(html: str) -> str:
    """Return the script inside a widget's element; inserted as HTML, it would not run."""
    return html.split('<script type="module">')[1].split("</script>")[0]


@pytest.mark.parametrize("width", [704, 344])  # the book's column; a phone's, less its margins
def test_a_widget_reserves_its_height(open_gallery: Open, width: int) -> None:
    """What stands below must not jump when the script has run."""
    script = """els => els.map((el) => [el.dataset.widget, el.offsetHeight,
        parseFloat(getComputedStyle(el).minHeight)])"""
    page = open_gallery(width)
    both = element("six-by-six", backward=True)  # twice as high as without the way back
    page.evaluate(
        "(html) => document.querySelector('main').insertAdjacentHTML('beforeend', html)", both
    )
    page.add_script_tag(content=module_script(both), type="module")
    page.keyboard.press("Shift")
    page.wait_for_timeout(500)  # the photograph
    for name, height, reserved in page.locator("[data-widget]").evaluate_all(script):
        assert height - reserved < 60, f"{name}: {height} pixels high, {reserved} reserved"
        assert reserved - height < 60, f"{name}: {height} pixels high, {reserved} reserved"


NOTEBOOK = """async ([source, traits]) => {
  const heard = {}, listeners = {};
  const model = {get: (k) => traits[k], set: (k, v) => { traits[k] = v; },
    save_changes: () => { Object.assign(heard, structuredClone(traits)); },
    on: (event, act) => { listeners[event] = act; }, off: (event) => { delete listeners[event]; }};
  const url = URL.createObjectURL(new Blob([source], {type: 'text/javascript'}));
  const live = (await import(url)).default;
  const el = document.body.appendChild(document.createElement('div'));
  const stop = live.render({model, el});
  const first = structuredClone(heard.result);
  traits.stride = 2;
  listeners['change:stride']();
  const told = structuredClone(heard.result);
  stop();
  return {first, told, listening: Object.keys(listeners).length, shown: el.innerText};
}"""


def test_a_notebooks_model_is_heard_and_told(page: Page) -> None:
    traits = {**state_of("convolution", image=np.eye(6), kernel=np.eye(2)), "result": {}}
    found = page.evaluate(NOTEBOOK, [module("convolution"), traits])
    assert np.shape(found["first"]["output"]) == (5, 5)
    assert np.shape(found["told"]["output"]) == (3, 3)
    assert found["listening"] == 0


def classes() -> list[type[CourseWidget]]:
    return CourseWidget.__subclasses__()


def test_every_widget_has_a_class() -> None:
    assert {c.name for c in classes()} == set(PRESETS)


@pytest.mark.parametrize("kind", classes(), ids=lambda kind: kind.name)
def test_python_sets_traits_and_has_the_static_form(kind: type[CourseWidget]) -> None:
    start = PRESETS[kind.name][0]["state"]
    live = kind()
    assert {key: getattr(live, key) for key in start} == start
    assert all(live.trait_metadata(key, "sync") for key in [*start, "result"])
    assert f'data-widget="{kind.name}"' in live.static_html()
    bundle = live._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle[0]


def test_names_and_traits_that_do_not_exist_are_named() -> None:
    with pytest.raises(ValueError, match="name is 'convolve', but no widget is called that"):
        element("convolve")
    with pytest.raises(ValueError, match="strides is no trait of the widget 'convolution'"):
        element("convolution", strides=2)
