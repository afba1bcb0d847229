/*
 * One frame of source-filter synthesis; see source_filter.h. Plain loops that every ISA
 * compiles with its own flags: the generic file is the definition, the others are it again.
 */
#include <assert.h>
#include <math.h>

#include "declare.h"
#include "source_filter_f32/fft.h"

enum { SEGMENT = ET_SF_FRAME / ET_SF_GAINS, BINS = ET_SF_BINS };

/* Samples that a frame adds: from the last frame's centre to its own. */
typedef struct curves {
    float f0[ET_SF_FRAME];
    float gate[ET_SF_FRAME];
    float cosine[ET_SF_FRAME]; /* direction of the noise pulse */
    float sine[ET_SF_FRAME];
    float gain[ET_SF_FRAME];
} curves;

static void activate(const et_kernel_table *table, int32_t activation, int32_t count,
                     const float *x, float *out) {
    table->activate_f32(1, count, activation, 0.0f, &x, &out);
}

/* The pulse has unit length, the gains are linear from here on. */
static void read_excitation(const et_kernel_table *table, const float *excitation,
                            float *direction, float *gains) {
    float c = excitation[0], s = excitation[1];
    float length = sqrtf(c * c + s * s + 1e-4f);
    direction[0] = c / length;
    direction[1] = s / length;
    activate(table, ET_ACTIVATION_EXP, ET_SF_GAINS, excitation + 2, gains);
}

static void interpolate(et_source_filter *state, const et_source_frame *frame,
                        const float *direction, const float *gains, curves *out) {
    float f0 = state->num_frames ? state->f0 : frame->f0;
    float gate = state->num_frames ? state->gate : frame->gate;
    float f0_step = frame->f0 - f0, gate_step = frame->gate - gate;
    for (int32_t i = 0; i < ET_SF_FRAME; i++) {
        float ramp = ((float)i + 0.5f) / ET_SF_FRAME;
        out->f0[i] = f0 + f0_step * ramp;
        out->gate[i] = gate + gate_step * ramp;
    }
    /* The first half still belongs to the frame before. */
    for (int32_t i = 0; i < ET_SF_FRAME; i++) {
        int32_t old = i < ET_SF_FRAME / 2;
        int32_t segment = (i + ET_SF_FRAME / 2) % ET_SF_FRAME / SEGMENT;
        out->cosine[i] = old ? state->direction[0] : direction[0];
        out->sine[i] = old ? state->direction[1] : direction[1];
        out->gain[i] = old ? state->gains[segment] : gains[segment];
    }
}

static inline float noise_at(uint32_t x) {
    x ^= x >> 16; /* lowbias32 (C. Wellons, hash-prospector) */
    x *= UINT32_C(0x21F0AAAD);
    x ^= x >> 15;
    x *= UINT32_C(0xD35A2D97);
    x ^= x >> 15;
    return (float)(int32_t)x * (float)(1.7320508075688772 / 2147483648.0);
}

/* Samples first .. last of the frame to the end of the sources' buffers. */
static void excite(const et_kernel_table *table, et_source_filter *state,
                   const curves *in, int32_t first, int32_t last) {
    enum { END = ET_SF_BUFFER - ET_SF_FRAME };
    float phase[ET_SF_FRAME], sine[ET_SF_FRAME], cosine_[ET_SF_FRAME];
    float half[ET_SF_FRAME], upper[ET_SF_FRAME], harmonics[ET_SF_FRAME];
    float *harmonic = state->sources[0] + END, *noise = state->sources[1] + END;
    float *pulse = state->sources[2] + END;
    uint32_t turns = state->phase;
    int32_t count = last - first;
    for (int32_t i = first; i < last; i++) {
        turns += (uint32_t)(int64_t)((double)in->f0[i] * state->turn + 0.5);
        phase[i] = (float)(int32_t)turns * (float)(6.283185307179586 / 4294967296.0);
    }
    state->phase = turns;
    for (int32_t i = first; i < last; i++) {
        harmonics[i] = (float)(int32_t)(state->max_harmonic / in->f0[i]);
        half[i] = phase[i] * 0.5f;
        upper[i] = (harmonics[i] + 0.5f) * phase[i];
    }
    activate(table, ET_ACTIVATION_SIN, count, phase + first, sine + first);
    activate(table, ET_ACTIVATION_COS, count, phase + first, cosine_ + first);
    activate(table, ET_ACTIVATION_SIN, count, half + first, half + first);
    activate(table, ET_ACTIVATION_SIN, count, upper + first, upper + first);
    for (int32_t i = first; i < last; i++) {
        /* Sum of cos(k phase), k = 1 .. harmonics, in closed form. */
        int32_t near = half[i] > -1e-3f && half[i] < 1e-3f;
        float divisor = near ? 1.0f : half[i] * 2.0f;
        float sum = near ? harmonics[i] : upper[i] / divisor - 0.5f;
        harmonic[i] = sum * sqrtf(2.0f / harmonics[i]) * in->gate[i];
        noise[i] = noise_at(state->noise + (uint32_t)(i - first)) * in->gain[i];
        float place = cosine_[i] * in->cosine[i] + sine[i] * in->sine[i];
        place = 0.5f + 0.5f * place;
        pulse[i] = noise[i] * (place * place / 0.5229f) * in->gate[i];
    }
    state->noise += (uint32_t)count;
}

