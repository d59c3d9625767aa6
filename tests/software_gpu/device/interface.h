// What the driver of the software GPU and a compiled kernel module know of each other: plain tables, so that a module
// needs no symbol of the driver and can be loaded by any process.
//
// Included by both sides; it holds no code.
#pragma once

namespace software_gpu {

struct Index3 {
    unsigned x, y, z;
};

// What threadIdx, blockIdx, blockDim and gridDim read. Each module has one; the driver writes it before it lets a thread
// go on. One is enough because the threads of a launch take turns on one processor thread.
struct Position {
    Index3 thread, block, block_size, grid_size;
};

enum class BarrierKind : int { plain, count, all, any };

enum class WarpKind : int {
    synchronise,
    shuffle_index,
    shuffle_up,
    shuffle_down,
    shuffle_xor,
    ballot,
    all,
    any,
    match_any,
    add,
    minimum,
    maximum,
    bit_and,
    bit_or,
    bit_xor,
};

// How an access that the module reports (in checked mode) touches memory.
enum class AccessKind : int { read, write, atomic };

// What the driver lends to a module.
struct Runtime {
    // Waits for the block; returns the count or verdict over `predicate`.
    int (*barrier)(BarrierKind kind, int predicate, int line);
    // Waits for the lanes in `mask`; `value` holds the operand's bits, `lane` the shuffle's distance or source.
    unsigned long long (*warp)(WarpKind kind, unsigned mask, unsigned long long value, int lane, int width, int line);
    unsigned (*active_mask)();
    void* (*dynamic_shared)();
    // Where the block has the shared variable with this key: one for each instance of a function.
    void* (*shared)(const void* key, unsigned long bytes);
    void (*trap)(const char* what, const char* file, int line);
    // Called for each access of a module compiled with checks.
    void (*access)(const void* address, unsigned long bytes, AccessKind kind, const void* code);
};

struct KernelRecord {
    const char* name;
    // Runs one thread: `parameters` as in cuLaunchKernel.
    void (*call)(void** parameters);
    unsigned parameter_count;
    const unsigned* parameter_sizes;
    // From __launch_bounds__; 0 without.
    unsigned most_threads;
};

struct GlobalRecord {
    const char* name;
    void* address;
    unsigned long bytes;
};

struct ModuleTable {
    unsigned kernel_count;
    const KernelRecord* kernels;
    unsigned global_count;
    const GlobalRecord* globals;
    Position* position;
    const Runtime** runtime;
};

}  // namespace software_gpu
