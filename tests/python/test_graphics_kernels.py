"""Every kernel for graphics cards compiles with NVIDIA's own compiler, for each generation of cards. It needs no card; what
the kernels compute is tested with `tests/software_gpu/` and, where there is one, on a card."""

import ctypes
import importlib.util
import pathlib

import pytest

KERNELS = pathlib.Path(__file__).resolve().parents[2] / "dl-core/src/backend/cuda/kernels"

# Turing, Ampere (of data centres, of desks), Ada, Hopper, Blackwell (of data centres, of desks).
GENERATIONS = [75, 80, 86, 89, 90, 100, 120]


def library():
    """NVRTC as the Python package nvidia-cuda-nvrtc brings it."""
    package = importlib.util.find_spec("nvidia")
    places = list(package.submodule_search_locations) if package else []
    found = [path for place in places for path in pathlib.Path(place).rglob("libnvrtc.so.1[0-9]")]
    if not found:
        pytest.skip("NVRTC is not there (pip install nvidia-cuda-nvrtc): the kernels are not compiled")
    return ctypes.CDLL(str(found[0]))


@pytest.fixture(scope="module")
def nvrtc():
    return library()


def supported(nvrtc):
    count = ctypes.c_int()
    assert nvrtc.nvrtcGetNumSupportedArchs(ctypes.byref(count)) == 0
    numbers = (ctypes.c_int * count.value)()
    assert nvrtc.nvrtcGetSupportedArchs(numbers) == 0
    return set(numbers)


def compiled(nvrtc, name, source, generation):
    """NVRTC's answer (0 is well) and all that it says."""
    program = ctypes.c_void_p()
    assert nvrtc.nvrtcCreateProgram(ctypes.byref(program), source.encode(), name.encode(), 0, None, None) == 0
    options = [f"--gpu-architecture=sm_{generation}".encode(), b"--std=c++17"]
    answer = nvrtc.nvrtcCompileProgram(program, len(options), (ctypes.c_char_p * len(options))(*options))
    size = ctypes.c_size_t()
    nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    nvrtc.nvrtcGetProgramLog(program, log)
    nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
    return answer, log.value.decode().strip()


def families():
    names = sorted(path.name for path in KERNELS.glob("*.cu"))
    assert len(names) >= 11
    return names


@pytest.mark.parametrize("family", families())
def test_kernels_compile_without_a_warning(nvrtc, family):
    # In front of each family stands the same text, as when a card is opened.
    source = (KERNELS / "basics.cuh").read_text() + "\n" + (KERNELS / family).read_text()
    generations = [number for number in GENERATIONS if number in supported(nvrtc)]
    assert len(generations) >= 5
    for generation in generations:
        assert compiled(nvrtc, family, source, generation) == (0, ""), f"{family} for sm_{generation}"


def test_a_mistake_is_seen(nvrtc):
    answer, log = compiled(nvrtc, "wrong.cu", 'extern "C" __global__ void wrong(float *x) { x[0] = missing; }', 80)
    assert answer != 0 and "missing" in log
