/*
 * Loops that do nothing but read, or nothing but multiply: what this CPU can do at most.
 * A reader returns a checksum of `nbytes` (a multiple of 512), read `repeats` times; a
 * peak returns the operations done (two per multiply-add). Python takes the time.
 */
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define AVX2 __attribute__((target("avx2,fma"), noinline))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"), noinline))

AVX2 uint64_t read_ymm(const char *bytes, size_t nbytes, uint64_t repeats) {
    __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
    for (uint64_t round = 0; round < repeats; round++) {
        __asm__ volatile("" ::: "memory");
        for (const char *p = bytes; p < bytes + nbytes; p += 256) {
            a = _mm256_xor_si256(a, _mm256_load_si256((const __m256i *)p));
            b = _mm256_xor_si256(b, _mm256_load_si256((const __m256i *)(p + 32)));
            c = _mm256_xor_si256(c, _mm256_load_si256((const __m256i *)(p + 64)));
            d = _mm256_xor_si256(d, _mm256_load_si256((const __m256i *)(p + 96)));
            e = _mm256_xor_si256(e, _mm256_load_si256((const __m256i *)(p + 128)));
            f = _mm256_xor_si256(f, _mm256_load_si256((const __m256i *)(p + 160)));
            g = _mm256_xor_si256(g, _mm256_load_si256((const __m256i *)(p + 192)));
            h = _mm256_xor_si256(h, _mm256_load_si256((const __m256i *)(p + 224)));
        }
    }
    a = _mm256_xor_si256(_mm256_xor_si256(a, b), _mm256_xor_si256(c, d));
    e = _mm256_xor_si256(_mm256_xor_si256(e, f), _mm256_xor_si256(g, h));
    return (uint64_t)_mm256_extract_epi64(_mm256_xor_si256(a, e), 0);
}

AVX512 uint64_t read_zmm(const char *bytes, size_t nbytes, uint64_t repeats) {
    __m512i a = _mm512_setzero_si512(), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
    for (uint64_t round = 0; round < repeats; round++) {
        __asm__ volatile("" ::: "memory");
        for (const char *p = bytes; p < bytes + nbytes; p += 512) {
            a = _mm512_xor_si512(a, _mm512_load_si512(p));
            b = _mm512_xor_si512(b, _mm512_load_si512(p + 64));
            c = _mm512_xor_si512(c, _mm512_load_si512(p + 128));
            d = _mm512_xor_si512(d, _mm512_load_si512(p + 192));
            e = _mm512_xor_si512(e, _mm512_load_si512(p + 256));
            f = _mm512_xor_si512(f, _mm512_load_si512(p + 320));
            g = _mm512_xor_si512(g, _mm512_load_si512(p + 384));
            h = _mm512_xor_si512(h, _mm512_load_si512(p + 448));
        }
    }
    a = _mm512_xor_si512(_mm512_xor_si512(a, b), _mm512_xor_si512(c, d));
    e = _mm512_xor_si512(_mm512_xor_si512(e, f), _mm512_xor_si512(g, h));
    return (uint64_t)_mm512_reduce_add_epi64(_mm512_xor_si512(a, e));
}

/* One instruction for each of 12 accumulators: enough to hide a latency of 6 cycles. */
#define TWELVE(one) \
    one(0) one(1) one(2) one(3) one(4) one(5) one(6) one(7) one(8) one(9) one(10) one(11)
#define YMM_USED                                                                       \
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",    \
        "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"
#define PEAK(target, name, one, operations)              \
    target uint64_t name(uint64_t iterations) {          \
        __asm__ volatile("vzeroall" ::: YMM_USED);       \
        for (uint64_t i = 0; i < iterations; i++) {      \
            __asm__ volatile(TWELVE(one)::: YMM_USED);   \
        }                                                \
        __asm__ volatile("vzeroupper" ::: YMM_USED);     \
        return iterations * 12 * (operations);           \
    }

#define VNNI_ZMM(n) "vpdpbusd %%zmm14, %%zmm15, %%zmm" #n "\n\t"
#define VNNI_YMM(n) "%{evex%} vpdpbusd %%ymm14, %%ymm15, %%ymm" #n "\n\t"
#define VNNI_VEX(n) "%{vex%} vpdpbusd %%ymm14, %%ymm15, %%ymm" #n "\n\t"
#define FMA_YMM(n) "vfmadd231ps %%ymm14, %%ymm15, %%ymm" #n "\n\t"
#define FMA_ZMM(n) "vfmadd231ps %%zmm14, %%zmm15, %%zmm" #n "\n\t"
/* Pair sums in int16, which saturate for large operands. */
#define PAIRS_YMM(n)                          \
    "vpmaddubsw %%ymm15, %%ymm14, %%ymm12\n\t" \
    "vpmaddwd %%ymm13, %%ymm12, %%ymm12\n\t"   \
    "vpaddd %%ymm12, %%ymm" #n ", %%ymm" #n "\n\t"
/* The same, exact: |a| times the weight with its sign turned where a is negative. */
#define EXACT_YMM(n)                          \
    "vpxor %%ymm14, %%ymm15, %%ymm12\n\t"      \
    "vpmaddubsw %%ymm12, %%ymm14, %%ymm12\n\t" \
    "vpmaddwd %%ymm13, %%ymm12, %%ymm12\n\t"   \
    "vpsubd %%ymm12, %%ymm" #n ", %%ymm" #n "\n\t"
#define EXACT_ZMM(n)                           \
    "vpxord %%zmm14, %%zmm15, %%zmm12\n\t"     \
    "vpmaddubsw %%zmm12, %%zmm14, %%zmm12\n\t" \
    "vpmaddwd %%zmm13, %%zmm12, %%zmm12\n\t"   \
    "vpsubd %%zmm12, %%zmm" #n ", %%zmm" #n "\n\t"

PEAK(AVX512, int8_vnni_zmm, VNNI_ZMM, 128)
PEAK(AVX512, int8_vnni_ymm, VNNI_YMM, 64)
PEAK(AVX2, int8_vnni_vex, VNNI_VEX, 64)
PEAK(AVX2, int8_pairs_ymm, PAIRS_YMM, 64)
PEAK(AVX2, int8_exact_ymm, EXACT_YMM, 64)
PEAK(AVX512, int8_exact_zmm, EXACT_ZMM, 128)
PEAK(AVX2, fp32_ymm, FMA_YMM, 16)
PEAK(AVX512, fp32_zmm, FMA_ZMM, 32)
