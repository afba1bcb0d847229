#define ET_ISA avx512
#include "source_filter_f32/template.h"
