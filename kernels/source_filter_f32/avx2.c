#define ET_ISA avx2
#include "source_filter_f32/template.h"