/* Makes room for a frame's samples at the end of the buffers and adds them. */
static void advance_sources(const et_kernel_table *table, et_source_filter *state,
                            const et_source_frame *frame) {
    enum { KEPT = ET_SF_BUFFER - ET_SF_FRAME };
    for (int32_t s = 0; s < ET_SF_SOURCES; s++) {
        float *source = state->sources[s];
        memmove(source, source + ET_SF_FRAME, KEPT * sizeof *source);
        memset(source + KEPT, 0, ET_SF_FRAME * sizeof *source);
    }
    curves in;
    float direction[2] = {0.0f, 0.0f}, gains[ET_SF_GAINS] = {0.0f};
    if (frame != NULL) {
        read_excitation(table, frame->excitation, direction, gains);
        interpolate(state, frame, direction, gains, &in);
        /* Before the first frame's centre only half a frame of signal exists. */
        excite(table, state, &in, state->num_frames ? 0 : ET_SF_FRAME / 2, ET_SF_FRAME);
        state->f0 = frame->f0;
        state->gate = frame->gate;
    } else if (state->f0 > 0.0f) {
        et_source_frame held = {.f0 = state->f0, .gate = state->gate};
        interpolate(state, &held, direction, gains, &in);
        excite(table, state, &in, 0, ET_SF_FRAME / 2);
        state->f0 = 0.0f; /* the end: silence follows */
    }
    memcpy(state->direction, direction, sizeof direction);
    memcpy(state->gains, gains, sizeof gains);
}

static void read_filters(const et_kernel_table *table, const et_source_frame *frame,
                         et_subframe_filter *filters) {
    for (int32_t s = 0; s < 2; s++) {
        et_subframe_filter *f = &filters[s];
        const int32_t at = s * BINS;
        float magnitude[BINS];
        activate(table, ET_ACTIVATION_EXP, BINS, frame->log_harmonic + at, magnitude);
        activate(table, ET_ACTIVATION_COS, BINS, frame->phase + at, f->real);
        activate(table, ET_ACTIVATION_SIN, BINS, frame->phase + at, f->imaginary);
        activate(table, ET_ACTIVATION_EXP, BINS, frame->log_noise + at, f->noise);
        activate(table, ET_ACTIVATION_EXP, BINS, frame->log_pulse + at, f->pulse);
        for (int32_t k = 0; k < BINS; k++) {
            f->real[k] *= magnitude[k];
            f->imaginary[k] *= magnitude[k];
        }
    }
}

/* Spectra of two windows of real samples: the halves of one complex transform. */
typedef struct window_pair {
    float real[2][BINS];
    float imaginary[2][BINS];
} window_pair;

static void analyse(const float *samples, spectrum *x, spectrum *scratch,
                    window_pair *out) {
    for (int32_t n = 0; n < ET_SF_FFT; n++) {
        float hann = 0.5f - 0.5f * cosine[n];
        x->real[n] = samples[n] * hann;
        x->imaginary[n] = samples[n + ET_SF_HOP] * hann;
    }
    fft512(x, scratch);
    for (int32_t k = 0; k < BINS; k++) {
        int32_t m = (ET_SF_FFT - k) & (ET_SF_FFT - 1);
        float ar = x->real[k], ai = x->imaginary[k];
        float br = x->real[m], bi = x->imaginary[m];
        out->real[0][k] = (ar + br) * 0.5f;
        out->imaginary[0][k] = (ai - bi) * 0.5f;
        out->real[1][k] = (ai + bi) * 0.5f;
        out->imaginary[1][k] = (br - ar) * 0.5f;
    }
}

