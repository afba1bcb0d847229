#define ET_ISA generic
#include "source_filter_f32/template.h"
