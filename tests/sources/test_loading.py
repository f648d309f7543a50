"""An adapter is found by what a person types, and what cannot be found or imported says why in
that person's words."""

import hashlib
import sys
from pathlib import Path

import pytest

from nnspec import conformance
from nnspec.conformance.adapters import loopback
from nnspec.conformance.sources import loading
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.sources.loading import bundled, digest, load

ADAPTER = """
name = "mine"

def relu(x):
    return x * (x > 0)

class Plain:
    def relu(x):
        return x

class Static:
    @staticmethod
    def relu(x):
        return x

    def __init__(self, size):
        raise ValueError

class Methods:
    version = "2"

    def relu(self, x):
        return x

    @staticmethod
    def tanh(x):
        return x

class Made:
    def __init__(self):
        self.relu = relu

class Sized:
    def __init__(self, size):
        self.size = size

    def relu(self, x):
        return x

class Broken(Methods):
    def __init__(self):
        raise OSError("no device")

class holder:
    instance = Methods()
"""


MODULES = sys.modules


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(ADAPTER, encoding="utf-8")
    return tmp_path


def refusal(adapter: str) -> str:
    with pytest.raises(AdapterError) as refused:
        load(adapter)
    return str(refused.value)


def test_bundled_adapters_have_short_names() -> None:
    assert {"loopback", "reference", "torch"} <= set(bundled())
    assert load("loopback") == (loopback, "loopback")


def test_a_path_is_a_file(folder: Path) -> None:
    for path in ("./mine.py", "mine.py", str(folder / "mine.py")):
        adapter, name = load(path)
        assert (adapter.name, name) == ("mine", "mine")
        assert InProcess(adapter, name).description.operations == ("relu",)


def test_an_object_of_a_file_or_module_follows_a_colon() -> None:
    assert load("./mine.py:Plain")[1] == "mine:Plain"
    assert load("mine:holder.instance")[0].version == "2"
    assert load("nnspec.conformance.adapters.loopback:relu") == (
        loopback.relu,
        "nnspec.conformance.adapters.loopback:relu",
    )
    assert load("loopback:relu") == (loopback.relu, "loopback:relu")


def test_a_module_is_found_in_the_working_directory_and_a_package_too(folder: Path) -> None:
    assert load("mine")[0].name == "mine"
    (folder / "package").mkdir()
    (folder / "package" / "__init__.py").touch()
    (folder / "package" / "networks.py").write_text("relu = abs", encoding="utf-8")
    assert load("package.networks")[0].relu is abs


def test_a_file_finds_what_lies_beside_it_and_in_the_working_directory(folder: Path) -> None:
    (folder / "adapters").mkdir()
    (folder / "adapters" / "activations_of_mine.py").write_text("relu = abs", encoding="utf-8")
    (folder / "my_library.py").write_text("tanh = abs", encoding="utf-8")
    (folder / "adapters" / "it.py").write_text(
        "from activations_of_mine import relu\nfrom my_library import tanh", encoding="utf-8"
    )
    assert InProcess(*load("adapters/it.py")).description.operations == ("relu", "tanh")


def test_a_file_of_the_name_of_a_library_can_import_that_library(folder: Path) -> None:
    (folder / "numpy.py").write_text("import numpy\nrelu = numpy.abs", encoding="utf-8")
    (folder / "colorsys.py").write_text(
        "import colorsys\nrelu = colorsys.rgb_to_hls", encoding="utf-8"
    )
    assert load("./numpy.py")[0].relu(-1) == 1
    assert load("./colorsys.py")[0].relu(0, 0, 0) == (0, 0, 0)


def test_a_file_may_define_dataclasses(folder: Path) -> None:
    (folder / "it.py").write_text(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass A:\n    relu: int = 3",
        encoding="utf-8",
    )
    assert load("./it.py:A")[0].relu == 3


@pytest.mark.parametrize("name", ["Plain", "Static"])
def test_a_class_whose_functions_need_no_instance_is_a_glossary_itself(name: str) -> None:
    adapter, _ = load(f"./mine.py:{name}")
    assert isinstance(adapter, type)
    assert adapter.relu(3) == 3


@pytest.mark.parametrize("name", ["Methods", "Made"])
def test_a_class_whose_functions_need_an_instance_is_instantiated(name: str) -> None:
    adapter, _ = load(f"./mine.py:{name}")
    assert not isinstance(adapter, type)
    assert adapter.relu(3) == 3


def test_a_class_that_cannot_be_instantiated_is_refused_with_the_reason(folder: Path) -> None:
    assert (
        "the operations of the class ./mine.py:Sized need an instance, "
        "and none could be made: TypeError: " in refusal("./mine.py:Sized")
    )
    assert f"{folder / 'mine.py'}:42: OSError: no device" in refusal("./mine.py:Broken")


