/* The loops of probes_x86.c for arm64; see there. */
#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>

uint64_t read_neon(const char *bytes, size_t nbytes, uint64_t repeats) {
    uint8x16_t a = vdupq_n_u8(0), b = a, c = a, d = a;
    for (uint64_t round = 0; round < repeats; round++) {
        __asm__ volatile("" ::: "memory");
        for (const char *p = bytes; p < bytes + nbytes; p += 64) {
            a = veorq_u8(a, vld1q_u8((const uint8_t *)p));
            b = veorq_u8(b, vld1q_u8((const uint8_t *)p + 16));
            c = veorq_u8(c, vld1q_u8((const uint8_t *)p + 32));
            d = veorq_u8(d, vld1q_u8((const uint8_t *)p + 48));
        }
    }
    a = veorq_u8(veorq_u8(a, b), veorq_u8(c, d));
    return vgetq_lane_u64(vreinterpretq_u64_u8(a), 0);
}

#define TWELVE(one) \
    one(0) one(1) one(2) one(3) one(4) one(5) one(6) one(7) one(8) one(9) one(10) one(11)
#define USED                                                                          \
    "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12",  \
        "v13", "v14", "v15"
#define PEAK(name, extension, one, operations)                   \
    uint64_t name(uint64_t iterations) {                         \
        /* Zeros: sums that grow to infinity or shrink to denormals may be slower. */ \
        __asm__ volatile("movi v14.2d, #0\n\tmovi v15.2d, #0" ::: USED);           \
        for (uint64_t i = 0; i < iterations; i++) {              \
            __asm__ volatile(extension TWELVE(one)::: USED);     \
        }                                                        \
        return iterations * 12 * (operations);                   \
    }

/* Sixteen products in pairs of int16, as cores without dot products add them. */
#define PAIRS(n)                          \
    "smull v12.8h, v14.8b, v15.8b\n\t"    \
    "smlal v12.8h, v14.8b, v15.8b\n\t"    \
    "sadalp v" #n ".4s, v12.8h\n\t"
#define DOT(n) "sdot v" #n ".4s, v14.16b, v15.16b\n\t"
#define MATRIX(n) "smmla v" #n ".4s, v14.16b, v15.16b\n\t"
#define FMA(n) "fmla v" #n ".4s, v14.4s, v15.4s\n\t"

PEAK(int8_pairs_neon, "", PAIRS, 32)
PEAK(int8_sdot, ".arch armv8.2-a+dotprod\n\t", DOT, 32)
PEAK(int8_smmla, ".arch armv8.6-a+i8mm\n\t", MATRIX, 64)
PEAK(fp32_neon, "", FMA, 8)
