"""The pages of searches and cross-validations: their figures, what they say of the best net, what they never do."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
import numpy as np
from rich.console import Console
from rich.text import Text
from searched import paged, searched

from netspec.cli import main
from netspec.cli.trials import Live
from netspec.runs.report.plots import Plots
from netspec.search.history import MOST, by_epoch, read_back
from netspec.search.judged import Judged, Outcome, Result, kept
from netspec.search.report import crossed as crossing
from netspec.search.report import page as pages
from netspec.search.report.axes import axis
from netspec.search.report.curves import mean
from netspec.search.report.effects import effects
from netspec.search.report.heat import heat
from netspec.search.report.parallel import parallel
from netspec.search.report.slices import means, places
from netspec.search.spread import Spread, spread
from netspec.spec.spaces import Range

#: Keras saves its own variables in a way that NumPy has left behind.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

WIDTHS = "space.width = [4, 8, 16]\nfolds = 4"
APART = (-0.01, 0.01, -0.005, 0.005)  # of four folds from their mean


def folds(value, apart=APART):
    return [value + each for each in apart]


# What is said of the best net

SAYS = {
    "clear": (
        {4: folds(0.7), 8: folds(0.71), 16: folds(0.9)},
        "The best net is clearly better than every smaller one.",
        ["The best of the smaller ones is width=8, 67 parameters: accuracy 0.7100 ± 0.0091", "leaves out 0"],
    ),
    "likely": (
        {4: folds(0.7), 8: folds(0.89, APART[::-1]), 16: folds(0.9)},
        "The best net is better than every smaller one, though not beyond doubt.",
        ["within one standard error (0.0046)", "0.01 worse", "holds 0: more folds would tell"],
    ),
    "unclear": (
        {4: folds(0.898, APART[::-1]), 8: folds(0.899), 16: folds(0.9)},
        "The best net is not clearly better than a simpler one.",
        ["Simplest within one standard error (0.0046) of it is width=4, 35 parameters: accuracy 0.8980", "0.002 worse"],
    ),
    "ties": (
        {4: folds(0.9), 8: folds(0.9), 16: folds(0.8)},
        "The best net is also the smallest.",
        ["Next is width=16, 131 parameters", "0.1 worse, which is more than one standard error"],
    ),
    "smallest": (
        {4: folds(0.9), 8: folds(0.898), 16: folds(0.8)},
        "The best net is also the smallest.",
        ["Next is width=8", "which is within one standard error"],
    ),
    "failed": (
        {4: "no memory", 8: folds(float("nan")), 16: folds(0.9)},
        "There is no other net to hold the best against.",
        [],
    ),
    "nothing": (
        {4: "no memory", 8: folds(float("nan")), 16: folds(float("inf"))},
        "No trial came to a finite accuracy.",
        [],
    ),
    "alike": (
        {4: folds(0.9), 8: folds(0.9), 16: folds(0.9)},
        "The best net is also the smallest.",
        ["the same figures"],
    ),
}


@pytest.mark.parametrize("case", SAYS)
def test_what_is_said_of_the_best_net(tmp_path, case):
    figures, head, parts = SAYS[case]
    seen = searched(tmp_path, lambda values: figures[values["width"]], WIDTHS)
    found = seen.verdict
    assert found.head == head
    for part in parts:
        assert part in " ".join(found.words)
    assert all(len(line) <= 80 for line in found.lines)
    text = re.sub(r"<[^>]+>", "", paged(seen))
    assert head in text


@pytest.mark.parametrize(
    ("search", "data", "advice"),
    [
        ("", "validation = 0.2", "folds = 5 in [search] would"),
        ('method = "hyperband"\ntrials = 2', "validation = 0.2", "another train.seed would"),
        ("", 'validation_source = "more.csv"', "another train.seed would"),
    ],
)
def test_without_folds_one_split_cannot_tell(tmp_path, search, data, advice):
    search = f"space.width = [4, 8]\n{search}"
    seen = searched(tmp_path, lambda values: [values["width"] / 10], search, data=data)
    assert (seen.verdict.kind, seen.verdict.difference) == ("split", None)
    assert advice in seen.verdict.words[0]


def test_less_is_better_where_the_figure_falls(tmp_path):
    figures = {4: folds(0.5), 8: folds(0.499), 16: folds(0.3)}
    seen = searched(tmp_path, lambda values: figures[values["width"]], WIDTHS, figure="error", lowest=True)
    assert seen.best.trial.point.values == {"width": 16}
    assert seen.verdict.difference.mean == pytest.approx(0.199)
    assert seen.verdict.kind == "clear"
    assert [round(seen.good(each), 2) for each in seen.ranked] == [1.0, 0.01, 0.0]


def test_nets_of_one_size_are_held_against_the_next(tmp_path):
    figures = {0.1: folds(0.9), 0.01: folds(0.899), 0.001: folds(0.3)}
    search = "space.rate = [0.1, 0.01, 0.001]\nfolds = 4"
    seen = searched(tmp_path, lambda values: figures[values["rate"]], search, {"rate": 0.1})
    assert seen.verdict.head == "All nets that were tried are of one size."
    assert "Next is rate=0.01" in seen.verdict.words[0]


def test_the_difference_of_two_nets_is_that_of_each_fold(tmp_path):
    figures = {4: [0.7, 0.8, 0.75, 0.72], 8: [0.2] * 4, 16: [0.75, 0.9, 0.77, 0.8]}
    seen = searched(tmp_path, lambda values: figures[values["width"]], WIDTHS)
    one, other = seen.judged.results[2], seen.judged.results[0]
    found = seen.behind.paired(seen.judged, one, other)
    apart = np.subtract(figures[16], figures[4])
    half = 3.1824463 * apart.std(ddof=1) * np.sqrt(1 / 4 + 20 / 80)
    assert (found.mean, found.low, found.high) == pytest.approx(
        (apart.mean(), apart.mean() - half, apart.mean() + half)
    )
    (seen.behind.run.folder / other.trial.file).unlink()
    seen.behind.read.clear()
    assert seen.behind.paired(seen.judged, one, other) is None, "its folds are elsewhere"


def test_folds_of_another_seed_are_not_the_same(tmp_path):
    search = "space.width = [4, 8]\nspace.seed = [1, 2]\nfolds = 4"
    seen = searched(tmp_path, lambda values: folds(0.5), search, {"seed": 1}, train='seed = "${seed}"')
    one, other, third, _ = seen.judged.results
    assert seen.behind.paired(seen.judged, one, other) is None
    assert seen.behind.paired(seen.judged, one, third).mean == 0


# How far vars matter


def over(figure, **choices):
    """Points of a whole grid, and what each comes to."""
    points = [dict(zip(choices, each, strict=True)) for each in itertools.product(*choices.values())]
    return {name: axis(name, each, each) for name, each in choices.items()}, points, [figure(**each) for each in points]


@pytest.mark.parametrize(
    ("figure", "shares", "rest"),
    [
        (lambda a, b: a, {"a": 1, "b": 0}, 0),
        (lambda a, b: 2 * a + 2 * b, {"a": 5 / 6, "b": 1 / 6}, 0),  # variances: 4 * 5/4 and 4 * 1/4
        (lambda a, b: (a % 2 - 0.5) * (b - 0.5), {"a": 0, "b": 0}, 1),
        (lambda a, b: b + (a % 2 - 0.5) * (b - 0.5), {"a": 0, "b": 0.8}, 0.2),  # variances: 1/4 and 1/16
    ],
)
def test_shares_of_two_vars_divide_the_variance(figure, shares, rest):
    found = effects(*over(figure, a=[0, 1, 2, 3], b=[0, 1]))
    assert found.exact
    assert found.shares == pytest.approx(shares, abs=1e-12)
    assert (found.pairs, found.rest) == ({}, pytest.approx(rest, abs=1e-12))


def test_shares_of_three_vars_and_of_their_pairs_add_up():
    axes, points, figures = over(
        lambda a, b, c: 3 * a + 4 * (a - 0.5) * (b - 0.5) + 8 * (a - 0.5) * (b - 0.5) * (c - 0.5),
        a=[0, 1],
        b=[0, 1],
        c=[0, 1],
    )
    found = effects(axes, points, figures)
    whole = 9 / 4 + 1 + 1  # of each term: 3 a, the pair, all three
    assert found.shares == pytest.approx({"a": 9 / 4 / whole, "b": 0, "c": 0}, abs=1e-12)
    assert found.pairs == pytest.approx({("a", "b"): 1 / whole, ("a", "c"): 0, ("b", "c"): 0}, abs=1e-12)
    assert found.rest == pytest.approx(1 / whole)


def test_without_a_grid_what_chance_makes_is_taken_off():
    numbers = np.random.default_rng(0)
    points = [{"a": float(a), "b": float(b)} for a, b in numbers.random((400, 2))]
    axes = {name: axis(name, Range(low=0.0, high=1.0), [each[name] for each in points]) for name in "ab"}
    found = effects(axes, points, [each["a"] ** 2 for each in points])
    assert not found.exact
    assert found.shares["a"] > 0.97
    assert found.shares["b"] < 0.02
    few = effects(axes, points[:7], [each["a"] for each in points[:7]])
    assert few == "the trials are no whole grid, and 7 are too few to tell without one"


@pytest.mark.parametrize(
    ("choices", "why"),
    [({"a": [1, 2]}, "fewer than two vars were varied"), ({"a": [1, 2], "b": [3, 4]}, "the same figure")],
)
def test_shares_are_left_out_with_a_reason(choices, why):
    assert why in effects(*over(lambda **_: 0.5, **choices))


# Where values lie


@pytest.mark.parametrize(
    ("stated", "values", "places"),
    [
        ((128, 16, 32, 64), [128, 16, 32, 64], {16: 0.125, 32: 0.375, 64: 0.625, 128: 0.875}),
        (("relu", "elu"), ["elu", "relu"], {"relu": 0.25, "elu": 0.75}),
        ((True, False), [False, True], {True: 0.25, False: 0.75}),
        (Range(low=1e-4, high=1.0, log=True), [10 ** -(at / 4) for at in range(14)], {1e-4: 0.0, 1e-2: 0.5, 1.0: 1.0}),
        (Range(low=0, high=100), list(range(0, 100, 7)), {0: 0.0, 25: 0.25, 100: 1.0}),
    ],
)
def test_values_have_their_places(stated, values, places):
    found = axis("a", stated, values)
    assert {value: pytest.approx(found.at(value)) for value in places} == places
    ticks = found.ticks()
    assert all(0 <= place <= 1 for place, _ in ticks)
    assert len({words for _, words in ticks}) == len(ticks) >= 2


def test_round_numbers_are_written_at_their_places():
    log = axis("a", Range(low=3e-5, high=0.2, log=True), [1e-4 * 1.1**at for at in range(20)])
    assert [words for _, words in log.ticks()] == ["0.0001", "0.001", "0.01", "0.1"]
    even = axis("a", Range(low=0.0, high=0.5), [at / 40 for at in range(20)])
    assert [words for _, words in even.ticks()] == ["0", "0.1", "0.2", "0.3", "0.4", "0.5"]


# The map, slices, lines

GRID = "space.width = [4, 8, 16]\nspace.depth = [0, 1]\nfolds = 4"


def sums(values):
    return folds(0.8 + values["width"] / 1000 + values["depth"] / 10)


def test_the_cells_of_the_map(tmp_path):
    seen = searched(tmp_path, sums, GRID, {"depth": 1})
    found = heat(seen)
    assert (found.down, found.across, found.rows, found.columns) == ("width", "depth", ["4", "8", "16"], ["0", "1"])
    for row, width in enumerate((4, 8, 16)):
        for column, depth in enumerate((0, 1)):
            mean_, apart = found.worth[row, column]
            assert mean_ == pytest.approx(0.8 + width / 1000 + depth / 10)
            assert apart == pytest.approx(np.std(APART, ddof=1))
    assert (found.depths[2, 1], found.depths[0, 0]) == (1.0, 0.0)
    text = paged(seen)
    cells = re.findall(r'<td class="warm([\w ]*)".*?title="([^"]*)">(?:<b>(.)</b>)?([\d.]+)<small>± ([\d.]+)', text)
    assert len(cells) == 6
    marked = {title: (kind, sign, figure) for kind, title, sign, figure, _ in cells if sign}
    assert marked["width 16, depth 1: 1 trial"] == (" best", "★", "0.9160")
    assert {apart for *_, apart in cells} == {"0.0091"}


def test_a_cell_with_several_trials_tells_their_mean_and_how_far_they_lie_apart(tmp_path):
    search = f"{GRID}\nspace.more = [0.0, 0.02]"
    names = {"depth": 1, "more": 0.0}
    seen = searched(tmp_path, lambda each: [value + each["more"] for value in sums(each)], search, names)
    found = heat(seen)
    assert {found.down, found.across} == {"depth", "more"}, "the two that matter most"
    cell = found.cells[found.rows.index("1"), found.columns.index("0.02")]
    assert len(cell) == 3
    mean_, apart = found.worth[found.rows.index("1"), found.columns.index("0.02")]
    each = [0.92 + width / 1000 for width in (4, 8, 16)]
    assert (mean_, apart) == pytest.approx((np.mean(each), np.std(each, ddof=1)))


def test_the_map_frames_the_simplest_too(tmp_path):
    seen = searched(tmp_path, lambda each: folds(0.9 + each["width"] / 1e5 + each["depth"] / 10), GRID, {"depth": 1})
    assert seen.simplest.trial.point.values == {"width": 4, "depth": 1}
    text = paged(seen)
    assert 'title="width 4, depth 1: 1 trial"><b>◇</b>1.0000' in text
    assert '<tr class="simplest"><td data-by="3">◇ 3</td>' in text


def test_slices_hold_each_trial_and_the_mean_of_each_value(tmp_path):
    seen = searched(tmp_path, sums, GRID, {"depth": 1})
    assert means(seen, "depth") == pytest.approx({0.25: 0.8 + 28 / 3000, 0.75: 0.9 + 28 / 3000})
    found = [round(place, 4) for _, place in places(seen, "depth")]
    assert found == [0.1667, 0.25, 0.3333, 0.6667, 0.75, 0.8333], "those of one value side by side"
    by_trial = {id(each): place for each, place in places(seen, "depth")}
    assert [round(by_trial[id(each)], 4) for each in seen.judged.results][:3] == [0.1667, 0.6667, 0.25]


def test_lines_are_as_many_as_there_is_room_for_and_the_best_is_one(tmp_path):
    search = 'space.rate = { low = 0.0, high = 1.0 }\nspace.width = [4, 8]\nmethod = "random"\ntrials = 900\nfolds = 4'
    seen = searched(tmp_path, lambda each: folds(each["rate"]), search, {"rate": 0.1})
    assert seen.drawn[:100] == seen.ranked[:100]
    assert 300 <= len(seen.drawn) <= 301
    assert len({id(each) for each in seen.drawn}) == len(seen.drawn)
    text = parallel(seen, Plots())
    assert "Of 900 trials the 100 best are drawn" in text
    assert len(re.findall(r'<path d="[^"]*C[^"]*"[^>]*stroke: var\(--best\)', text)) == 1
    assert len(re.findall(r'<path d="[^"]*C[^"]*"[^>]*stroke: var\(--train\)', text)) >= 298


def test_a_mean_of_curves_goes_as_far_as_all_folds_do():
    both = [{"epoch": [1.0, 2.0, 3.0], "loss": [3.0, 2.0, 1.0]}, {"epoch": [1.0, 2.0], "loss": [5.0, 3.0]}]
    epochs, values = mean(both, "loss")
    assert (epochs.tolist(), values.tolist()) == ([1, 2], [4, 2.5])


def test_a_history_keeps_its_last_epoch_and_what_is_no_number():
    rows = [{"epoch": at + 1, "loss": 1 / (at + 1), "learning_rate": 0.1} for at in range(1001)]
    found = by_epoch(rows)
    assert found.keys() == {"epoch", "loss"}
    assert found["epoch"][-1] == 1001
    assert MOST / 2 < len(found["epoch"]) <= MOST
    assert by_epoch([]) == {}
    again = read_back(json.loads('{"loss": [1.5, null], "epoch": [1, 2]}'))
    assert again["loss"][0] == 1.5
    assert np.isnan(again["loss"][1])
    for wrong in ({"loss": [1], "epoch": [1, 2]}, {"loss": "x"}):
        with pytest.raises(ValueError, match=r"curves|could not"):
            read_back(wrong)


# The page

HOSTILE = '<script>alert("1")</script>'
EVIL = f"""method = "random"
trials = 24
folds = 4
max_parameters = 150
[search.space]
width = [4, 8, 16, 32]
"größe" = [{json.dumps(HOSTILE)}, "$x^2$", "</style><b>&amp;"]
rate = {{ low = 1e-4, high = 1.0, log = true }}
"""


def evil(values):
    if values["width"] == 8 and values["rate"] < 0.01:
        return f"the loss is {HOSTILE}"
    return folds(0.5 + values["rate"] / 10 + values["width"] / 100)


def history(at):
    return {
        "epoch": [1.0, 2.0, 3.0],
        "loss": [2.0, 1.0 + at, 0.5],
        "val_loss": [2.1, 1.3, 0.9],
        "accuracy": [0.5, 0.7, 0.8],
    }


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    seen = searched(folder, evil, EVIL, {"größe": '"a"', "rate": 0.1}, description=HOSTILE, history=history)
    path = folder / "report.html"
    path.write_text(paged(seen), "utf-8")
    return seen, path


def test_the_page_of_a_stranger_s_search_runs_nothing_of_his(hostile):
    seen, path = hostile
    text = path.read_text("utf-8")
    assert text.count("<script") == 1, "its own"
    assert "alert(" in text
    assert HOSTILE not in text
    assert "</style><b>" not in text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert {each.failed for each in seen.judged.results if each.failed} == {f"the loss is {HOSTILE}"}
    assert seen.plan.skipped


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_the_page_fits_its_readers_and_asks_for_nothing(hostile, browser, scheme, width):
    _, path = hostile
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
    page, told, asked = context.new_page(), [], []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    titles = page.locator("h2").all_inner_texts()
    assert titles[0] == "Is the best clearly better?"
    assert titles[-2:] == ["The best net", "Trials"]
    assert page.locator("figure.plot").count() == 3 + 1 + 2, "slices, lines, learning curves"
    assert (told, [url.rsplit("/", 1)[-1] for url in asked]) == ([], ["report.html"])
    context.close()


def test_a_click_sorts_the_trials(hostile, browser):
    seen, path = hostile
    page, told = browser.new_page(), []
    page.on("console", lambda message: told.append(message.text))
    page.goto(path.as_uri())
    rows = page.locator("table.sorts tbody tr")

    def column(at):
        return [rows.nth(row).locator("td").nth(at).inner_text() for row in range(rows.count())]

    ranked = [f"{each.trial.parameters:,}" for each in seen.ranked]
    assert column(6)[: len(ranked)] == ranked
    heads = page.locator("table.sorts th button")
    names = "rank width größe rate accuracy loss parameters seconds"
    assert heads.all_inner_texts() == [*names.split(), "why not"]
    heads.nth(3).click()
    rates = [float(each) for each in column(3)]
    assert rates == sorted(rates)
    heads.nth(3).click()
    assert [float(each) for each in column(3)] == rates[::-1]
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"
    heads.nth(2).click()
    assert len(list(itertools.groupby(column(2)))) == 3
    heads.nth(4).click()
    assert column(0)[-1] == "–", "what failed has no figure, and is last"
    assert told == []
    page.close()


def test_the_page_says_what_was_tried(tmp_path):
    seen = searched(tmp_path, sums, GRID, {"depth": 1}, history=history)
    text = re.sub(r"<[^>]+>", "\n", paged(seen))
    assert "grid over width × depth, 6 trials, 4 folds each" in text
    best = seen.judged.of(seen.best)
    low, high = best.low, best.high
    assert f"± 0.0091 over folds; {low:.4f} to {high:.4f} with 95 % confidence" in text
    assert "What differs from the spec as it stands:" in text
    assert "units 4 → 16" in text
    shares = dict(re.findall(r"\n(width|depth|together, and by chance)\n+([\d.]+)%", text))
    assert float(shares["depth"]) == pytest.approx(100 * 0.0025 / (0.0025 + np.var([0.004, 0.008, 0.016])), abs=0.06)
    assert sum(map(float, shares.values())) == pytest.approx(100, abs=0.2)
    assert "A thin line is one of 4 folds" in text


def test_a_page_of_one_var_says_what_it_leaves_out(tmp_path):
    text = paged(searched(tmp_path, lambda each: folds(each["width"] / 100), "space.width = [4, 8]\nfolds = 4"))
    assert "There is no map, since fewer than two vars were varied" in text
    assert "Shares are left out: fewer than two vars were varied" in text
    assert "All trials at once" not in text
    assert "the epochs of its folds are not in this folder" in text


def test_of_several_figures_those_that_no_other_beats_are_told(tmp_path):
    figures = {4: folds(0.7), 8: folds(0.6), 16: folds(0.9)}
    seen = searched(tmp_path, lambda values: figures[values["width"]], WIDTHS, small=("parameters",))
    text = paged(seen)
    assert "<h2>Figures against each other</h2>" in text
    told = re.search(r"<h2>Figures against.*?<table>(.*?)</table>", text, re.S)[1]
    assert re.findall(r"<th>(width=\d+)</th><td>([\d.]+) ± [\d.]+</td><td>(\d+)</td>", told) == [
        ("width=16", "0.9000", "131"),
        ("width=4", "0.7000", "35"),
    ]
    assert "accuracy high, parameters low" in text
    assert text.count('<th scope="col">parameters</th>') == 1


def test_a_trial_that_was_pruned_has_no_rank_and_is_in_no_picture(tmp_path):
    came_to = {4: folds(0.7), 8: (0.99, 0.99), 16: folds(0.9)}
    seen = searched(tmp_path, lambda values: came_to[values["width"]], WIDTHS)
    assert seen.best.trial.point.values == {"width": 16}
    text = paged(seen)
    row = re.search(r'<tr><td data-by="">–</td>.*?</tr>', text)[0]
    assert ">0.9900 ± 0.0000<" in row
    assert "pruned: it was behind others" in row
    assert "1 pruned" in text


def test_a_search_under_conditions_is_no_whole_grid(tmp_path):
    search = """folds = 4