static void filter_harmonics(const window_pair *in, const et_subframe_filter *filters,
                             window_pair *sum) {
    for (int32_t s = 0; s < 2; s++) {
        const float *fr = filters[s].real, *fi = filters[s].imaginary;
        for (int32_t k = 0; k < BINS; k++) {
            float xr = in->real[s][k], xi = in->imaginary[s][k];
            sum->real[s][k] = xr * fr[k] - xi * fi[k];
            sum->imaginary[s][k] = xr * fi[k] + xi * fr[k];
        }
    }
}

static void filter_noise(const window_pair *in, const float *first, const float *second,
                         window_pair *sum) {
    for (int32_t k = 0; k < BINS; k++) {
        sum->real[0][k] += in->real[0][k] * first[k];
        sum->imaginary[0][k] += in->imaginary[0][k] * first[k];
        sum->real[1][k] += in->real[1][k] * second[k];
        sum->imaginary[1][k] += in->imaginary[1][k] * second[k];
    }
}

/* Two real windows from one inverse transform, added to the overlap. */
static void synthesise(const window_pair *sum, spectrum *x, spectrum *scratch,
                       float *overlap) {
    /* Real and imaginary part change places: the forward transform then inverts. */
    for (int32_t k = 0; k < BINS; k++) {
        int32_t edge = k == 0 || k == BINS - 1;
        int32_t m = (ET_SF_FFT - k) & (ET_SF_FFT - 1);
        float ai = edge ? 0.0f : sum->imaginary[0][k];
        float bi = edge ? 0.0f : sum->imaginary[1][k];
        x->imaginary[k] = sum->real[0][k] - bi;
        x->real[k] = ai + sum->real[1][k];
        x->imaginary[m] = sum->real[0][k] + bi;
        x->real[m] = sum->real[1][k] - ai;
    }
    fft512(x, scratch);
    for (int32_t n = 0; n < ET_SF_FFT; n++) {
        /* Hann squared at a hop of a quarter window sums to 1.5. */
        float hann = (0.5f - 0.5f * cosine[n]) / (1.5f * ET_SF_FFT);
        x->real[n] *= hann;
        x->imaginary[n] *= hann;
    }
    for (int32_t n = 0; n < ET_SF_FFT; n++) {
        overlap[n] += x->imaginary[n];
    }
    for (int32_t n = 0; n < ET_SF_FFT; n++) {
        overlap[n + ET_SF_HOP] += x->real[n];
    }
}

/* frame NULL: the signal is over. Writes the 256 samples that are complete. */
void ET_NAME(source_filter_f32)(const et_kernel_table *table, et_source_filter *state,
                                const et_source_frame *frame, float *out) {
    advance_sources(table, state, frame);
    spectrum x, scratch;
    window_pair part, sum;
    const et_subframe_filter *filters = state->filters;
    analyse(state->sources[0], &x, &scratch, &part);
    filter_harmonics(&part, filters, &sum);
    analyse(state->sources[1], &x, &scratch, &part);
    filter_noise(&part, filters[0].noise, filters[1].noise, &sum);
    analyse(state->sources[2], &x, &scratch, &part);
    filter_noise(&part, filters[0].pulse, filters[1].pulse, &sum);
    synthesise(&sum, &x, &scratch, state->overlap);

    enum { KEPT = ET_SF_FFT + ET_SF_HOP - ET_SF_FRAME };
    memcpy(out, state->overlap, ET_SF_FRAME * sizeof *out);
    memmove(state->overlap, state->overlap + ET_SF_FRAME, KEPT * sizeof *out);
    memset(state->overlap + KEPT, 0, ET_SF_FRAME * sizeof *out);

    state->filters[0] = state->filters[2];
    if (frame != NULL) {
        read_filters(table, frame, state->filters + 1);
    } else {
        memset(state->filters + 1, 0, 2 * sizeof *state->filters);
    }
}
