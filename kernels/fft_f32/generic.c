#define ET_ISA generic
#include "fft_f32/template.h"
