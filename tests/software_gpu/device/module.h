// The part of a kernel module that is not the kernels: its tables' types, and the callbacks that the compiler's
// instrumentation (bounds, alignment, and in checked mode every access) expects.
//
// The translator includes it before the kernels and appends the tables behind them.
#pragma once

#include "language.h"
#include "mathematics.h"
#include "together.h"

namespace software_gpu {

Position position __attribute__((visibility("hidden")));
const Runtime* runtime __attribute__((visibility("hidden")));

template <class Function>
struct Signature;

template <class... Parameters>
struct Signature<void (*)(Parameters...)> {
    static constexpr unsigned count = sizeof...(Parameters);
    // One more, because an array cannot be empty.
    static constexpr unsigned sizes[sizeof...(Parameters) + 1] = {sizeof(Parameters)..., 0};

    template <void (*kernel)(Parameters...)>
    static void call(void** parameters) {
        apply<kernel>(parameters, __make_integer_sequence_of<sizeof...(Parameters)>{});
    }

  private:
    template <unsigned... places>
    struct Places {};
    template <unsigned count, unsigned... places>
    struct Make : Make<count - 1, count - 1, places...> {};
    template <unsigned... places>
    struct Make<0, places...> {
        using Type = Places<places...>;
    };
    template <unsigned count>
    using __make_integer_sequence_of = typename Make<count>::Type;

    template <class T>
    struct Plain {
        using Type = T;
    };
    template <class T>
    struct Plain<const T> {
        using Type = T;
    };

    template <void (*kernel)(Parameters...), unsigned... places>
    static void apply([[maybe_unused]] void** parameters, Places<places...>) {
        kernel(*static_cast<typename Plain<Parameters>::Type*>(parameters[places])...);
    }
};

// What the undefined-behaviour sanitizer hands over; only the place is read.
struct SourceLocation {
    const char* file;
    unsigned line, column;
};

}  // namespace software_gpu

extern "C" {

#define SOFTWARE_GPU_HIDDEN __attribute__((visibility("hidden"), no_sanitize_thread, used))

SOFTWARE_GPU_HIDDEN inline void __ubsan_handle_out_of_bounds_abort(software_gpu::SourceLocation* at, unsigned long) {
    software_gpu::runtime->trap("an index outside its array", at->file, int(at->line));
    __builtin_unreachable();
}
SOFTWARE_GPU_HIDDEN inline void __ubsan_handle_out_of_bounds(software_gpu::SourceLocation* at, unsigned long index) {
    __ubsan_handle_out_of_bounds_abort(at, index);
}
SOFTWARE_GPU_HIDDEN inline void __ubsan_handle_type_mismatch_v1_abort(software_gpu::SourceLocation* at, unsigned long) {
    software_gpu::runtime->trap("an access to a misaligned address", at->file, int(at->line));
    __builtin_unreachable();
}
SOFTWARE_GPU_HIDDEN inline void __ubsan_handle_type_mismatch_v1(software_gpu::SourceLocation* at, unsigned long address) {
    __ubsan_handle_type_mismatch_v1_abort(at, address);
}

#ifdef SOFTWARE_GPU_CHECKED
#define SOFTWARE_GPU_ACCESS(name, bytes, kind)                                                                 \
    SOFTWARE_GPU_HIDDEN inline void name(void* address) {                                                      \
        software_gpu::runtime->access(address, bytes, software_gpu::AccessKind::kind, __builtin_return_address(0)); \
    }
#define SOFTWARE_GPU_ACCESSES(bytes)                              \
    SOFTWARE_GPU_ACCESS(__tsan_read##bytes, bytes, read)          \
    SOFTWARE_GPU_ACCESS(__tsan_write##bytes, bytes, write)        \
    SOFTWARE_GPU_ACCESS(__tsan_unaligned_read##bytes, bytes, read)   \
    SOFTWARE_GPU_ACCESS(__tsan_unaligned_write##bytes, bytes, write) \
    SOFTWARE_GPU_ACCESS(__tsan_volatile_read##bytes, bytes, read) \
    SOFTWARE_GPU_ACCESS(__tsan_volatile_write##bytes, bytes, write)
SOFTWARE_GPU_ACCESSES(1)
SOFTWARE_GPU_ACCESSES(2)
SOFTWARE_GPU_ACCESSES(4)
SOFTWARE_GPU_ACCESSES(8)
SOFTWARE_GPU_ACCESSES(16)
#undef SOFTWARE_GPU_ACCESSES
#undef SOFTWARE_GPU_ACCESS
SOFTWARE_GPU_HIDDEN inline void __tsan_read_range(void* address, unsigned long bytes) {
    software_gpu::runtime->access(address, bytes, software_gpu::AccessKind::read, __builtin_return_address(0));
}
SOFTWARE_GPU_HIDDEN inline void __tsan_write_range(void* address, unsigned long bytes) {
    software_gpu::runtime->access(address, bytes, software_gpu::AccessKind::write, __builtin_return_address(0));
}
SOFTWARE_GPU_HIDDEN inline void __tsan_init() {}
#endif

}  // extern "C"
