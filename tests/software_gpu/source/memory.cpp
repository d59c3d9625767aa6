// The allocator of device memory. What it models: exact bounds (up to 15 bytes of padding behind a size that is no
// multiple of 16; the padding is checked for writes), use after release, an amount of memory, poisoned fresh memory.
// What it does not: that one device must not touch another's memory, nor host memory that a kernel reads.
#include "memory.h"

#include <sys/mman.h>

#include <cstdio>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <vector>

#include "access.h"
#include "settings.h"

namespace software_gpu {
namespace {

constexpr std::size_t page = 4096;
// Address space costs nothing; it is walked through before an address comes again.
constexpr std::size_t range_bytes = std::size_t(1) << 40;
// The driver hands out memory in pieces of this size.
constexpr std::size_t piece = 512;
constexpr std::size_t alignment = 16;
constexpr unsigned char padding_byte = 0xa5;
constexpr std::size_t remembered = 4096;

std::size_t round_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

struct Range {
    std::mutex lock;
    std::uintptr_t start = 0;
    std::uintptr_t next = 0;
    std::map<std::uintptr_t, Allocation> live;  // by first page
    std::deque<Allocation> released;
    std::map<int, std::size_t> in_use;

    Range() {
        void* reserved =
            mmap(nullptr, range_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (reserved == MAP_FAILED) refuse("cannot reserve addresses for device memory");
        start = std::uintptr_t(reserved) + page;
        // Far from the start, so that an address before the first allocation is in the range too.
        next = start + range_bytes / 1024;
    }

    // A stretch of unused addresses with a guard page on both sides.
    bool place(std::size_t bytes, std::uintptr_t* found) {
        for (int walk = 0; walk < 2; walk++) {
            while (next + bytes + page <= start + range_bytes - page) {
                auto behind = live.upper_bound(next);
                if (behind != live.begin()) {
                    const Allocation& before = std::prev(behind)->second;
                    if (before.first_page + before.page_bytes + page > next) {
                        next = before.first_page + before.page_bytes + page;
                        continue;
                    }
                }
                if (behind == live.end() || next + bytes + page <= behind->first) {
                    *found = next;
                    next += bytes + page;
                    return true;
                }
                next = behind->first + behind->second.page_bytes + page;
            }
            next = start + range_bytes / 1024;
        }
        return false;
    }

    const Allocation* holding(std::uintptr_t address) const {
        auto behind = live.upper_bound(address);
        if (behind == live.begin()) return nullptr;
        const Allocation& before = std::prev(behind)->second;
        const bool inside = address >= before.start && address < before.start + before.bytes;
        return inside ? &before : nullptr;
    }
};

// Never destroyed: programs release memory from their own destructors at exit.
Range& range() {
    static Range* range = new Range;
    return *range;
}

std::string padding_damage(const Allocation& allocation) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(allocation.first_page);
    for (std::uintptr_t at = allocation.first_page; at < allocation.first_page + allocation.page_bytes; at++) {
        if (at == allocation.start) at += allocation.bytes;
        if (at >= allocation.first_page + allocation.page_bytes) break;
        // Only the bytes close to the allocation: the rest of the page is out of reach of a small mistake.
        if (at + 256 < allocation.start || at > allocation.start + allocation.bytes + 256) continue;
        if (bytes[at - allocation.first_page] != padding_byte) {
            char text[160];
            std::snprintf(text, sizeof text, "a write %s an allocation of %zu bytes at 0x%zx",
                          at < allocation.start ? "before the start of" : "behind the end of", allocation.bytes,
                          std::size_t(allocation.start));
            return text;
        }
    }
    return "";
}

}  // namespace

void fill_with_poison(void* start, std::size_t bytes) {
    auto* at = static_cast<unsigned char*>(start);
    std::size_t done = 0;
    for (; done + 4 <= bytes; done += 4) std::memcpy(at + done, &poison, 4);
    std::memcpy(at + done, &poison, bytes - done);
}

CUresult allocate(int device, std::size_t bytes, bool host, CUdeviceptr* pointer) {
    if (bytes == 0 || pointer == nullptr) return CUDA_ERROR_INVALID_VALUE;
    Range& all = range();
    std::lock_guard<std::mutex> guard(all.lock);
    const std::size_t most = settings().memory_of(device);
    if (!host && (bytes > most || all.in_use[device] + round_up(bytes, piece) > most)) return CUDA_ERROR_OUT_OF_MEMORY;
    Allocation made{};
    made.bytes = bytes;
    made.page_bytes = round_up(bytes, page);
    made.device = device;
    made.host = host;
    if (!all.place(made.page_bytes, &made.first_page)) return CUDA_ERROR_OUT_OF_MEMORY;
    if (mprotect(reinterpret_cast<void*>(made.first_page), made.page_bytes, PROT_READ | PROT_WRITE) != 0) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    made.start = made.first_page;
    if (!settings().guard_before) made.start += made.page_bytes - round_up(bytes, alignment);
    std::memset(reinterpret_cast<void*>(made.first_page), padding_byte, made.start - made.first_page);
    fill_with_poison(reinterpret_cast<void*>(made.start), bytes);
    const std::uintptr_t end = made.start + bytes;
    std::memset(reinterpret_cast<void*>(end), padding_byte, made.first_page + made.page_bytes - end);
    made.shadow = make_shadow(bytes);
    all.live[made.first_page] = made;
    if (!host) all.in_use[device] += round_up(bytes, piece);
    *pointer = made.start;
    return CUDA_SUCCESS;
}

CUresult release(CUdeviceptr pointer, bool host) {
    Range& all = range();
    std::lock_guard<std::mutex> guard(all.lock);
    const Allocation* found = all.holding(std::uintptr_t(pointer));
    if (found == nullptr || found->start != pointer || found->host != host) return CUDA_ERROR_INVALID_VALUE;
    const Allocation gone = *found;
    const std::string damage = padding_damage(gone);
    if (!damage.empty()) refuse(damage + ", found at its release");
    void* pages = reinterpret_cast<void*>(gone.first_page);
    madvise(pages, gone.page_bytes, MADV_DONTNEED);
    mprotect(pages, gone.page_bytes, PROT_NONE);
    if (!host) all.in_use[gone.device] -= round_up(gone.bytes, piece);
    drop_shadow(gone.shadow);
    all.live.erase(gone.first_page);
    all.released.push_back(gone);
    if (all.released.size() > remembered) all.released.pop_front();
    return CUDA_SUCCESS;
}

void release_all(int device) {
    std::vector<CUdeviceptr> pointers;
    {
        Range& all = range();
        std::lock_guard<std::mutex> guard(all.lock);
        for (const auto& [first_page, one] : all.live) {
            if (one.device == device && !one.host) pointers.push_back(one.start);
        }
    }
    for (const CUdeviceptr pointer : pointers) release(pointer, false);
}

bool find_allocation(std::uintptr_t address, Allocation* found) {
    Range& all = range();
    std::lock_guard<std::mutex> guard(all.lock);
    const Allocation* holding = all.holding(address);
    if (holding != nullptr) *found = *holding;
    return holding != nullptr;
}

bool is_inside(CUdeviceptr pointer, std::size_t bytes) {
    Allocation found;
    return find_allocation(std::uintptr_t(pointer), &found) && pointer + bytes <= found.start + found.bytes;
}

bool is_device_address(std::uintptr_t address) {
    const Range& all = range();
    return address >= all.start && address < all.start + range_bytes - page;
}

std::size_t memory_in_use(int device) {
    Range& all = range();
    std::lock_guard<std::mutex> guard(all.lock);
    return all.in_use[device];
}

std::string describe_address(std::uintptr_t address) {
    const Range& all = range();
    char text[200];
    if (address < page) return "near the null pointer";
    if (!is_device_address(address)) return "not an address of device memory";
    for (auto gone = all.released.rbegin(); gone != all.released.rend(); ++gone) {
        if (address >= gone->start && address < gone->start + gone->bytes) {
            std::snprintf(text, sizeof text, "%zu bytes into a released allocation of %zu bytes",
                          std::size_t(address - gone->start), gone->bytes);
            return text;
        }
    }
    // The nearest live allocation on either side.
    std::size_t nearest = ~std::size_t(0);
    std::string words = "with no allocation near it";
    for (const auto& [first_page, one] : all.live) {
        const bool before = address < one.start;
        if (!before && address < one.start + one.bytes) return "inside a live allocation";
        const std::size_t distance = before ? one.start - address : address - (one.start + one.bytes);
        if (distance < nearest) {
            nearest = distance;
            std::snprintf(text, sizeof text, "%zu bytes %s of an allocation of %zu bytes (%zu numbers of 4)", distance,
                          before ? "before the start" : "behind the end", one.bytes, one.bytes / 4);
            words = text;
        }
    }
    return words;
}

std::string damaged_padding() {
    Range& all = range();
    std::lock_guard<std::mutex> guard(all.lock);
    for (const auto& [first_page, one] : all.live) {
        const std::string damage = padding_damage(one);
        if (!damage.empty()) return damage;
    }
    return "";
}

}  // namespace software_gpu
