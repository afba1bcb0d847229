/* Attention: the definition, one head of one row at a time. */
#include "simd/scalar.h"

static float key_of(const et_attention *attention, uint64_t row, int32_t channel) {
    const uint64_t slot = row & attention->row_mask;
    const uint64_t channels =
        (uint64_t)attention->num_kv_heads * (uint64_t)attention->head_dim;
    const uint64_t block = slot / ET_KEY_BLOCK;
    return attention
        ->keys[(block * channels + (uint64_t)channel) * ET_KEY_BLOCK + slot % ET_KEY_BLOCK];
}

static float value_of(const et_attention *attention, uint64_t row, int32_t channel) {
    return attention->values[(row & attention->row_mask) * (uint64_t)attention->value_stride +
                             (uint64_t)channel];
}

/* Shares of the rows in scores, and 1 / their sum. */
static float softmax(const et_attention *attention, uint64_t begin, uint64_t end,
                     const float *query, int32_t first_channel) {
    float *scores = attention->scores;
    float biggest = -INFINITY;
    for (uint64_t row = begin; row < end; row++) {
        float product = 0.0f;
        for (int32_t d = 0; d < attention->head_dim; d++) {
            product = fmaf(query[d], key_of(attention, row, first_channel + d), product);
        }
        scores[row - begin] = product * attention->scale;
        biggest = et_max(scores[row - begin], biggest);
    }
    float sums[ET_NUM_PARTIAL_SUMS] = {0}; /* the upper half stays zero */
    for (uint64_t row = begin; row < end; row++) {
        scores[row - begin] = et_exp(scores[row - begin] - biggest);
        sums[row % ET_KEY_BLOCK] += scores[row - begin];
    }
    return 1.0f / et_fold_sums(sums);
}

void et_attention_f32__generic(const et_attention *attention, int32_t num_rows,
                               const float *const *queries, float *const *out) {
    assert(num_rows >= 1 && attention->num_heads % attention->num_kv_heads == 0);
    const int32_t group = attention->num_heads / attention->num_kv_heads;
    const int32_t width = attention->head_dim;
    for (int32_t t = 0; t < num_rows; t++) {
        const uint64_t begin = et_first_key(attention, t);
        const uint64_t end = et_last_key(attention, t) + 1;
        for (int32_t head = 0; head < attention->num_heads; head++) {
            const int32_t first = head / group * width;
            float inverse = softmax(attention, begin, end, queries[t] + head * width, first);
            for (int32_t d = 0; d < width; d++) {
                float sum = 0.0f;
                for (uint64_t row = begin; row < end; row++) {
                    sum = fmaf(attention->scores[row - begin],
                               value_of(attention, row, first + d), sum);
                }
                out[t][head * width + d] = sum * inverse;
            }
        }
    }
}
