"""Which trials are handed out, and to whom: each once, whoever is killed; what methods propose, from the seed."""

from __future__ import annotations

import time
from contextlib import ExitStack
from importlib.util import find_spec
from math import inf, nan

import pytest
from servers import mysql, mysql_server, postgresql, postgresql_server, sqlite  # noqa: F401  fixtures

from netspec.runs.run import Run, TrainError
from netspec.search import ledger as ledgers
from netspec.search.judged import Judged, Objective, Outcome, Result
from netspec.search.ledger import Listed, opened
from netspec.search.points import Point
from netspec.search.spread import Spread
from netspec.search.trials import Trial, planned

optuna = pytest.importorskip("optuna", reason="needs Optuna")

from netspec.search import storage as storages  # noqa: E402
from netspec.search import study as studies  # noqa: E402

SPEC = """vars.depth = 1
vars.width = 4
vars.rate = 0.1
inputs.x = [8]
layers = [
  { block = "hidden", repeat = "${depth}" },
  { name = "kind", type = "Dense", units = 4, activation = "softmax" },
]
[blocks.hidden]
layers = [{ type = "Dense", units = "${width}" }]
[data]
source = "d.npz"
validation = 0.2
[train]
loss = "sparse_categorical_crossentropy"
optimizer = { type = "SGD", learning_rate = "${rate}" }
metrics = ["accuracy"]
epochs = 9
[search]
"""
GRID = "space.depth = [0, 1, 2]\nspace.width = [4, 8]\nfolds = 3\n"
BOWL = "space.rate = { low = 1e-4, high = 1.0, log = true }\nspace.width = { low = 1, high = 100 }\n"
SHARED = ["sqlite", "postgresql", "mysql"]  # fixtures with the address of a storage
CONDITIONAL = """space.depth = [0, 1, 2]
space.width = { low = 1, high = 100, when = "depth > 0" }
space.rate = { low = 1e-4, high = 1.0, log = true, when = "width > 20" }
where = "depth * width < 150"
"""
LOSS = (Objective("loss", True),)
COSTLY = {"figures": {"loss": 1.0, "accuracy": 0.5}, "epochs": 1, "train": 8, "validation": 2, "seconds": 0.1}


