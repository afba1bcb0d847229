#include "cpu_features.h"

#include <string.h>

#if defined(__x86_64__) || defined(__i386__)

#include <cpuid.h>

enum {
    XCR0_YMM = 0x06,    /* SSE and AVX halves */
    XCR0_ZMM = 0xe6,    /* and opmask, upper ZMM halves, ZMM16-31 */
};

/* AVX registers exist for a process only where the kernel saves them at a context
 * switch; cpuid alone reports them even where it does not. */
static uint32_t enabled_registers(uint32_t leaf1_ecx)
{
    if (!(leaf1_ecx & bit_OSXSAVE)) {
        return 0;
    }
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static uint32_t has(uint32_t word, int position)
{
    return (word >> position) & 1u;
}

static void read_model_name(char model[64])
{
    uint32_t words[12];
    if (__get_cpuid_max(0x80000000u, NULL) < 0x80000004u) {
        return;
    }
    for (uint32_t part = 0; part < 3; part++) {
        uint32_t *w = words + 4 * part;
        __get_cpuid(0x80000002u + part, &w[0], &w[1], &w[2], &w[3]);
    }
    memcpy(model, words, sizeof words);
}

static void read_facts(et_cpu_features *out)
{
    uint32_t a, b, c, d;
    if (!__get_cpuid(0, &a, &b, &c, &d)) {
        return;
    }
    memcpy(out->vendor, &b, 4);
    memcpy(out->vendor + 4, &d, 4);
    memcpy(out->vendor + 8, &c, 4);
    read_model_name(out->model);

    __get_cpuid(1, &a, &b, &c, &d);
    uint32_t xcr0 = enabled_registers(c);
    uint32_t ymm = (xcr0 & XCR0_YMM) == XCR0_YMM;
    uint32_t zmm = (xcr0 & XCR0_ZMM) == XCR0_ZMM;
    out->avx = ymm && has(c, 28);
    out->fma = ymm && has(c, 12);
    out->f16c = ymm && has(c, 29);

    if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
        uint32_t subleaves = a;
        out->avx2 = ymm && has(b, 5);
        out->avx512f = zmm && has(b, 16);
        out->avx512dq = zmm && has(b, 17);
        out->avx512cd = zmm && has(b, 28);
        out->avx512bw = zmm && has(b, 30);
        out->avx512vl = zmm && has(b, 31);
        out->avx512_vnni = zmm && has(c, 11);
        if (subleaves >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) {
            out->avx_vnni = ymm && has(a, 4);
        }
    }
#ifdef ET_AVX_VNNI_AS_EVEX
    /* A test build: its avx_vnni sources are encoded for AVX-512. */
    out->avx_vnni = out->avx512_vnni && out->avx512vl;
#endif
}

#elif defined(__aarch64__) && defined(__linux__)

#include <sys/auxv.h>

/* From the kernel's ABI; spelled out because old headers lack the newer ones. */
enum {
    HWCAP_BIT_ASIMD = 1,
    HWCAP_BIT_ASIMDDP = 20,
    HWCAP_BIT_SVE = 22,
    HWCAP2_BIT_I8MM = 13,
};

static void read_facts(et_cpu_features *out)
{
    unsigned long hwcap = getauxval(AT_HWCAP);
    unsigned long hwcap2 = getauxval(AT_HWCAP2);
    out->neon = (hwcap >> HWCAP_BIT_ASIMD) & 1u;
    out->dotprod = (hwcap >> HWCAP_BIT_ASIMDDP) & 1u;
    out->sve = (hwcap >> HWCAP_BIT_SVE) & 1u;
    out->i8mm = (hwcap2 >> HWCAP2_BIT_I8MM) & 1u;
}

#else

static void read_facts(et_cpu_features *out)
{
#if defined(__aarch64__)
    out->neon = 1;    /* part of the architecture */
#else
    (void)out;
#endif
}

#endif

size_t et_cpu_features_read(et_cpu_features *out, size_t size)
{
    if (size != sizeof *out) {
        return sizeof *out;
    }
    memset(out, 0, sizeof *out);
    read_facts(out);
    return 0;
}

const char *et_built_isas(void)
{
    return "generic"
#ifdef ET_HAVE_NEON
           ",neon"
#endif
#ifdef ET_HAVE_NEON_DOTPROD
           ",neon_dotprod"
#endif
#ifdef ET_HAVE_NEON_I8MM
           ",neon_i8mm"
#endif
#ifdef ET_HAVE_AVX2
           ",avx2"
#endif
#ifdef ET_HAVE_AVX_VNNI
           ",avx_vnni"
#endif
#ifdef ET_HAVE_AVX512
           ",avx512"
#endif
#ifdef ET_HAVE_AVX512_VNNI
           ",avx512_vnni"
#endif
        ;
}
