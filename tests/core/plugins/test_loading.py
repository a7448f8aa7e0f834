"""Loading: the order, what -p may name, and loadfiles, which are plugins like any other."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from loadhost import PluginError, PluginManager, UsageError
from loadhost._plugins.loading import BUILTINS, LoadfileError, PluginRequest, load_loadfile, load_plugins

Install = Callable[..., None]

PLUGIN = """
    from loadhost import hookimpl

    @hookimpl
    def loadhost_test_start():
        pass

    class Class:
        @hookimpl
        def loadhost_test_stop(self):
            pass
"""

pytestmark = pytest.mark.usefixtures("import_state")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, source: str = PLUGIN) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(source))
    return path


def load(manager: PluginManager, *texts: str, **options: bool) -> None:
    load_plugins(manager, [PluginRequest(text) for text in texts], **{"entry_points": False, **options})


def names(manager: PluginManager, origin: str) -> list[str]:
    return [plugin.name for plugin in manager.plugins() if plugin.origin == origin]


# --- the order


def test_builtins_come_first_then_entry_points_then_p_then_loadfiles(
    manager: PluginManager, install: Install, folder: Path
) -> None:
    install("loadhost-shop", {"x-shop": "x_shop"}, x_shop=PLUGIN)
    write(folder / "x_mine.py")
    load(manager, "x_mine", entry_points=True)
    load_loadfile(manager, write(folder / "loadfile.py"))
    origins = list(dict.fromkeys(plugin.origin for plugin in manager.plugins()))
    assert origins == ["builtin", "entry-point", "command-line", "loadfile"]


def test_all_builtins_are_loaded_in_the_name_of_loadhost(manager: PluginManager) -> None:
    load(manager)
    assert names(manager, "builtin") == list(BUILTINS)
    assert {plugin.distribution for plugin in manager.plugins()} == {"loadhost"}


def test_a_builtin_can_be_blocked(manager: PluginManager) -> None:
    load(manager, "no:csv")
    assert "csv" not in names(manager, "builtin")
    assert manager.is_blocked("csv")


# --- what -p may name


@pytest.mark.parametrize(
    "text", ["shop", "loadhost-shop", "Loadhost.Shop"], ids=["name", "distribution", "spelt freely"]
)
def test_p_takes_the_name_of_an_entry_point_or_of_a_distribution(
    manager: PluginManager, install: Install, text: str
) -> None:
    install("loadhost-shop", {"shop": "x_shop"}, x_shop=PLUGIN)
    load(manager, text)
    assert names(manager, "entry-point") == ["shop"]
    assert names(manager, "command-line") == []


def test_p_takes_a_dotted_module_of_the_current_folder(manager: PluginManager, folder: Path) -> None:
    write(folder / "x_package" / "__init__.py", "")
    write(folder / "x_package" / "plugin.py")
    load(manager, "x_package.plugin")
    assert names(manager, "command-line") == ["x_package.plugin"]


def test_p_takes_a_class_in_a_module(manager: PluginManager, folder: Path) -> None:
    write(folder / "x_mine.py")
    load(manager, "x_mine:Class")
    (info,) = [plugin for plugin in manager.plugins() if plugin.origin == "command-line"]
    assert (info.name, info.hooks) == ("x_mine:Class", ("loadhost_test_stop",))


def test_p_takes_the_path_of_a_file(manager: PluginManager, folder: Path) -> None:
    path = write(folder / "elsewhere" / "x_file.py")
    load(manager, str(path))
    assert names(manager, "command-line") == [str(path)]


def test_p_says_where_the_request_came_from(manager: PluginManager, folder: Path) -> None:
    write(folder / "x_mine.py")
    load_plugins(manager, [PluginRequest("x_mine", "environment")], entry_points=False)
    assert names(manager, "environment") == ["x_mine"]


def test_p_with_the_name_of_a_builtin_or_twice_is_harmless(manager: PluginManager, folder: Path) -> None:
    write(folder / "x_mine.py")
    load(manager, "csv", "x_mine", "x_mine")
    assert names(manager, "command-line") == ["x_mine"]


def test_an_unknown_name_lists_the_known_ones_with_a_suggestion(manager: PluginManager, install: Install) -> None:
    install("loadhost-shop", {"x-shop": "x_shop"}, x_shop=PLUGIN)
    with pytest.raises(UsageError, match=r"-p x-shp: .* did you mean 'x-shop'\?; known plugins: .*csv.*x-shop"):
        load(manager, "x-shp")


def test_a_file_that_does_not_exist_says_so(manager: PluginManager) -> None:
    with pytest.raises(UsageError, match=r"-p nowhere/x\.py: there is no such file"):
        load(manager, "nowhere/x.py")


def test_a_module_that_fails_is_an_error_with_the_cause(manager: PluginManager, folder: Path) -> None:
    write(folder / "x_mine.py", "raise SystemExit('no')")
    with pytest.raises(PluginError, match="-p x_mine could not be imported: SystemExit: no"):
        load(manager, "x_mine")


def test_a_module_that_lacks_another_one_is_not_called_unknown(manager: PluginManager, folder: Path) -> None:
    write(folder / "x_mine.py", "import no_such_module_anywhere")
    with pytest.raises(PluginError, match="No module named 'no_such_module_anywhere'"):
        load(manager, "x_mine")


def test_a_missing_attribute_is_an_error(manager: PluginManager, folder: Path) -> None:
    write(folder / "x_mine.py")
    with pytest.raises(PluginError, match=r"-p x_mine:Clas could not be imported: .*no attribute 'Clas'"):
        load(manager, "x_mine:Clas")


def test_a_misspelt_hook_of_a_module_named_by_p_is_an_error(manager: PluginManager, folder: Path) -> None:
    write(folder / "x_mine.py", PLUGIN.replace("loadhost_test_start", "loadhost_test_started"))
    with pytest.raises(PluginError, match="plugin 'x_mine': there is no hook 'loadhost_test_started'"):
        load(manager, "x_mine")


# --- loadfiles


def test_a_loadfile_is_a_plugin_named_like_its_file(manager: PluginManager, folder: Path) -> None:
    module = load_loadfile(manager, write(folder / "x_load.py"))
    (info,) = manager.plugins()
    assert (info.name, info.origin, info.hooks) == ("x_load.py", "loadfile", ("loadhost_test_start",))
    assert module.__name__ == "x_load"


def test_a_loadfile_can_import_what_lies_beside_it(manager: PluginManager, folder: Path) -> None:
    write(folder / "deep" / "x_beside.py", "VALUE = 3")
    module = load_loadfile(manager, write(folder / "deep" / "x_load.py", "from x_beside import VALUE"))
    assert module.VALUE == 3


def test_a_loadfile_that_does_not_exist_says_so(manager: PluginManager, folder: Path) -> None:
    with pytest.raises(UsageError, match=r"loadfile .*x_load\.py does not exist"):
        load_loadfile(manager, folder / "x_load.py")


@pytest.mark.parametrize("source", ["1 / 0", "raise SystemExit", "def (:"], ids=["raises", "exits", "syntax"])
def test_a_loadfile_that_fails_names_the_file_and_leaves_no_module(
    manager: PluginManager, folder: Path, source: str
) -> None:
    path = write(folder / "x_load.py", source)
    with pytest.raises(LoadfileError, match=re.escape(f"loadfile {path} could not be imported")) as caught:
        load_loadfile(manager, path)
    assert caught.value.path == path
    assert "x_load" not in sys.modules
    assert manager.plugins() == []


def test_a_misspelt_hook_in_a_loadfile_is_an_error(manager: PluginManager, folder: Path) -> None:
    path = write(folder / "x_load.py", PLUGIN.replace("loadhost_test_start", "loadhost_test_started"))
    with pytest.raises(PluginError, match=r"plugin 'x_load\.py': there is no hook 'loadhost_test_started'"):
        load_loadfile(manager, path)


def test_a_loadfile_may_bring_hooks_and_implement_them(manager: PluginManager, folder: Path) -> None:
    source = """
        import sys

        from loadhost import hookimpl
        from loadhost_hookspecs import tell

        class Hooks:
            @tell
            def shop_opened(self): ...

        @hookimpl
        def loadhost_add_hookspecs(pluginmanager):
            pluginmanager.add_hookspecs(Hooks)

        @hookimpl
        def shop_opened(): ...
    """
    load_loadfile(manager, write(folder / "x_load.py", source))
    assert manager.notify.shop_opened is not None


@pytest.mark.parametrize("name", ["random", "wave", "requests", "stevedore"])
def test_a_loadfile_called_like_another_module_neither_hides_it_nor_is_hidden(
    manager: PluginManager, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Whether the other one is imported already (random) or not yet (wave)."""
    if name == "wave":
        monkeypatch.delitem(sys.modules, name, raising=False)
    path = write(folder / f"{name}.py", f"import {name} as other\nMINE = True")
    module = load_loadfile(manager, path)
    assert module.MINE
    assert module.__name__ == f"loadhost_file_{name}"
    assert not hasattr(module.other, "MINE")
    assert Path(module.other.__file__).parent != folder