def test_an_entry_point_gives_a_third_party_a_short_name(folder: Path) -> None:
    metadata = folder / "demo-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n", encoding="utf-8"
    )
    (metadata / "entry_points.txt").write_text(
        f"[{loading.GROUP}]\ndemo = mine:Methods\nloopback = mine\n", encoding="utf-8"
    )
    sys.path.append(str(folder))
    adapter, name = load("demo")
    assert (adapter.version, name) == ("2", "demo")
    assert load("demo:Made")[0].relu(-3) == 0
    assert load("loopback")[0].name == "mine"
    assert digest("demo") == digest("./mine.py")


@pytest.mark.parametrize(
    ("adapter", "message"),
    [
        ("./nonesuch.py", "there is no file "),
        ("nonesuch", "there is no adapter nonesuch: no module nonesuch, and bundled are "),
        ("nonesuch.networks", "there is no adapter nonesuch.networks: no module nonesuch, "),
        ("conformance.nonesuch", "no module conformance.nonesuch, "),
        ("./mine", "an adapter is a name ("),
        ("", "an adapter is a name ("),
        ("mine:", "an adapter is a name ("),
        (
            "./mine.py:Nonesuch",
            "it has name, relu, Plain, Static, Methods, Made, Sized, Broken, holder",
        ),
        (
            "mine:holder.nonesuch",
            "there is no holder.nonesuch in mine: type object 'holder' has no attribute 'nonesuch'",
        ),
    ],
)
def test_what_is_not_there_is_said_to_be_missing(adapter: str, message: str) -> None:
    assert message in refusal(adapter)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "import numpy\n\nnumpy.nonesuch\n",
            "it.py:3: AttributeError: module 'numpy' has no attribute 'nonesuch'",
        ),
        ("\nimport nonesuch\n", "it.py:2: ModuleNotFoundError: No module named 'nonesuch'"),
        ("x = (\n", "it.py:1: SyntaxError: '(' was never closed"),
        ("\n\nraise SystemExit(3)", "it.py:3: SystemExit: 3"),
        ("import json\nname = 'it'\njson.loads('{')\n", "it.py:3: JSONDecodeError: "),
    ],
)
@pytest.mark.parametrize("adapter", ["./it.py", "it"])
def test_an_error_at_import_is_shown_with_its_line_in_the_adapter(
    folder: Path, adapter: str, text: str, message: str
) -> None:
    (folder / "it.py").write_text(text, encoding="utf-8")
    said = refusal(adapter)
    assert said.startswith(f"the adapter {adapter} cannot be imported: {folder}")
    assert message in said


def test_an_interrupt_at_import_is_an_interrupt(folder: Path) -> None:
    (folder / "it.py").write_text("raise KeyboardInterrupt", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        load("./it.py")


@pytest.mark.parametrize("adapter", ["torch", "torch:cuda", "nnspec.conformance.adapters.torch"])
def test_a_bundled_adapter_without_its_library_says_what_to_install(
    adapter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The import statement knows the one, importlib the other, which the fixture has put in its
    # place.
    for modules in (MODULES, sys.modules):
        for name in [
            name for name in modules if name.startswith("nnspec.conformance.adapters.torch")
        ]:
            monkeypatch.delitem(modules, name)
        monkeypatch.setitem(modules, "torch", None)
    assert (
        refusal(adapter)
        == "the adapter torch needs torch, which is not installed: pip install 'torch>=2.4'"
    )


def test_the_digest_is_that_of_the_source_file(folder: Path) -> None:
    expected = hashlib.sha256(ADAPTER.encode()).hexdigest()
    assert (
        digest("./mine.py")
        == digest("./mine.py:Plain")
        == digest("mine")
        == digest("mine:Plain")
        == expected
    )
    loopback_file = Path(conformance.__file__).parent / "adapters" / "loopback.py"
    assert digest("loopback") == hashlib.sha256(loopback_file.read_bytes()).hexdigest()


def test_the_digest_is_also_that_of_the_bundled_adapters_which_an_adapter_builds_on(
    folder: Path,
) -> None:
    place = Path(conformance.__file__).parent / "adapters"
    (folder / "mine.py").write_text(
        "from nnspec.conformance.adapters import loopback\n"
        "from nnspec.conformance.adapters.reference import name\n",
        "utf-8",
    )
    for adapter, sources in (
        ("./mine.py", (folder / "mine.py", place / "loopback.py", place / "reference.py")),
        (
            "onnxruntime",
            (
                place / "onnxruntime.py",
                place / "onnx" / "__init__.py",
                place / "onnx" / "models.py",
            ),
        ),
    ):
        assert (
            digest(adapter)
            == hashlib.sha256(b"".join(each.read_bytes() for each in sources)).hexdigest()
        )


def test_what_has_no_source_file_has_no_digest(folder: Path) -> None:
    (folder / "broken").mkdir()
    (folder / "broken" / "__init__.py").write_text("raise SystemExit", encoding="utf-8")
    assert [
        digest(adapter) for adapter in ("math", "nonesuch", "./nonesuch.py", "broken.part")
    ] == 4 * [""]