[search.space]
depth = [0, 1]
width = { values = [4, 8, 16], when = "depth > 0" }
"""
    seen = searched(tmp_path, lambda values: folds(0.5 + values["width"] / 100), search, {"depth": 1})
    assert len(seen.ranked) == 4
    assert seen.axes["width"].steps == ("4", "8", "16")
    assert seen.effects == "the trials are no whole grid, and 4 are too few to tell without one"
    text = paged(seen)
    assert 'title="depth 0, width 4: 1 trial"' in text
    assert text.count('<td class="none">·</td>') == 2


def test_a_database_is_not_told_of_each_epoch():
    fold = {
        "figures": {"a": 1.0},
        "epochs": 2,
        "seconds": 1.0,
        "train": 8,
        "validation": 2,
        "history": {"epoch": [1.0]},
    }
    outcome = Outcome([fold], pruned=True)
    assert outcome.brief == {"folds": [{**fold, "history": {}}], "pruned": True}
    assert outcome.said["folds"] == [fold]


def test_the_page_is_written_anew_only_now_and_then(tmp_path, monkeypatch):
    seen, now, written = searched(tmp_path, sums, GRID, {"depth": 1}), [0.0], []

    def write(run, plan, judged):
        written.append((now[0], len(judged.results)))
        now[0] += 4.0  # as long as it takes

    monkeypatch.setattr(pages, "write", write)
    page = pages.Refreshed(seen.behind.run, seen.plan, clock=lambda: now[0])
    for done in range(1, 7):
        now[0] += 50.0
        page.refresh(Judged("accuracy", False, seen.judged.results[:done]))
    assert written == [(50.0, 1), (254.0, 5)], "not in the first half minute, and then for a fiftieth of the time"


# From end to end

NET = """
vars.width = 4
inputs.x = [8]
layers = [
  { type = "Dense", units = "${width}", activation = "relu" },
  { name = "kind", type = "Dense", units = 3, activation = "softmax" },
]
[data]
source = "d.npz"
test = 0.2
[train]
loss = "sparse_categorical_crossentropy"
optimizer = { type = "Adam", learning_rate = 0.03 }
metrics = ["accuracy"]
epochs = 3
[search]
space.width = [2, 6]
folds = 2
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    numbers = np.random.default_rng(2)
    x = numbers.normal(size=(120, 8)).astype("float32")
    (folder / "netspec.toml").touch()
    np.savez(folder / "d.npz", x=x, y=(x @ numbers.normal(size=(8, 3))).argmax(1))
    (folder / "m.toml").write_text(NET)
    return folder


