// Stands for PTX instructions that kernels write as inline assembly: one function for each instruction that is modelled,
// named after it. The translator turns `asm("mma.sync...." : outputs : inputs)` into a call with the operands in their
// order; an instruction that is not here does not compile.
#pragma once

#include "language.h"
#include "mathematics.h"
