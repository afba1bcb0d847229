/*
 * Drives the source-filter kernel over chunks of frames for ctypes: all of a chunk in one
 * call. Knows the order of frames; the arithmetic is in source_filter_f32/.
 */
#include "source_filter.h"

#include <assert.h>
#include <string.h>

#include "edge_kernels.h"

/* Windows reach back 576 samples from the start of the frame that completes them, so the
 * first samples that come out lie before the signal. */
enum { FRAMES_OF_DELAY = 2, FIRST_SAMPLES = 2 * ET_SF_FRAME - 320, LAST_SAMPLES = 64 };

ET_EXPORT size_t et_source_filter_nbytes(void) { return sizeof(et_source_filter); }

ET_EXPORT void et_source_filter_reset(et_source_filter *state, uint32_t seed,
                                      int32_t sample_rate) {
    memset(state, 0, sizeof *state);
    state->turn = 4294967296.0 / sample_rate;
    state->max_harmonic = 0.495f * (float)sample_rate;
    state->noise = seed * UINT32_C(0x9E3779B9);
}

/* Copies what is complete after one more frame and returns how much that was. */
static int32_t emit(const et_source_filter *state, const float *samples, float *out) {
    if (state->num_frames <= FRAMES_OF_DELAY) {
        return 0;
    }
    int32_t count = ET_SF_FRAME;
    if (state->num_frames == FRAMES_OF_DELAY + 1) {
        count = FIRST_SAMPLES;
    }
    memcpy(out, samples + ET_SF_FRAME - count, (size_t)count * sizeof *out);
    return count;
}

/*
 * Takes num_frames frames: f0, gate (num_frames,); log_harmonic, phase, log_noise,
 * log_pulse (num_frames, 514); excitation (num_frames, 10), each row-major. Writes at most
 * num_frames * 256 samples and returns their number.
 */
ET_EXPORT int32_t et_source_filter_run(const et_kernel_table *table,
                                       et_source_filter *state, int32_t num_frames,
                                       const float *f0, const float *gate,
                                       const float *log_harmonic, const float *phase,
                                       const float *log_noise, const float *log_pulse,
                                       const float *excitation, float *out) {
    float samples[ET_SF_FRAME];
    int32_t written = 0;
    for (int32_t t = 0; t < num_frames; t++) {
        size_t row = (size_t)t * 2 * ET_SF_BINS;
        et_source_frame frame = {
            .f0 = f0[t],
            .gate = gate[t],
            .log_harmonic = log_harmonic + row,
            .phase = phase + row,
            .log_noise = log_noise + row,
            .log_pulse = log_pulse + row,
            .excitation = excitation + (size_t)t * ET_SF_EXCITATION,
        };
        table->source_filter_f32(table, state, &frame, samples);
        state->num_frames++;
        written += emit(state, samples, out + written);
    }
    return written;
}

/* The rest of the signal, at most 640 samples; the state must be reset afterwards. */
ET_EXPORT int32_t et_source_filter_finish(const et_kernel_table *table,
                                          et_source_filter *state, float *out) {
    float samples[ET_SF_FRAME];
    int32_t written = 0;
    if (state->num_frames == 0) {
        return 0;
    }
    for (int32_t i = 0; i < FRAMES_OF_DELAY; i++) {
        table->source_filter_f32(table, state, NULL, samples);
        state->num_frames++;
        written += emit(state, samples, out + written);
    }
    memcpy(out + written, state->overlap, LAST_SAMPLES * sizeof *out);
    return written + LAST_SAMPLES;
}
