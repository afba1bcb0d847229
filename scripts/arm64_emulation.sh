#!/usr/bin/env bash
# Runs edge_tts as arm64 code on an x86-64 Debian, by user-mode emulation.
#
# usage: scripts/arm64_emulation.sh [FOLDER]
#
# FOLDER (default .arm64) keeps downloads between runs. It needs neither a chroot nor
# changes to the system: qemu is told to look for the guest's files below FOLDER/root.
# PYTHON names the host's interpreter with edge_tts installed, for the comparison.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${1:-.arm64}
python=$(command -v "${PYTHON:-python3}")
python=$(cd "$(dirname "$python")" && pwd)/$(basename "$python")
text="The lighthouse keeper counted eleven ships before the fog came in."
packages=(numpy onnxruntime soundfile sounddevice psutil py-cpuinfo pytest pytest-timeout hypothesis)

mkdir -p "$folder"
folder=$(realpath "$folder")
root=$folder/root

for tool in qemu-aarch64-static aarch64-linux-gnu-gcc; do
    if ! command -v "$tool" > /dev/null; then
        echo "needs: apt-get install qemu-user-static gcc-aarch64-linux-gnu libc6-dev-arm64-cross" >&2
        exit 1
    fi
done

# Downloads arm64 Python with all it depends on, into an apt that is not the system's.
fetch_python() {
    [ -e "$root/.complete" ] && return
    local state=$folder/apt
    rm -rf "$root" "$state"
    mkdir -p "$root" "$state"/{lists/partial,archives/partial}
    : > "$state/status"
    local options=(-qq -o APT::Architecture=arm64 -o APT::Architectures::=arm64
        -o Dir::State::Lists="$state/lists" -o Dir::State::Status="$state/status"
        -o Dir::Cache="$state" -o Dir::Cache::Archives="$state/archives"
        -o Debug::NoLocking=1 -o APT::Sandbox::User=)
    apt-get "${options[@]}" update
    apt-get "${options[@]}" -y --no-install-recommends --download-only install \
        python3-minimal libpython3-stdlib libgomp1 libstdc++6
    for deb in "$state"/archives/*.deb; do
        dpkg-deb -x "$deb" "$root"
    done
    rm -rf "$state"
    touch "$root/.complete"
}

# Installs the arm64 wheels; the host's pip can do that for another platform.
fetch_wheels() {
    local wanted="$version ${packages[*]}"
    [ "$(cat "$folder/site/.complete" 2> /dev/null)" = "$wanted" ] && return
    rm -rf "$folder/site"
    local platforms=()
    for glibc in 35 34 31 28 27 17; do
        platforms+=(--platform "manylinux_2_${glibc}_aarch64")
    done
    "$python" -m pip install --quiet --disable-pip-version-check \
        --target "$folder/site" --only-binary=:all: --implementation cp \
        --python-version "$version" "${platforms[@]}" \
        --platform manylinux2014_aarch64 "${packages[@]}"
    echo "$wanted" > "$folder/site/.complete"
}

# onnxruntime reads /proc/cpuinfo at import and dies of an x86 one, so each emulated
# core gets the text a real one would show.
write_cpuinfo() {
    local part=$1 features=$2 cpu
    mkdir -p "$root/proc"
    for cpu in 0 1; do
        printf 'processor\t: %d\nFeatures\t: %s\nCPU implementer\t: 0x41\n' "$cpu" "$features"
        printf 'CPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: %s\n\n' "$part"
    done > "$root/proc/cpuinfo"
}

emulated() {
    local cpu=$1
    shift
    PYTHONPATH=$folder/tree:$folder/site OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1 \
        qemu-aarch64-static -cpu "$cpu" -L "$root" "$root/usr/bin/python$version" "$@"
}

fetch_python
version=$(cd "$root/usr/bin" && ls python3.[0-9]* | sed -n 's/^python\(3\.[0-9]*\)$/\1/p')
fetch_wheels

rm -rf "$folder/tree"
mkdir "$folder/tree"
cp -r edge_tts kernels scripts tests setup.cfg "$folder/tree/"
CC=aarch64-linux-gnu-gcc python3 scripts/build_kernels.py --objects "$folder/objects" \
    --output "$folder/tree/edge_tts/_native/libedge_kernels.so"

base="fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid"
dotprod="$base atomics fphp asimdhp asimdrdm lrcpc dcpop asimddp ssbs"
cores=(
    "cortex-a72 0xd08 neon $base"
    "cortex-a76 0xd0b neon_dotprod $dotprod"
    "max,sve=off,pauth=off 0xd40 neon_i8mm $dotprod i8mm bf16"
)
backends=(native ort)
for backend in "${backends[@]}"; do
    "$python" -m edge_tts say "$text" --backend "$backend" -o "$folder/x86_64.$backend.wav"
done
cd "$folder/tree"
for core in "${cores[@]}"; do
    read -r cpu part isa features <<< "$core"
    write_cpuinfo "$part" "$features"
    echo "== $cpu: expecting $isa"
    emulated "$cpu" scripts/arm64_check.py "$isa"
    # The longest part keeps one processor busy, the rest another one.
    if compgen -G "tests/kernels/test_*.py" > /dev/null; then
        # The slow ones start compilers and emulators themselves.
        emulated "$cpu" -m pytest -q -p no:cacheprovider -o timeout=0 -m "not slow" \
            tests/kernels > "$folder/$isa.tests.log" 2>&1 &
    else
        echo "no kernel tests here" > "$folder/$isa.tests.log" &
    fi
    tests=$!
    emulated "$cpu" scripts/speech_hashes.py
    for backend in "${backends[@]}"; do
        emulated "$cpu" -m edge_tts say "$text" --backend "$backend" \
            -o "$folder/$isa.$backend.wav"
        echo "$backend on $isa against x86-64:"
        if [ "$backend" = native ]; then
            # One signal on every CPU; graph runtimes promise less.
            cmp "$folder/x86_64.native.wav" "$folder/$isa.native.wav"
            continue
        fi
        "$python" scripts/compare_speech.py --limit 0.01 \
            "$folder/x86_64.$backend.wav" "$folder/$isa.$backend.wav"
    done
    wait "$tests" || { cat "$folder/$isa.tests.log"; exit 1; }
    tail -n 1 "$folder/$isa.tests.log"
done
