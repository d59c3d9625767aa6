// What threads do together: barriers, warp intrinsics, atomics, and memory accesses with a name of their own.
//
// Barriers and warp intrinsics hand over to the driver, which lets the other threads run until all have come. Atomics are
// plain code: the threads of a launch take turns on one processor thread and change places only at barriers and warp
// intrinsics.
#pragma once

#include "language.h"

namespace software_gpu {

inline void check_atomic(const void* address, unsigned long bytes) {
#ifdef SOFTWARE_GPU_CHECKED
    runtime->access(address, bytes, AccessKind::atomic, __builtin_return_address(0));
#endif
}

template <class T>
inline T warp(WarpKind kind, unsigned mask, T value, int lane, int width, int line) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "a warp exchanges values of 4 or 8 bytes");
    unsigned long long bits = 0;
    __builtin_memcpy(&bits, &value, sizeof(T));
    bits = runtime->warp(kind, mask, bits, lane, width, line);
    __builtin_memcpy(&value, &bits, sizeof(T));
    return value;
}

// What a declaration with __shared__ becomes a reference to.
template <class Type>
inline Type& shared(const void* key) {
    return *static_cast<Type*>(runtime->shared(key, sizeof(Type)));
}

// An atomic operation that writes what `next` makes of the old value, and returns the old one.
template <class T, class Next>
__attribute__((no_sanitize_thread)) inline T atomic(T* address, Next next) {
    check_atomic(address, sizeof(T));
    const T old = *(volatile T*)address;
    *(volatile T*)address = next(old);
    return old;
}

}  // namespace software_gpu

#define SOFTWARE_GPU_LINE int line = __builtin_LINE()

inline void __syncthreads(SOFTWARE_GPU_LINE) {
    software_gpu::runtime->barrier(software_gpu::BarrierKind::plain, 0, line);
}
inline int __syncthreads_count(int predicate, SOFTWARE_GPU_LINE) {
    return software_gpu::runtime->barrier(software_gpu::BarrierKind::count, predicate, line);
}
inline int __syncthreads_and(int predicate, SOFTWARE_GPU_LINE) {
    return software_gpu::runtime->barrier(software_gpu::BarrierKind::all, predicate, line);
}
inline int __syncthreads_or(int predicate, SOFTWARE_GPU_LINE) {
    return software_gpu::runtime->barrier(software_gpu::BarrierKind::any, predicate, line);
}
inline void __syncwarp(unsigned mask = 0xffffffffu, SOFTWARE_GPU_LINE) {
    software_gpu::runtime->warp(software_gpu::WarpKind::synchronise, mask, 0, 0, 32, line);
}

template <class T>
inline T __shfl_sync(unsigned mask, T value, int lane, int width = 32, SOFTWARE_GPU_LINE) {
    return software_gpu::warp(software_gpu::WarpKind::shuffle_index, mask, value, lane, width, line);
}
template <class T>
inline T __shfl_up_sync(unsigned mask, T value, unsigned distance, int width = 32, SOFTWARE_GPU_LINE) {
    return software_gpu::warp(software_gpu::WarpKind::shuffle_up, mask, value, int(distance), width, line);
}
template <class T>
inline T __shfl_down_sync(unsigned mask, T value, unsigned distance, int width = 32, SOFTWARE_GPU_LINE) {
    return software_gpu::warp(software_gpu::WarpKind::shuffle_down, mask, value, int(distance), width, line);
}
template <class T>
inline T __shfl_xor_sync(unsigned mask, T value, int lane_mask, int width = 32, SOFTWARE_GPU_LINE) {
    return software_gpu::warp(software_gpu::WarpKind::shuffle_xor, mask, value, lane_mask, width, line);
}

#define SOFTWARE_GPU_VOTE(name, kind)                                                                                  \
    inline unsigned name(unsigned mask, int predicate, SOFTWARE_GPU_LINE) {                                            \
        return unsigned(software_gpu::runtime->warp(software_gpu::WarpKind::kind, mask, predicate != 0, 0, 32, line)); \
    }
SOFTWARE_GPU_VOTE(__ballot_sync, ballot)
SOFTWARE_GPU_VOTE(__all_sync, all)
SOFTWARE_GPU_VOTE(__any_sync, any)
#undef SOFTWARE_GPU_VOTE
template <class T>
inline unsigned __match_any_sync(unsigned mask, T value, SOFTWARE_GPU_LINE) {
    unsigned long long bits = 0;
    __builtin_memcpy(&bits, &value, sizeof(T));
    return unsigned(software_gpu::runtime->warp(software_gpu::WarpKind::match_any, mask, bits, 0, 32, line));
}
inline unsigned __activemask() { return software_gpu::runtime->active_mask(); }

