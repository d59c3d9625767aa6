// Static variables get their places in the order in which the kernel comes to them, dynamic memory ends at a page that nobody
// may touch. The next block finds all of it poisoned. Bank conflicts are not modelled.
#include "shared_memory.h"

#include <sys/mman.h>

#include <vector>

#include "device_code.h"
#include "memory.h"
#include "settings.h"

namespace software_gpu {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t area_bytes = 256 << 10;
// Between variables, so that a small step too far does not hit the next one.
constexpr std::size_t gap = 64;

struct Variable {
    const void* key;
    char* start;
    std::size_t bytes;
};

// A guard page, the area of static variables, a guard page, the area of dynamic memory, a guard page.
struct Shared {
    char* static_start;
    char* dynamic_end;
    std::size_t dynamic_bytes = 0;
    std::size_t static_bytes = 0;
    std::size_t most = 0;
    char* free;
    std::vector<Variable> variables;

    Shared() {
        void* memory = mmap(nullptr, 2 * area_bytes + 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) refuse("no memory for shared memory");
        static_start = free = static_cast<char*>(memory) + page;
        dynamic_end = static_start + 2 * area_bytes + page;
        mprotect(static_start, area_bytes, PROT_READ | PROT_WRITE);
        mprotect(dynamic_end - area_bytes, area_bytes, PROT_READ | PROT_WRITE);
    }
};

Shared& shared() {
    static Shared* shared = new Shared;
    return *shared;
}

std::size_t round_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

}  // namespace

void begin_shared(const Launch& launch) {
    Shared& own = shared();
    own.dynamic_bytes = launch.dynamic_shared;
    own.most = launch.most_shared;
    own.static_bytes = 0;
    own.free = own.static_start;
    own.variables.clear();
}

void spoil_shared() {
    Shared& own = shared();
    fill_with_poison(dynamic_shared(), own.dynamic_bytes);
    for (const Variable& variable : own.variables) fill_with_poison(variable.start, variable.bytes);
}

void* dynamic_shared() { return shared().dynamic_end - round_up(shared().dynamic_bytes, 16); }

void* static_shared(const void* key, std::size_t bytes) {
    Shared& own = shared();
    for (const Variable& variable : own.variables) {
        if (variable.key == key) return variable.start;
    }
    own.static_bytes += round_up(bytes, 16);
    if (own.static_bytes > (48 << 10) || own.static_bytes + own.dynamic_bytes > own.most) {
        fail_device_code(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES,
                         "the block has " + std::to_string(own.static_bytes) + " bytes of static and " +
                             std::to_string(own.dynamic_bytes) + " of dynamic shared memory, more than it may");
    }
    own.variables.push_back({key, own.free, bytes});
    own.free += round_up(bytes, 16) + gap;
    fill_with_poison(own.variables.back().start, bytes);
    return own.variables.back().start;
}

std::size_t shared_range_bytes() { return 2 * area_bytes + page; }

std::size_t shared_offset(const void* address) {
    return std::size_t(static_cast<const char*>(address) - shared().static_start);
}

bool is_shared_address(const void* address, std::string* words, bool* inside) {
    const Shared& own = shared();
    const char* at = static_cast<const char*>(address);
    if (at < own.static_start - page || at >= own.dynamic_end + page) return false;
    const auto describe = [&](const char* start, std::size_t bytes, const char* what) {
        const char* end = start + bytes;
        *inside = at >= start && at < end;
        *words = *inside      ? std::string("inside ") + what
                 : at < start ? std::to_string(start - at) + " bytes before " + what
                              : std::to_string(at - end) + " bytes behind the end of " + what;
        *words += " of " + std::to_string(bytes) + " bytes";
    };
    *inside = false;
    if (at >= own.static_start + area_bytes) {
        describe(static_cast<const char*>(dynamic_shared()), own.dynamic_bytes, "the dynamic shared memory");
        return true;
    }
    *words = "behind all shared variables";
    for (const Variable& variable : own.variables) {
        if (at >= variable.start + variable.bytes + gap) continue;
        describe(variable.start, variable.bytes, "a shared variable");
        break;
    }
    return true;
}

}  // namespace software_gpu
