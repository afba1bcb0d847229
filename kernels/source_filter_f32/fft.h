/*
 * Complex transform of 512 points, real and imaginary parts apart, as 16 x 32: transforms
 * of 32 points for 16 columns at once, twiddles, then of 16 points for 32 columns at once.
 * All inner loops run over whole rows, which the compiler turns into vectors.
 *
 * Stockham's autosort order (W. T. Cochran et al., What is the fast Fourier transform?,
 * IEEE Trans. Audio Electroacoustics 15(2), 1967), radix 2.
 */
#ifndef ET_SOURCE_FILTER_FFT_H
#define ET_SOURCE_FILTER_FFT_H

#include <string.h>

#include "source_filter.h"
#include "source_filter_f32/cosine_table.h"

typedef struct spectrum {
    float real[ET_SF_FFT];
    float imaginary[ET_SF_FFT];
} spectrum;

/* exp(-2 pi i k / 512) */
static inline float twiddle_real(int32_t k) { return cosine[k & 511]; }
static inline float twiddle_imaginary(int32_t k) { return cosine[(k + 128) & 511]; }

/* One pass of radix 2 over rows of `width` columns: length points left, stride rows done. */
static inline void pass(const spectrum *restrict in, spectrum *restrict out,
                        int32_t length, int32_t stride, int32_t width) {
    int32_t half = length / 2;
    int32_t run = stride * width;
    for (int32_t p = 0; p < half; p++) {
        float wr = twiddle_real(p * (ET_SF_FFT / length));
        float wi = twiddle_imaginary(p * (ET_SF_FFT / length));
        const float *ar = in->real + p * run, *ai = in->imaginary + p * run;
        const float *br = ar + half * run, *bi = ai + half * run;
        float *sr = out->real + 2 * p * run, *si = out->imaginary + 2 * p * run;
        float *dr = sr + run, *di = si + run;
        for (int32_t q = 0; q < run; q++) {
            float xr = ar[q] - br[q], xi = ai[q] - bi[q];
            sr[q] = ar[q] + br[q];
            si[q] = ai[q] + bi[q];
            dr[q] = xr * wr - xi * wi;
            di[q] = xr * wi + xi * wr;
        }
    }
}

/* In place; `other` is scratch. */
static void fft512(spectrum *x, spectrum *other) {
    pass(x, other, 32, 1, 16);
    pass(other, x, 16, 2, 16);
    pass(x, other, 8, 4, 16);
    pass(other, x, 4, 8, 16);
    pass(x, other, 2, 16, 16);
    for (int32_t k = 0; k < 32; k++) {
        for (int32_t q = 0; q < 16; q++) {
            float wr = twiddle_real(k * q), wi = twiddle_imaginary(k * q);
            float re = other->real[k * 16 + q], im = other->imaginary[k * 16 + q];
            x->real[q * 32 + k] = re * wr - im * wi;
            x->imaginary[q * 32 + k] = re * wi + im * wr;
        }
    }
    pass(x, other, 16, 1, 32);
    pass(other, x, 8, 2, 32);
    pass(x, other, 4, 4, 32);
    pass(other, x, 2, 8, 32);
}

#endif
