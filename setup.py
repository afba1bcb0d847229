"""Builds the optional kernel library; metadata lives in setup.cfg."""

from __future__ import annotations

import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext

sys.path.insert(0, str(Path(__file__).resolve().parent / "scripts"))

import build_kernels

LOST = """\
edge_tts: the native kernels were not built:
{error}
edge_tts: it will speak through ONNX Runtime or OpenVINO, slower, and without the
edge_tts: native backend. Install a C compiler and install again to get it.
"""


class BuildKernels(build_ext):
    """Calls the kernel build in place of distutils' compiler."""

    def run(self) -> None:
        """Put the library beside the package, or say what is lost without it."""
        in_place = self.inplace or self.editable_mode
        output = Path("." if in_place else self.build_lib) / build_kernels.LIBRARY
        objects = Path(self.build_temp) / "kernels"
        try:
            build_kernels.build_library(output, objects=objects)
        except build_kernels.BuildError as error:
            # One left from an earlier build would not match this source.
            output.unlink(missing_ok=True)
            print(LOST.format(error=error), file=sys.stderr)

    def get_outputs(self) -> list[str]:
        """The library, where the build made it."""
        library = Path(self.build_lib) / build_kernels.LIBRARY
        return [str(library)] if library.exists() else []

    def get_output_mapping(self) -> dict[str, str]:
        """Nothing: an editable install finds the library in the source tree."""
        return {}


class AnyPythonWheel(bdist_wheel):
    """Tags the wheel by platform alone: the library has no Python in it."""

    def get_tag(self) -> tuple[str, str, str]:
        """``py3-none-<platform>``."""
        return ("py3", "none", super().get_tag()[2])


setup(
    # A name makes the wheel a platform wheel; the sources are listed elsewhere.
    ext_modules=[Extension("edge_tts._native.libedge_kernels", sources=[])],
    cmdclass={"build_ext": BuildKernels, "bdist_wheel": AnyPythonWheel},
)