def plan_of(folder, search=GRID):
    """The plan of a search whose samples are never looked at."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "m.toml").write_text(SPEC + search)
    return planned(str(folder / "m.toml"))


def outcome(loss, **more):
    """A trial that came to this loss."""
    return Outcome([{**COSTLY, "figures": {"loss": loss, "accuracy": 0.5}}], **more)


def bowl(trial):
    """A loss that is lowest, 0, at a rate of 0.01 and a width of 30."""
    from math import log10

    return (log10(trial.point.values["rate"]) + 2) ** 2 + ((trial.point.values["width"] - 30) / 50) ** 2


def through(plan, run, most=10**6, decide=LOSS, loss=bowl, storage=None):
    """The points that a ledger hands out and is told of, until ``most`` of them; as if killed, with one at hand."""
    found = []
    with opened(plan, run, decide, storage) as ledger:
        found += [(result.trial.point.id, result.spreads["loss"].mean) for result in ledger.behind()]
        while claim := ledger.take():
            if len(found) == most:
                return found
            found.append((claim[0].point.id, loss(claim[0])))
            assert ledger.tell(claim[0], outcome(found[-1][1]))
        assert ledger.is_over
    return found


def size(trial):
    return float(trial.parameters)


def test_a_grid_is_handed_out_once_and_same_nets_one_after_the_other(tmp_path):
    plan = plan_of(tmp_path)
    with opened(plan, Run(tmp_path / "run"), LOSS, None) as ledger:
        taken = [ledger.take() for _ in range(6)]
        hidden = [(each[0].point.values["depth"], each[0].point.values["width"]) for each in taken if each]
        assert hidden == [(0, 4), (1, 4), (1, 8), (2, 4), (2, 8)], "with no hidden layer their width makes no other net"
        assert taken[-1] is None
        assert ledger.tell(taken[0][0], outcome(1.0))
        again, like = ledger.take()
        assert again.point.values == {"depth": 0, "width": 8}
        assert like == taken[0][0].file


@pytest.mark.parametrize("most", range(7))
def test_what_was_told_is_known_and_what_was_at_hand_is_handed_out_anew(tmp_path, most):
    plan, run = plan_of(tmp_path), Run(tmp_path / "run")
    first = through(plan, run, most, loss=size)
    assert len(first) == min(most, 6)
    whole = through(plan, run, loss=size)
    assert whole[: len(first)] == first
    assert sorted(whole) == sorted((trial.point.id, size(trial)) for trial in plan.trials)


@pytest.mark.parametrize("installed", [True, False])
def test_without_optuna_a_list_is_handed_out_in_its_order(tmp_path, monkeypatch, installed):
    if not installed:
        monkeypatch.setattr(ledgers, "find_spec", lambda name: None)
    plan = plan_of(tmp_path)
    with opened(plan, Run(tmp_path / "run"), LOSS, None) as ledger:
        assert isinstance(ledger, Listed)
        assert isinstance(ledger, studies.Study) is installed
        for trial in plan.trials:
            assert ledger.take()[0] is trial
            ledger.tell(trial, outcome(1.0))
        assert ledger.take() is None
        assert ledger.is_over


@pytest.mark.parametrize(
    ("search", "storage", "what"),
    [
        (GRID, "sqlite:///x.db", "--storage"),
        (BOWL + 'method = "tpe"\ntrials = 3\n', None, 'method = "tpe"'),
        (GRID + 'pruning = "median"\n', None, "pruning"),
    ],
)
def test_what_needs_optuna_says_so(tmp_path, monkeypatch, search, storage, what):
    monkeypatch.setattr(ledgers, "find_spec", lambda name: None)
    with pytest.raises(TrainError) as caught, opened(plan_of(tmp_path, search), Run(tmp_path), LOSS, storage):
        pass
    assert str(caught.value) == f"{what} needs Optuna: pip install 'netspec-keras[search]'"


# Methods


@pytest.mark.parametrize(
    ("method", "space"), [("tpe", BOWL), ("cmaes", BOWL), ("tpe", CONDITIONAL), ("cmaes", CONDITIONAL)]
)
def test_what_is_proposed_follows_from_the_seed_whenever_the_search_is_killed(tmp_path, method, space):
    words = f'{space}method = "{method}"\ntrials = 24\n'
    whole = through(plan_of(tmp_path, words), Run(tmp_path / "whole"))
    assert len(whole) == len({point for point, _ in whole}) == 24
    for most in (0, 3, 11, 20, 23) if space == BOWL else (11,):
        assert through(plan_of(tmp_path, words), Run(tmp_path / "run"), most) == whole[:most]
    assert through(plan_of(tmp_path, words), Run(tmp_path / "run")) == whole
    other = through(plan_of(tmp_path, words + "seed = 1\n"), Run(tmp_path / "run"))
    assert other[0] != whole[0]


@pytest.mark.parametrize(("method", "trials"), [("tpe", 99), ("tpe", 14), ("cmaes", 99)])
def test_a_space_of_few_points_is_tried_whole_before_it_ends_the_search(tmp_path, method, trials):
    space = "space.depth = [0, 1, 2]\nspace.width = [2, 4, 8, 16, 32, 48, 64]\nwhere = 'width < 64'\n"
    words = f'{space}method = "{method}"\ntrials = {trials}\n'

    def far(trial):
        return abs(trial.point.values["depth"] - 2) + abs(trial.point.values["width"] - 16) / 20

    whole = through(plan_of(tmp_path, words), Run(tmp_path / "whole"), loss=far)
    assert len(whole) == len(dict(whole)) == min(trials, 18)
    for most in (4, 13):
        assert through(plan_of(tmp_path, words), Run(tmp_path / "run"), most, loss=far) == whole[:most]
    assert through(plan_of(tmp_path, words), Run(tmp_path / "run"), loss=far) == whole


@pytest.mark.parametrize("method", ["tpe", "cmaes"])
def test_a_search_that_is_killed_between_proposals_goes_on_with_the_next(tmp_path, monkeypatch, method):
    words = f'space.depth = [0, 1]\nspace.width = [2, 4, 8]\nmethod = "{method}"\ntrials = 9\n'
    whole = through(plan_of(tmp_path, words), Run(tmp_path / "whole"), loss=size)
    closed, calls = optuna.storages.RDBStorage.set_trial_state_values, []

    def killed(self, number, state, values=None):
        closed(self, number, state, values)
        calls.append(state)
        if state == optuna.trial.TrialState.FAIL and len(calls) % 2:
            raise SystemExit

    monkeypatch.setattr(optuna.storages.RDBStorage, "set_trial_state_values", killed)
    kills = 0
    while kills < 40:
        try:
            assert through(plan_of(tmp_path, words), Run(tmp_path / "run"), loss=size) == whole
            break
        except SystemExit:
            kills += 1
    assert 0 < kills < 40


@pytest.mark.parametrize("method", ["tpe", "cmaes"])
def test_a_method_that_learns_finds_more_than_chance(tmp_path, method):
    def least(method, seed):
        words = f'{BOWL}method = "{method}"\ntrials = 40\nseed = {seed}\n'
        found = through(plan_of(tmp_path / method / str(seed), words), Run(tmp_path / method / str(seed)))
        return sum(sorted(loss for _, loss in found)[:8])

    assert sum(least(method, seed) < least("random", seed) for seed in range(3)) == 3


def test_a_space_that_is_exhausted_ends_the_search(tmp_path):
    words = 'space.depth = [0, 1]\nspace.width = [3, 5]\nmethod = "tpe"\ntrials = 40\nmax_parameters = 60\n'
    plan = plan_of(tmp_path, words)
    found = through(plan, Run(tmp_path / "run"), loss=size)
    assert sorted(loss for _, loss in found) == [36.0, 36.0, 43.0]
    assert [each.skipped for each in plan.skipped] == ["max_parameters: 69 are more than 60"]


def test_what_two_workers_were_at_is_handed_out_anew_though_it_was_proposed_again(tmp_path):
    words = 'space.depth = [0, 1]\nspace.width = [3, 5]\nmethod = "tpe"\ntrials = 4\n'
    again = 0
    for seed in range(4):
        run = Run(tmp_path / str(seed))
        with opened(plan_of(tmp_path, f"{words}seed = {seed}\n"), run, LOSS, None) as ledger:
            begun = [ledger.take()[0].point.id for _ in range(3)]
            again += sum(entry.user_attrs.get("skipped") == "tried before" for entry in ledger.study.trials)
        found = through(plan_of(tmp_path, f"{words}seed = {seed}\n"), run, loss=size)
        assert [point for point, _ in found[:3]] == begun
        assert len(found) == len(dict(found)) == 4
    assert again


@pytest.mark.parametrize(
    ("search", "steps"),
    [
        (GRID + 'pruning = "median"\n', 3),
        (GRID.replace("folds = 3\n", "") + 'pruning = "median"\n', 9),
        (GRID.replace("folds = 3\n", "") + 'pruning = "asha"\n', 9),
        (BOWL + 'method = "hyperband"\ntrials = 12\n', 9),
    ],
)
def test_a_trial_that_is_behind_the_others_is_ended(tmp_path, search, steps):
    plan = plan_of(tmp_path, search)
    went = []
    with opened(plan, Run(tmp_path / "run"), LOSS, None) as ledger:
        for at, trial in enumerate(plan.trials):
            claim, _ = ledger.take()
            assert claim is trial
            ends = (step for step in range(1, steps + 1) if ledger.ends(trial, step, {"loss": at}))
            went.append(next(ends, steps + 1))
            ledger.tell(trial, outcome(float(at), pruned=went[-1] <= steps))
        pruned = {each.number for each in ledger.study.trials if each.state.name == "PRUNED"}
        assert pruned == {at for at, step in enumerate(went) if step <= steps}
    assert pruned
    assert 0 not in pruned
    with opened(plan_of(tmp_path, search), Run(tmp_path / "run"), LOSS, None) as ledger:
        results = ledger.behind()
        assert [each.pruned for each in results] == [step <= steps for step in went]
        assert Judged("loss", True, results).best is results[0]


def test_figures_that_are_told_again_count_once(tmp_path):
    plan = plan_of(tmp_path, GRID + 'pruning = "median"\n')
    with opened(plan, Run(tmp_path / "run"), LOSS, None) as ledger:
        trial, _ = ledger.take()
        for step, loss in ((1, 1.0), (2, 3.0), (1, 1.0), (2, 3.0), (3, 8.0)):
            assert not ledger.ends(trial, step, {"loss": loss})
        (entry,) = ledger.study.trials
        assert entry.intermediate_values == {1: 1.0, 2: 2.0, 3: 4.0}


def test_without_pruning_no_trial_is_ended(tmp_path):
    plan = plan_of(tmp_path)
    with opened(plan, Run(tmp_path / "run"), LOSS, None) as ledger:
        for at, _ in enumerate(plan.trials):
            trial, _ = ledger.take()
            assert not any(ledger.ends(trial, step, {"loss": at}) for step in (1, 2, 3))
            ledger.tell(trial, outcome(float(at)))


@pytest.mark.parametrize("loss", [nan, inf])
def test_what_has_no_finite_figure_is_over_and_is_not_tried_again(tmp_path, loss):
    plan, run = plan_of(tmp_path, "space.width = [4, 8]\n"), Run(tmp_path / "run")
    with opened(plan, run, LOSS, None) as ledger:
        ledger.tell(ledger.take()[0], outcome(loss))
        ledger.tell(ledger.take()[0], Outcome([], "memory ended"))
    with opened(plan_of(tmp_path, "space.width = [4, 8]\n"), run, LOSS, None) as ledger:
        bad, failed = ledger.behind()
        assert ledger.take() is None
    assert failed.failed == "memory ended"
    assert bad.spreads["accuracy"].mean == 0.5
    assert Judged("loss", True, [bad, failed]).best is None


# Several at a time


@pytest.mark.parametrize("where", SHARED)
def test_two_machines_share_what_is_to_do_and_know_what_the_other_found(tmp_path, where, request):
    storage = request.getfixturevalue(where)
    with ExitStack() as stack:
        one, two = (
            stack.enter_context(opened(plan_of(tmp_path), Run(tmp_path / name / "search-1"), LOSS, storage))
            for name in ("one", "two")
        )
        done = []
        for ledger, other in ((one, two), (two, one), (one, two), (two, one), (two, one), (one, two)):
            ledger.behind()
            trial, _ = ledger.take()
            done.append(trial.point.id)
            assert ledger.tell(trial, outcome(1.0))
            assert trial.point.id in [result.trial.point.id for result in other.behind()]
        assert len(set(done)) == 6
        assert one.take() is two.take() is None
        one.behind()
        assert one.is_over
        assert two.is_over


@pytest.mark.parametrize("where", SHARED)
def test_of_a_machine_that_gives_no_sign_of_life_another_takes_the_trial(tmp_path, monkeypatch, where, request):
    monkeypatch.setattr(storages, "BEAT", 1)
    monkeypatch.setattr(storages, "GRACE", 1)
    storage, search = request.getfixturevalue(where), "space.width = [4]\n"
    monkeypatch.setattr(studies, "beat", lambda *_: None)
    with ExitStack() as stack:
        one, two = (
            stack.enter_context(opened(plan_of(tmp_path, search), Run(tmp_path / name / "search-1"), LOSS, storage))
            for name in ("one", "two")
        )
        mine, _ = one.take()
        assert two.take() is None
        assert not two.is_over
        until = time.monotonic() + 20
        while not (claim := two.take()) and time.monotonic() < until:
            time.sleep(0.2)
            assert two.behind() == []
        assert two.tell(claim[0], outcome(2.0))
        assert not one.tell(mine, outcome(1.0)), "it was given up: what the other says counts"
        (result,) = one.behind()
        assert result.spreads["loss"].mean == 2.0
        assert one.is_over


@pytest.mark.parametrize("search", ["space.width = [4]\n", BOWL + 'method = "tpe"\ntrials = 1\n'])
@pytest.mark.parametrize("is_killed", [True, False])
@pytest.mark.parametrize("where", SHARED)
def test_what_was_told_and_not_closed_has_its_value_whoever_closes_it(
    tmp_path, monkeypatch, search, is_killed, where, request
):
    storage, finish = request.getfixturevalue(where), studies.Study._finish
    with ExitStack() as stack:
        one, two = (
            stack.enter_context(opened(plan_of(tmp_path, search), Run(tmp_path / name / "search-1"), LOSS, storage))
            for name in ("one", "two")
        )
        heard = []

        def late(*words):
            monkeypatch.setattr(studies.Study, "_finish", finish)
            heard.extend(two.behind())
            if is_killed:
                raise SystemExit
            finish(*words)

        trial, _ = one.take()
        monkeypatch.setattr(studies.Study, "_finish", late)
        if is_killed:
            with pytest.raises(SystemExit):
                one.tell(trial, outcome(2.0))
        else:
            assert one.tell(trial, outcome(2.0))
            assert one.behind() == []
        assert [result.spreads["loss"].mean for result in heard] == [2.0]
        assert two.behind() == []
        assert two.take() is None
        assert two.is_over
        (entry,) = two.study.trials
        assert (entry.state.name, entry.value) == ("COMPLETE", 2.0)


@pytest.mark.parametrize("where", SHARED)
def test_a_large_outcome_is_kept_whole(tmp_path, where, request):
    url, search = request.getfixturevalue(where), "space.width = [4]\n"
    figures = [{"loss": at / 7, 'größe "µ"' * 20: 1.0} for at in range(500)]
    made = Outcome([{**COSTLY, "figures": each, "history": {}} for each in figures])
    with opened(plan_of(tmp_path, search), Run(tmp_path / "one" / "search-1"), LOSS, url) as ledger:
        assert ledger.tell(ledger.take()[0], made)
        (entry,) = ledger.study.trials
        assert studies._outcome(entry) == made
    with opened(plan_of(tmp_path, search), Run(tmp_path / "two" / "search-1"), LOSS, url) as ledger:
        (found,) = ledger.behind()
        assert found == Result.of(found.trial, made, LOSS)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            ["UPDATE version_info SET schema_version = 99", "UPDATE alembic_version SET version_num = 'v99'"],
            r"the storage cannot be opened: .*version",
        ),
        (
            ["DROP TABLE trials", "CREATE TABLE trials (x INTEGER)"],
            "the storage of the search failed: no such column",
        ),
    ],
)
def test_a_storage_of_another_version_or_without_its_tables_is_told(tmp_path, changes, said):
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    with opened(plan_of(tmp_path), Run(tmp_path / "run"), LOSS, url) as ledger, ledger.storage.engine.begin() as line:
        for change in changes:
            line.exec_driver_sql(change)
    with pytest.raises(TrainError, match=said), opened(plan_of(tmp_path), Run(tmp_path / "run"), LOSS, url):
        pass


@pytest.mark.parametrize("search", ["space.width = [4]\n", BOWL + 'method = "tpe"\ntrials = 1\n'])
def test_what_was_begun_and_never_gave_a_sign_of_life_is_begun_anew(tmp_path, monkeypatch, search):
    monkeypatch.setattr(storages, "BEAT", 1)
    monkeypatch.setattr(storages, "GRACE", 1)
    url = f"sqlite:///{tmp_path / 'shared.db'}"

    def killed(self, number):
        raise SystemExit

    with ExitStack() as stack:
        one, two = (
            stack.enter_context(opened(plan_of(tmp_path, search), Run(tmp_path / name / "search-1"), LOSS, url))
            for name in ("one", "two")
        )
        with monkeypatch.context() as patched:
            patched.setattr(optuna.storages.RDBStorage, "record_heartbeat", killed)
            with pytest.raises(SystemExit):
                one.take()
        until = time.monotonic() + 20
        while not (claim := two.take()) and time.monotonic() < until:
            assert not two.is_over
            time.sleep(0.2)
            assert two.behind() == []
        assert two.tell(claim[0], outcome(1.0))
        assert two.is_over


def test_what_another_has_closed_is_ended_here_and_swept_without_a_fault(tmp_path, monkeypatch):
    storage, search = f"sqlite:///{tmp_path / 'shared.db'}", 'space.width = [4]\nfolds = 3\npruning = "median"\n'
    run = Run(tmp_path / "one" / "search-1")
    with opened(plan_of(tmp_path, search), run, LOSS, storage) as ledger:
        trial, _ = ledger.take()
        entries = ledger.study.get_trials(deepcopy=True)
        ledger.storage.set_trial_state_values(ledger.ids[trial.point.id], optuna.trial.TrialState.FAIL)
        assert ledger.ends(trial, 1, {"loss": 1.0})
        assert not ledger.tell(trial, outcome(1.0))
    monkeypatch.setattr(studies.Study, "_entries", lambda self: entries)  # as they were before the other closed it
    with opened(plan_of(tmp_path, search), run, LOSS, storage):
        pass


def test_a_sign_of_life_keeps_a_trial(tmp_path, monkeypatch):
    monkeypatch.setattr(storages, "BEAT", 1)
    monkeypatch.setattr(storages, "GRACE", 3)
    storage, search = f"sqlite:///{tmp_path / 'shared.db'}", "space.width = [4]\n"
    with ExitStack() as stack:
        one, two = (
            stack.enter_context(opened(plan_of(tmp_path, search), Run(tmp_path / name / "search-1"), LOSS, storage))
            for name in ("one", "two")
        )
        mine, _ = one.take()
        until = time.monotonic() + 6
        while time.monotonic() < until:
            assert two.take() is None
            two.behind()
            time.sleep(0.5)
        assert one.tell(mine, outcome(1.0))


@pytest.mark.parametrize(
    ("storage", "message"),
    [
        ("sqlite:////nowhere/at/all.db", "unable to open database file"),
        ("nonsense", "Could not parse"),
        ("postgresql+psycopg2://me:secret@127.0.0.1:9/x", "refused"),
        ("postgresql+psycopg2://me@127.0.0.1:secret/x", "its address cannot be read"),
        ("oracle+nothing://x", "oracle.nothing"),
        ("oracle://me:secret@x/y", "its driver 'oracledb' is not installed: pip install oracledb"),
        ("mysql://me:secret@x/y", "its driver 'MySQLdb' is not installed: pip install mysqlclient"),
        ("sqlite://", "in memory alone"),
        ("", "Could not parse"),
    ],
)
def test_a_storage_that_cannot_be_reached_is_told_in_a_line_without_its_password(tmp_path, storage, message):
    if storage.startswith("postgresql"):
        pytest.importorskip("psycopg2")
    if "is not installed" in message and find_spec(message.split("'")[1]):
        pytest.skip("it is installed here")
    with pytest.raises(TrainError) as caught, opened(plan_of(tmp_path), Run(tmp_path / "run"), LOSS, storage):
        pass
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_study_that_is_no_database_is_told(tmp_path):
    run = Run(tmp_path / "run")
    run.write("study.db", b"SQLite format 3\0 and then nothing more of it" * 40)
    with pytest.raises(TrainError, match=r"study\.db cannot be opened"), opened(plan_of(tmp_path), run, LOSS, None):
        pass


@pytest.mark.parametrize("name", ["plain", "sp ace", "q?a=b", "per%20cent", "has#h", "größe", "a:b@c"])
def test_a_study_is_in_its_own_folder_whatever_that_is_called(tmp_path, name):
    run = Run(tmp_path / name / "run")
    through(plan_of(tmp_path / "spec"), run, 1, loss=size)
    assert (run.folder / "study.db").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "spec"])


def test_a_study_that_is_a_link_is_not_followed(tmp_path):
    run = Run(tmp_path / "run")
    run.folder.mkdir()
    (run.folder / "study.db").symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(TrainError, match="is a link"), opened(plan_of(tmp_path), run, LOSS, None):
        pass
    assert not (tmp_path / "elsewhere.db").exists()


def test_what_is_behind_a_link_in_a_folder_is_not_written(tmp_path):
    run, elsewhere = Run(tmp_path / "run"), tmp_path / "elsewhere"
    run.folder.mkdir()
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("dear")
    (run.folder / ".busy").symlink_to(elsewhere / "kept")
    with pytest.raises(OSError, match=r"\.busy"), run.held():
        pass
    (run.folder / "trials").symlink_to(elsewhere)
    with pytest.raises(TrainError, match="trials is a link"):
        run.write("trials/a.json", b"{}")
    run.clear()
    assert [path.name for path in elsewhere.iterdir()] == ["kept"]
    assert (elsewhere / "kept").read_text() == "dear"
    run.write("trials/a.json", b"{}")
    assert not (run.folder / "trials").is_symlink()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"nobody"])
def test_a_name_of_a_machine_that_is_none_is_given_anew(tmp_path, content):
    run = Run(tmp_path / "run")
    run.write("machine", content)
    assert len(through(plan_of(tmp_path), run, loss=size)) == 6


# Figures that decide


def result(name, parameters=10, failed="", pruned=False, **figures):
    trial = Trial(Point({"name": name}), parameters)
    return Result(trial, {key: Spread(value) for key, value in figures.items()}, 1.0, failed, pruned)


@pytest.mark.parametrize(
    ("results", "front"),
    [
        ({"a": (0.9, 10), "b": (0.8, 5), "c": (0.7, 7)}, "ab"),
        ({"a": (0.9, 10), "b": (0.9, 5), "c": (0.9, 5)}, "bc"),
        ({"a": (nan, 1), "b": (0.8, 5), "c": (0.7, inf)}, "b"),
        ({"a": (0.1, 9)}, "a"),
    ],
)
def test_a_front_is_what_no_other_beats(results, front):
    made = [result(name, accuracy=accuracy, parameters_=size) for name, (accuracy, size) in results.items()]
    made += [result("failed", failed="no"), result("pruned", accuracy=1.0, parameters_=0.0, pruned=True)]
    found = Judged("accuracy", False, made, (Objective("parameters_", True),)).front
    assert "".join(sorted(each.trial.point.values["name"] for each in found)) == front
