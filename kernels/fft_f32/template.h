/*
 * Real inverse transform of a power of two of samples, through a complex one of half as
 * many. All arithmetic is elementwise and unfused, so that every instruction set gives
 * the same bits from this one source; the compiler makes vectors of the inner loops.
 *
 * Stockham's autosort order (W. T. Cochran et al., What is the fast Fourier transform?,
 * IEEE Trans. Audio Electroacoustics 15(2), 1967), radix 2, as rows times columns: first
 * over the rows for all columns at once, then twiddles, then over the columns.
 */
#include <assert.h>

#include "declare.h"

typedef struct points {
    float *real;
    float *imaginary;
} points;

/* exp(-2 pi i k / size), real parts first. */
typedef struct turns {
    const float *real;
    const float *imaginary;
    int32_t size;
} turns;

/* One pass of radix 2 over rows of `width` columns: length points left, stride done. */
static void radix_2(points in, points out, turns w, int32_t length, int32_t stride,
                    int32_t width) {
    const int32_t half = length / 2, run = stride * width;
    for (int32_t p = 0; p < half; p++) {
        const float wr = w.real[p * (w.size / length)];
        const float wi = w.imaginary[p * (w.size / length)];
        const float *restrict ar = in.real + p * run, *restrict ai = in.imaginary + p * run;
        const float *restrict br = ar + half * run, *restrict bi = ai + half * run;
        float *restrict sr = out.real + 2 * p * run, *restrict si = out.imaginary + 2 * p * run;
        float *restrict dr = sr + run, *restrict di = si + run;
        for (int32_t q = 0; q < run; q++) {
            const float xr = ar[q] - br[q], xi = ai[q] - bi[q];
            sr[q] = ar[q] + br[q];
            si[q] = ai[q] + bi[q];
            dr[q] = xr * wr - xi * wi;
            di[q] = xr * wi + xi * wr;
        }
    }
}

/* All passes over `length` points of `width` columns; the result is in *x. */
static void transform(points *x, points *other, turns w, int32_t length, int32_t width) {
    for (int32_t stride = 1; stride < length; stride *= 2) {
        radix_2(*x, *other, w, length / stride, stride, width);
        const points swap = *x;
        *x = *other;
        *other = swap;
    }
}

/* exp(-2 pi i k / size) sums over size = rows * columns points; the result is in *x. */
static void forward(points *x, points *other, turns w, int32_t size) {
    int32_t columns = 1;
    while (columns * columns * 4 <= size) {
        columns *= 2;
    }
    const int32_t rows = size / columns;
    transform(x, other, w, rows, columns);
    for (int32_t k = 0; k < rows; k++) {
        for (int32_t q = 0; q < columns; q++) {
            const int32_t turn = (int32_t)((int64_t)k * q % size) * (w.size / size);
            const float re = x->real[k * columns + q], im = x->imaginary[k * columns + q];
            other->real[q * rows + k] = re * w.real[turn] - im * w.imaginary[turn];
            other->imaginary[q * rows + k] = re * w.imaginary[turn] + im * w.real[turn];
        }
    }
    const points swap = *x;
    *x = *other;
    *other = swap;
    transform(x, other, w, columns, rows);
}

/* The spectrum of a real signal as that of half as many complex points, whose real parts
 * are its even samples. Real and imaginary part change places: forward() then inverts. */
static void fold_spectrum(const float *x, points z, turns w, int32_t half) {
    const float *re = x, *im = x + half + 1;
    z.imaginary[0] = re[0] + re[half];
    z.real[0] = re[0] - re[half];
    for (int32_t k = 1; k < half; k++) {
        const float er = re[k] + re[half - k], ei = im[k] - im[half - k];
        const float dr = re[k] - re[half - k], di = im[k] + im[half - k];
        const float c = w.real[k], s = -w.imaginary[k];
        z.imaginary[k] = er - (c * di + s * dr);
        z.real[k] = ei + (c * dr - s * di);
    }
}

void ET_NAME(inverse_fft_f32)(int32_t num_rows, int32_t fft_size, const float *const *x,
                              const float *twiddles, const float *window, float *work,
                              float *const *out) {
    assert(fft_size >= 4 && (fft_size & (fft_size - 1)) == 0);
    const int32_t half = fft_size / 2;
    const turns w = {twiddles, twiddles + fft_size, fft_size};
    for (int32_t t = 0; t < num_rows; t++) {
        points z = {work, work + half}, other = {work + fft_size, work + fft_size + half};
        fold_spectrum(x[t], z, w, half);
        forward(&z, &other, w, half);
        for (int32_t j = 0; j < half; j++) {
            out[t][2 * j] = z.imaginary[j] * window[2 * j];
            out[t][2 * j + 1] = z.real[j] * window[2 * j + 1];
        }
    }
}