def test_a_loadfile_called_like_another_module_in_the_current_folder_does_not_hide_it_either(
    manager: PluginManager, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`python -m loadhost` has put the folder in front of all others."""
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "wave", raising=False)
    module = load_loadfile(manager, write(folder / "wave.py", "import wave as other"))
    assert Path(module.other.__file__).parent != folder


def test_two_loadfiles_of_one_name_in_two_folders_are_both_loaded(manager: PluginManager, folder: Path) -> None:
    one, two, three = (
        load_loadfile(manager, write(folder / where / "x_load.py", f"HERE = '{where}'")) for where in "abc"
    )
    assert [one.HERE, two.HERE, three.HERE] == ["a", "b", "c"]
    assert len({one.__name__, two.__name__, three.__name__}) == 3
    assert [sys.modules[module.__name__] for module in (one, two, three)] == [one, two, three]
    assert names(manager, "loadfile") == ["x_load.py", "x_load.py#2", "x_load.py#3"]


def test_of_two_loadfiles_of_one_name_each_finds_what_lies_beside_it_first(
    manager: PluginManager, folder: Path
) -> None:
    for where in "ab":
        write(folder / where / f"x_beside_{where}.py", f"VALUE = '{where}'")
        write(folder / where / "x_load.py", f"from x_beside_{where} import VALUE")
    modules = [load_loadfile(manager, folder / where / "x_load.py") for where in "ab"]
    assert [module.VALUE for module in modules] == ["a", "b"]


def test_a_loadfile_whose_name_is_no_identifier_is_loaded(manager: PluginManager, folder: Path) -> None:
    assert load_loadfile(manager, write(folder / "my-load v1.2.py", "VALUE = 1")).VALUE == 1