// Reductions over a warp in one instruction, for whole numbers (from compute capability 8.0 on).
#define SOFTWARE_GPU_REDUCE(name, kind, type)                                                                      \
    inline type name(unsigned mask, type value, SOFTWARE_GPU_LINE) {                                               \
        return type(software_gpu::runtime->warp(software_gpu::WarpKind::kind, mask, (unsigned long long)value, 0, 32, \
                                                line));                                                            \
    }
SOFTWARE_GPU_REDUCE(__reduce_add_sync, add, unsigned)
SOFTWARE_GPU_REDUCE(__reduce_add_sync, add, int)
SOFTWARE_GPU_REDUCE(__reduce_min_sync, minimum, unsigned)
SOFTWARE_GPU_REDUCE(__reduce_max_sync, maximum, unsigned)
SOFTWARE_GPU_REDUCE(__reduce_and_sync, bit_and, unsigned)
SOFTWARE_GPU_REDUCE(__reduce_or_sync, bit_or, unsigned)
SOFTWARE_GPU_REDUCE(__reduce_xor_sync, bit_xor, unsigned)
#undef SOFTWARE_GPU_REDUCE

#define SOFTWARE_GPU_ATOMIC(name, type, expression)                                                      \
    inline type name(type* address, type operand) {                                                      \
        return software_gpu::atomic(address, [=](type old) -> type { return (expression); });            \
    }                                                                                                    \
    inline type name##_block(type* address, type operand) { return name(address, operand); }
#define SOFTWARE_GPU_ATOMIC_WHOLE(type)                                              \
    SOFTWARE_GPU_ATOMIC(atomicAdd, type, old + operand)                              \
    SOFTWARE_GPU_ATOMIC(atomicSub, type, old - operand)                              \
    SOFTWARE_GPU_ATOMIC(atomicMin, type, old < operand ? old : operand)              \
    SOFTWARE_GPU_ATOMIC(atomicMax, type, old > operand ? old : operand)              \
    SOFTWARE_GPU_ATOMIC(atomicAnd, type, old & operand)                              \
    SOFTWARE_GPU_ATOMIC(atomicOr, type, old | operand)                               \
    SOFTWARE_GPU_ATOMIC(atomicXor, type, old ^ operand)                              \
    SOFTWARE_GPU_ATOMIC(atomicExch, type, operand)                                   \
    inline type atomicCAS(type* address, type compare, type value) {                 \
        return software_gpu::atomic(address, [=](type old) { return old == compare ? value : old; }); \
    }
SOFTWARE_GPU_ATOMIC_WHOLE(int)
SOFTWARE_GPU_ATOMIC_WHOLE(unsigned)
SOFTWARE_GPU_ATOMIC_WHOLE(unsigned long long)
SOFTWARE_GPU_ATOMIC(atomicAdd, float, old + operand)
SOFTWARE_GPU_ATOMIC(atomicAdd, double, old + operand)
SOFTWARE_GPU_ATOMIC(atomicExch, float, operand)
SOFTWARE_GPU_ATOMIC(atomicInc, unsigned, old >= operand ? 0u : old + 1u)
SOFTWARE_GPU_ATOMIC(atomicDec, unsigned, old == 0u || old > operand ? operand : old - 1u)
#undef SOFTWARE_GPU_ATOMIC_WHOLE
#undef SOFTWARE_GPU_ATOMIC

inline void __threadfence() {}
inline void __threadfence_block() {}
inline void __threadfence_system() {}
inline void __nanosleep(unsigned) {}

template <class T>
inline T __ldg(const T* address) {
    return *address;
}
template <class T>
inline T __ldcg(const T* address) {
    return *address;
}
template <class T>
inline T __ldcs(const T* address) {
    return *address;
}
template <class T>
inline T __ldca(const T* address) {
    return *address;
}
template <class T>
inline void __stcs(T* address, T value) {
    *address = value;
}
template <class T>
inline void __stcg(T* address, T value) {
    *address = value;
}

inline void __trap(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    software_gpu::runtime->trap("__trap()", file, line);
}
#define assert(condition) ((condition) ? (void)0 : software_gpu::runtime->trap("assert(" #condition ")", __FILE__, __LINE__))
