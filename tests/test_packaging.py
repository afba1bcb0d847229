"""The wheel as a user gets it: its content, and its life without a compiler."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
import setuptools

import edge_tts

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = "edge_tts/_native/libedge_kernels.so"
NOT_FOR_USERS = {"kernels", "calibrate", "benchmarks", "tests", "scripts", "docs"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        tuple(map(int, setuptools.__version__.split(".")[:2])) < (70, 1),
        reason="setuptools older than 70.1 cannot build the wheel",
    ),
]


def build_wheel(folder: Path, compiler: str | None) -> tuple[Path, str]:
    """Build a wheel from a copy of the checkout; returns it with pip's output."""
    source = folder / "source"
    unwanted = shutil.ignore_patterns(
        *(".*", "build", "dist", "*.egg-info", "__pycache__", "*.so", "results", "work")
    )
    shutil.copytree(ROOT, source, ignore=unwanted)
    environment = dict(os.environ)
    if compiler is not None:
        environment["CC"] = compiler
    # Without isolation nothing has to be downloaded.
    options = ["--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    command = [sys.executable, "-m", "pip", "wheel", "-v", *options, str(source)]
    done = subprocess.run(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    (wheel,) = folder.glob("*.whl")
    return wheel, done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"), None)[0]


@pytest.fixture(scope="module")
def wheel_without_compiler(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, str]:
    return build_wheel(tmp_path_factory.mktemp("bare"), "false")


def test_wheel_is_for_every_python_of_this_platform(wheel: Path) -> None:
    platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    version = edge_tts.__version__
    assert wheel.name == f"edge_tts_runtime-{version}-py3-none-{platform}.whl"


def test_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"edge_tts", f"edge_tts_runtime-{edge_tts.__version__}.dist-info"}
    assert not tops & NOT_FOR_USERS
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "edge_tts"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ).stdout.split("\n")
    expected = {name for name in tracked if name and (ROOT / name).exists()}
    if not expected:
        pytest.skip("not a git checkout")
    assert expected - names == set()


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler here")
def test_wheel_holds_the_kernels(wheel: Path) -> None:
    assert LIBRARY in zipfile.ZipFile(wheel).namelist()


def test_without_a_compiler_the_build_says_what_is_lost(
    wheel_without_compiler: tuple[Path, str],
) -> None:
    built, output = wheel_without_compiler
    assert LIBRARY not in zipfile.ZipFile(built).namelist()
    assert "native kernels were not built" in output
    assert "ONNX Runtime or OpenVINO" in output


@pytest.fixture(scope="module")
def bare_environment(
    wheel_without_compiler: tuple[Path, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """An empty virtual environment with the compilerless wheel; its bin folder."""
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=False)
    python = home / "bin/python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    options = ["--quiet", "--no-deps", "--no-index"]
    wheel = str(wheel_without_compiler[0])
    # A PYTHONPATH to the checkout would make pip believe it is installed already.
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([*pip, "install", *options, wheel], check=True, env=clean)
    return home / "bin"


def run_bare(bare_environment: Path, *command: str) -> str:
    """Run a command of the bare environment where no tool is on the PATH."""
    program = bare_environment / command[0]
    environment = {"PATH": "/nonexistent", "CC": "false", "HOME": os.environ["HOME"]}
    done = subprocess.run(
        [str(program), *command[1:]],
        cwd=bare_environment,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_installed_without_compiler_it_imports(bare_environment: Path) -> None:
    script = (
        "import edge_tts, edge_tts.cpu as c; print(edge_tts.__file__);"
        "print(c.native_library().reason); print(c.current_isa())"
    )
    where, reason, isa = run_bare(bare_environment, "python", "-c", script).split("\n")[
        :3
    ]
    assert Path(where).is_relative_to(bare_environment.parent)
    assert "was not built" in reason
    assert isa


@pytest.mark.parametrize("name", sorted(NOT_FOR_USERS))
def test_installed_package_brings_no_stranger(
    bare_environment: Path, name: str
) -> None:
    script = f"import importlib.util as u; print(u.find_spec({name!r}))"
    assert run_bare(bare_environment, "python", "-c", script).strip() == "None"


def test_installed_without_compiler_it_speaks(bare_environment: Path) -> None:
    # The libraries of the test environment follow the bare one's own packages on its
    # path; a .pth file inside them, such as an editable install's, is not followed.
    (site,) = bare_environment.parent.glob("lib/python*/site-packages")
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    run_bare(bare_environment, "edgetts", "say", "No compiler here.", "-o", "out.wav")
    assert (bare_environment / "out.wav").stat().st_size > 20_000
