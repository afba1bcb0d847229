/*
 * Source-filter synthesis in the STFT domain, frame by frame; the signal processing behind
 * the network of family edge1.
 *
 * Per frame of 256 samples a network gives a complex filter for harmonics at F0 and the
 * magnitudes of two noises (steady, and pulsed with the pitch), for two subframes of 128
 * samples: transforms of 512 samples, Hann window before and after, overlap-add.
 * The NumPy twin is edge_tts/engine/{excitation,spectral_filter}.py.
 *
 * Numerics as in edge_kernels.h: the same bits on every ISA and for every chunking. Phase
 * is a 32-bit fraction of a turn, noise a hash of the sample's index, and all else is
 * elementwise arithmetic without fused products, so that the compiler may vectorise it.
 */
#ifndef EDGE_SOURCE_FILTER_H
#define EDGE_SOURCE_FILTER_H

#include <stddef.h>
#include <stdint.h>

#define ET_SF_FFT 512
#define ET_SF_HOP 128
#define ET_SF_FRAME 256
#define ET_SF_BINS (ET_SF_FFT / 2 + 1)
#define ET_SF_GAINS 8 /* noise gains per frame */
#define ET_SF_EXCITATION (2 + ET_SF_GAINS)
#define ET_SF_SOURCES 3 /* harmonics, noise, pulsed noise */
/* Two windows, 128 samples apart, and what the newest frame adds behind them. */
#define ET_SF_BUFFER (ET_SF_FFT + ET_SF_HOP + 64)

/* Filter of one subframe; real and imaginary part for the harmonics. */
typedef struct et_subframe_filter {
    float real[ET_SF_BINS];
    float imaginary[ET_SF_BINS];
    float noise[ET_SF_BINS];
    float pulse[ET_SF_BINS];
} et_subframe_filter;

/* One utterance. Zeroed memory is silence before it; et_source_filter_reset starts it. */
typedef struct et_source_filter {
    float sources[ET_SF_SOURCES][ET_SF_BUFFER];
    float overlap[ET_SF_FFT + ET_SF_HOP]; /* sums of windows not yet complete */
    et_subframe_filter filters[3];        /* older frame's second, newer frame's both */
    float f0;                             /* at the last frame's centre, Hz */
    float gate;
    float direction[2];
    float gains[ET_SF_GAINS];
    double turn;        /* 2^32 / sample rate */
    float max_harmonic; /* Hz */
    uint32_t phase;     /* of the last sample, 2^32 is a turn */
    uint32_t noise;     /* index of the next sample, and the seed */
    int32_t num_frames;
} et_source_filter;

/* What the network says of one frame. */
typedef struct et_source_frame {
    float f0;   /* Hz, continuous through unvoiced frames, > 0 */
    float gate; /* 1 voiced, 0 not */
    const float *log_harmonic; /* (2 * ET_SF_BINS,), natural log, each of these four */
    const float *phase;        /* radians */
    const float *log_noise;
    const float *log_pulse;
    const float *excitation; /* pulse direction of any length (2,), log gains (8,) */
} et_source_frame;

size_t et_source_filter_nbytes(void);
void et_source_filter_reset(et_source_filter *state, uint32_t seed, int32_t sample_rate);

#endif
