/*
 * The dispatch tables, filled once when the library is loaded. The only file with
 * conditional code per ISA: the build defines ET_HAVE_<ISA> for each rung it compiled.
 * Which table runs is not decided here.
 */
#include <string.h>

#include "declare.h"

typedef enum rung {
    RUNG_generic = 1 << 0,
    RUNG_neon = 1 << 1,
    RUNG_neon_dotprod = 1 << 2,
    RUNG_neon_i8mm = 1 << 3,
    RUNG_avx2 = 1 << 4,
    RUNG_avx_vnni = 1 << 5,
    RUNG_avx512 = 1 << 6,
    RUNG_avx512_vnni = 1 << 7,
} rung;

/* ET_IF_<isa>(code) is the code where that rung was built, else nothing. */
#define ET_IF_generic(...) __VA_ARGS__
#ifdef ET_HAVE_NEON
#define ET_IF_neon(...) __VA_ARGS__
#else
#define ET_IF_neon(...)
#endif
#ifdef ET_HAVE_NEON_DOTPROD
#define ET_IF_neon_dotprod(...) __VA_ARGS__
#else
#define ET_IF_neon_dotprod(...)
#endif
#ifdef ET_HAVE_NEON_I8MM
#define ET_IF_neon_i8mm(...) __VA_ARGS__
#else
#define ET_IF_neon_i8mm(...)
#endif
#ifdef ET_HAVE_AVX2
#define ET_IF_avx2(...) __VA_ARGS__
#else
#define ET_IF_avx2(...)
#endif
#ifdef ET_HAVE_AVX_VNNI
#define ET_IF_avx_vnni(...) __VA_ARGS__
#else
#define ET_IF_avx_vnni(...)
#endif
#ifdef ET_HAVE_AVX512
#define ET_IF_avx512(...) __VA_ARGS__
#else
#define ET_IF_avx512(...)
#endif
#ifdef ET_HAVE_AVX512_VNNI
#define ET_IF_avx512_vnni(...) __VA_ARGS__
#else
#define ET_IF_avx512_vnni(...)
#endif

static const char *const variant_names[] = {
#define ET_KERNEL(op, dtype, isa) ET_IF_##isa(#op "_" #dtype "__" #isa, )
#include "kernels.inc"
#undef ET_KERNEL
};

/* Rungs whose kernels a table uses; later lines of kernels.inc win. */
typedef struct ladder {
    const char *isa;
    uint32_t rungs;
    int32_t qs8_panel_columns;
    int32_t qs8_inputs_group;
    int32_t qs8_offset;
    int32_t f32_panel_columns;
} ladder;

#define ET_LADDER(isa, rungs, ...) ET_IF_##isa({#isa, (rungs) | RUNG_##isa, __VA_ARGS__}, )

static const ladder ladders[] = {
    ET_LADDER(generic, 0, 32, 4, 0, 32)
    ET_LADDER(neon, RUNG_generic, 32, 4, 0, 32)
    ET_LADDER(neon_dotprod, RUNG_generic | RUNG_neon, 32, 4, 0, 32)
    ET_LADDER(neon_i8mm, RUNG_generic | RUNG_neon | RUNG_neon_dotprod, 32, 8, 0, 32)
    ET_LADDER(avx2, RUNG_generic, 32, 4, 0, 32)
    ET_LADDER(avx_vnni, RUNG_generic | RUNG_avx2, 32, 4, 128, 32)
    ET_LADDER(avx512, RUNG_generic | RUNG_avx2, 64, 4, 0, 64)
    ET_LADDER(avx512_vnni, RUNG_generic | RUNG_avx2 | RUNG_avx512, 64, 4, 128, 64)
};

enum { NUM_TABLES = sizeof ladders / sizeof ladders[0] };

static et_kernel_table tables[NUM_TABLES];

__attribute__((constructor)) static void fill_tables(void) {
    for (int32_t i = 0; i < NUM_TABLES; i++) {
        const ladder *from = &ladders[i];
        et_kernel_table *to = &tables[i];
        to->isa = from->isa;
        to->qs8_panel_columns = from->qs8_panel_columns;
        to->qs8_inputs_group = from->qs8_inputs_group;
        to->qs8_offset = from->qs8_offset;
        to->f32_panel_columns = from->f32_panel_columns;
#define ET_KERNEL(op, dtype, isa)                           \
    ET_IF_##isa(if (from->rungs & RUNG_##isa) {             \
        to->op##_##dtype = et_##op##_##dtype##__##isa;      \
    })
#include "kernels.inc"
#undef ET_KERNEL
    }
}

const et_kernel_table *et_kernel_table_of(const char *isa) {
    for (int32_t i = 0; i < NUM_TABLES; i++) {
        if (strcmp(tables[i].isa, isa) == 0) {
            return &tables[i];
        }
    }
    return NULL;
}

int32_t et_abi_version(void) { return ET_ABI_VERSION; }

const char *et_kernel_isa_name(int32_t index) {
    return index >= 0 && index < NUM_TABLES ? tables[index].isa : NULL;
}

const char *et_kernel_variant_name(int32_t index) {
    int32_t count = sizeof variant_names / sizeof variant_names[0];
    return index >= 0 && index < count ? variant_names[index] : NULL;
}