def said(*arguments):
    result = CliRunner().invoke(main, [*map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.output


def test_a_search_leaves_a_page_and_says_whether_the_best_is_clear(project):
    output = said("search", project / "m.toml", "--runs", project / "runs")
    (folder,) = (project / "runs" / "m").glob("search-*")
    assert output.splitlines()[-1] == str(folder / "report.html")
    trials = [kept(path) for path in sorted((folder / "trials").iterdir())]
    names = ["accuracy", "epoch", "loss", "val_accuracy", "val_loss"]
    assert [sorted(each["history"]) for each in trials[0]] == [names] * 2
    assert [each["history"]["val_loss"][-1] for each in trials[0]] == [
        pytest.approx(each["figures"]["loss"], rel=1e-5) for each in trials[0]
    ]
    text = (folder / "report.html").read_text("utf-8")
    verdict = re.search(r'class="verdict"><p>(.*?)</p>', text)[1]
    assert re.sub(r"<span.*?</span>", "", verdict) in " ".join(output.split("\n"))
    found = json.loads(said("search", project / "m.toml", "--runs", project / "runs", "--json").splitlines()[-1])
    assert found["verdict"] in ("clear", "likely", "unclear", "smallest")
    assert set(found["difference"]) == {"mean", "deviation", "error", "low", "high"}


def test_the_page_of_a_cross_validation_judges_each_sample_by_a_net_that_did_not_see_it(project, browser):
    unseen = project / "unseen.csv"
    output = said("cv", project / "m.toml", "--folds", 3, "--runs", project / "runs", "-o", unseen)
    (folder,) = (project / "runs" / "m").glob("cv-*")
    assert str(folder / "report.html") in output
    text = (folder / "report.html").read_text("utf-8")
    with np.load(project / "d.npz") as data, unseen.open(newline="") as file:
        rows = [(int(data["y"][int(row["sample"])]), int(row["kind"])) for row in csv.DictReader(file)]
    counts = np.zeros((3, 3), int)
    for true, guess in rows:
        counts[true, guess] += 1
    matrix = re.search(r'<table class="matrix">(.*?)</table>', text)[1]
    shown = [int(each) if each != "·" else 0 for each in re.findall(r"<td[^>]*>([^<]+)</td>", matrix)]
    assert shown == counts.ravel().tolist()
    assert f"<b>{np.trace(counts)} of {len(rows)} right</b>" in text
    each = kept(folder / "folds.json")
    found = spread(
        [fold["figures"]["accuracy"] for fold in each], [fold["validation"] / fold["train"] for fold in each]
    )
    for words, value in (("mean", found.mean), ("deviation", found.deviation), ("95 % from", found.low)):
        cell = re.escape(f"{value:.4f}".replace("-", "−"))
        assert re.search(rf"<b>{words}</b></th><td>[\d.−]+</td><td>{cell}</td>", text)
    assert "Worst mistakes" in text
    page, told = browser.new_page(), []
    page.on("console", lambda message: told.append(message.text))
    page.goto((folder / "report.html").as_uri())
    assert page.locator("figure.plot").count() == 4
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert told == []
    page.close()
    said("cv", project / "m.toml", "--folds", 3, "--repeats", 2, "--runs", project / "runs")
    (again,) = set((project / "runs" / "m").glob("cv-*/report.html"))
    assert "2 times 3 folds" in again.read_text("utf-8"), "it is written anew where there is more to show"


# On a terminal


def printed(picture, width):
    stream = io.StringIO()
    Console(file=stream, width=width).print(picture)
    return stream.getvalue()


def test_a_live_table_tells_of_the_best_of_those_that_run_and_of_the_time_left(tmp_path):
    figures = {4: folds(0.5), 8: "it came to nothing", 16: folds(0.25)}
    seen = searched(tmp_path, lambda values: figures[values["width"]], WIDTHS)
    for encoding, width in (("utf-8", 100), ("ascii", 60)):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict", newline="")
        console = Console(file=stream, force_terminal=True, width=width, height=24, legacy_windows=False)
        now = [0.0]
        shown = Live(seen.plan, console, clock=lambda now=now: now[0])
        shown.began(SimpleNamespace(folder="runs/x"), 0)
        first, second, third = seen.plan.trials
        shown.running("a", first, 2, 4)
        shown.running("b", second, 1, 4)
        now[0] = 65.0
        assert "width=4  fold 2/4  1:05" in printed(shown.picture(), width)
        results = seen.judged.results
        for done in (1, 2):
            shown.told(Judged("accuracy", False, results[:done]), done)
        shown.running("a", third, 1, 4)
        shown.running("b", None)
        moving = printed(shown.picture(), width)
        plus = "±" if encoding == "utf-8" else "+-"
        assert [line.split()[0] for line in moving.splitlines()] == ["best", "running", "all"]
        assert f"width=4  accuracy 0.5000 {plus} 0.0091" in moving
        assert "2/3  1 failed" in moving
        assert max(map(len, moving.splitlines())) <= width
        shown.close()
        stream.flush()
        written = Text.from_ansi(stream.buffer.getvalue().decode(encoding)).plain
        assert f"{'★' if encoding == 'utf-8' else '*'} 1/3  width=4  accuracy 0.5000" in written
        assert "2/3  width=8  failed: it came to nothing" in written
        assert "\x1b[?25h" in stream.buffer.getvalue().decode(encoding), "the cursor is back"


def test_a_result_without_folds_has_no_interval():
    result = Result(SimpleNamespace(parameters=3), {"loss": Spread(0.5)})
    assert Judged("loss", True, [result]).simplest is None


def test_the_plots_of_a_cross_validation_show_each_fold_and_the_interval(canvases):
    figures = {"loss": [0.5, 0.2, 0.4], "accuracy": [0.8, 0.9, 0.85]}
    spreads = {"loss": Spread(0.37, 0.15, 0.09, 0.1, 0.64), "accuracy": Spread(0.85, 0.05, 0.03, 0.7, 0.99)}
    each = [{"figures": {name: values[at] for name, values in figures.items()}} for at in range(3)]
    text = crossing._Page(SimpleNamespace(folds=each, spreads=spreads))._dots(list(figures))
    assert "A dot is a fold, the line their mean, the band the 95 % interval." in text
    drawn = {figure.axes[0].get_title(loc="left"): figure.axes[0] for figure in canvases}
    assert list(drawn) == ["accuracy", "loss"]
    for name, plot in drawn.items():
        line, dots = plot.lines
        assert set(line.get_ydata()) == {spreads[name].mean}
        assert dots.get_xydata().tolist() == [[at + 1, value] for at, value in enumerate(figures[name])]
        (band,) = plot.patches
        corners = band.get_path().transformed(band.get_patch_transform()).vertices[:, 1]
        assert (corners.min(), corners.max()) == pytest.approx(spreads[name][3:])
