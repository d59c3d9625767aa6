// For each word of 4 bytes: who wrote it last, who read it last, which of its bytes were ever written. Two accesses of
// different threads in one launch, at least one of them a write, have an order only if the threads met in between: at a
// barrier, or, in one warp, at a warp intrinsic; threads of different blocks never meet. Atomic accesses do not race with
// each other.
//
// Not modelled: races between bytes of one word, order by memory fences and flags, and races of more than two readers are
// told by one of them only.
#include "access.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "block.h"
#include "device_code.h"
#include "memory.h"
#include "settings.h"
#include "shared_memory.h"

namespace software_gpu {
namespace {

constexpr std::uint16_t many = 0xffff;

struct Visit {
    const void* code;
    std::uint32_t launch;
    std::uint32_t block;
    std::uint16_t thread;   // `many` for several threads of the block
    std::uint16_t stretch;  // of the block, between two barriers
    std::uint16_t meeting;  // of the warp, between two warp intrinsics
    bool several_blocks;
    bool atomic;
};

struct Word {
    Visit writer, reader;
    std::uint8_t written;
};

struct Now {
    const Launch* launch = nullptr;
    Visit visit{};
    // Blocks that have run, for shared memory, where each begins anew.
    std::uint32_t run = 0;
    std::vector<Word> shared;
    // The allocation that was looked up last, and the one before.
    Allocation found[2]{};
};

Now& now() {
    static Now* now = new Now;
    return *now;
}

constexpr std::size_t words_of(std::size_t bytes) { return (bytes + 3) / 4; }

std::string who(const Visit& visit) {
    const Launch& launch = *now().launch;
    if (visit.several_blocks) return "threads of several blocks";
    std::string block = "this block";
    if (visit.block != now().visit.block) block = "block " + std::to_string(visit.block);
    if (visit.thread == many) return "several threads of " + block;
    const std::size_t x = visit.thread % launch.block.x, y = visit.thread / launch.block.x % launch.block.y;
    const std::size_t z = visit.thread / launch.block.x / launch.block.y;
    return "thread (" + std::to_string(x) + ", " + std::to_string(y) + ", " + std::to_string(z) + ") of " + block;
}

// Whether nothing puts the earlier visit before the one of now.
bool races(const Visit& earlier, const Visit& visit) {
    if (earlier.launch != visit.launch || (earlier.atomic && visit.atomic)) return false;
    if (earlier.several_blocks || earlier.block != visit.block) return true;
    if (earlier.thread == visit.thread || earlier.stretch != visit.stretch) return false;
    const bool one_warp = earlier.thread != many && earlier.thread / 32 == visit.thread / 32;
    return !one_warp || earlier.meeting == visit.meeting;
}

// The reader that stands for both.
Visit join(const Visit& earlier, const Visit& visit) {
    Visit joined = visit;
    if (earlier.launch != visit.launch) return joined;
    joined.several_blocks = earlier.several_blocks || earlier.block != visit.block;
    if (earlier.thread != visit.thread && earlier.stretch == visit.stretch) joined.thread = many;
    return joined;
}

std::string look_at_word(Word& word, const Visit& visit, AccessKind kind, unsigned bytes, const void** earlier) {
    const bool whole = bytes == 0xf;
    if (kind != AccessKind::write && (word.written & bytes) != bytes) {
        return "a read of memory that was never written";
    }
    if (whole && races(word.writer, visit)) {
        *earlier = word.writer.code;
        return std::string(kind == AccessKind::read ? "a race: it reads what " : "a race: it writes what ") +
               who(word.writer) + " writes";
    }
    if (whole && kind != AccessKind::read && races(word.reader, visit)) {
        *earlier = word.reader.code;
        return "a race: it writes what " + who(word.reader) + " read" + (word.reader.thread == many ? "" : "s");
    }
    if (kind != AccessKind::write) word.reader = join(word.reader, visit);
    if (kind != AccessKind::read) {
        word.writer = visit;
        word.written |= std::uint8_t(bytes);
    }
    return "";
}

// All words that an access touches, `first` being that of the address rounded down to a word.
std::string look_at_words(Word* first, std::size_t offset, std::size_t bytes, const Visit& visit, AccessKind kind,
                          const void** earlier) {
    const std::size_t end = offset + bytes;
    for (std::size_t place = 0; place * 4 < end; place++) {
        unsigned mask = 0;
        for (std::size_t byte = 0; byte < 4; byte++) {
            if (place * 4 + byte >= offset && place * 4 + byte < end) mask |= 1u << byte;
        }
        const std::string complaint = look_at_word(first[place], visit, kind, mask, earlier);
        if (!complaint.empty()) return complaint;
    }
    return "";
}

std::string look_at_shared(const char* at, std::size_t bytes, Visit visit, AccessKind kind, const void** earlier) {
    std::string words;
    bool inside = false, end_inside = false;
    is_shared_address(at + bytes - 1, &words, &end_inside);
    if (end_inside) is_shared_address(at, &words, &inside);
    if (!inside) return "an access to shared memory " + words;
    Now& all = now();
    if (all.shared.empty()) all.shared.resize(words_of(shared_range_bytes()));
    const std::size_t offset = shared_offset(at);
    visit.launch = all.run;
    for (std::size_t place = offset / 4; place <= (offset + bytes - 1) / 4; place++) {
        // Another block's word is a fresh one.
        Word& word = all.shared[place];
        if (word.writer.launch != all.run) word.written = 0;
    }
    return look_at_words(&all.shared[offset / 4], offset % 4, bytes, visit, kind, earlier);
}

const Allocation* allocation_of(std::uintptr_t address) {
    Now& all = now();
    const auto holds = [&](const Allocation& one) { return address >= one.start && address < one.start + one.bytes; };
    for (const Allocation& one : all.found) {
        if (holds(one)) return &one;
    }
    all.found[1] = all.found[0];
    return find_allocation(address, &all.found[0]) ? &all.found[0] : nullptr;
}

}  // namespace

void begin_launch(const Launch& launch) {
    Now& all = now();
    all.launch = &launch;
    all.visit.launch++;
    // Allocations may have come and gone.
    all.found[0] = all.found[1] = Allocation{};
}

void begin_block(std::size_t place) {
    now().visit.block = std::uint32_t(place);
    now().run++;
}

std::string look_at_access(const void* address, std::size_t bytes, AccessKind kind, const void* code,
                           const void** earlier) {
    Now& all = now();
    Visit visit = all.visit;
    visit.code = code;
    visit.thread = std::uint16_t(block().current());
    visit.stretch = std::uint16_t(block().stretch());
    visit.meeting = std::uint16_t(block().meeting());
    visit.atomic = kind == AccessKind::atomic;
    const auto number = reinterpret_cast<std::uintptr_t>(address);
    if (is_device_address(number)) {
        const Allocation* found = allocation_of(number);
        if (found == nullptr || number + bytes > found->start + found->bytes) {
            const std::uintptr_t outside = found == nullptr ? number : found->start + found->bytes;
            return "illegal access to " + std::to_string(bytes) + " bytes: " + describe_address(outside);
        }
        if (found->shadow == nullptr) return "";
        const std::size_t offset = number - found->start;
        return look_at_words(static_cast<Word*>(found->shadow) + offset / 4, offset % 4, bytes, visit, kind, earlier);
    }
    std::string words;
    bool inside = false;
    const auto* at = static_cast<const char*>(address);
    if (is_shared_address(at, &words, &inside)) return look_at_shared(at, bytes, visit, kind, earlier);
    // A thread's own variables, the kernel's parameters, constants of the module.
    if (block().is_on_stack(address) || all.launch->owns(address)) return "";
    return "an access to memory of the host";
}

void* make_shadow(std::size_t bytes) {
    return settings().checked ? std::calloc(words_of(bytes), sizeof(Word)) : nullptr;
}

void drop_shadow(void* shadow) { std::free(shadow); }

void note_written(CUdeviceptr to, std::size_t bytes) {
    Allocation found;
    if (!settings().checked || bytes == 0 || !find_allocation(to, &found)) return;
    auto* words = static_cast<Word*>(found.shadow);
    for (std::size_t byte = to - found.start; byte < to - found.start + bytes; byte++) {
        words[byte / 4].written |= std::uint8_t(1u << byte % 4);
    }
}

void note_copied(CUdeviceptr to, CUdeviceptr from, std::size_t bytes) {
    Allocation target, source;
    if (!settings().checked || bytes == 0 || !find_allocation(to, &target) || !find_allocation(from, &source)) return;
    auto* to_words = static_cast<Word*>(target.shadow);
    const auto* from_words = static_cast<const Word*>(source.shadow);
    std::vector<bool> written;
    for (std::size_t byte = from - source.start; byte < from - source.start + bytes; byte++) {
        written.push_back((from_words[byte / 4].written >> byte % 4 & 1) != 0);
    }
    for (std::size_t place = 0; place < bytes; place++) {
        const std::size_t byte = to - target.start + place;
        const auto bit = std::uint8_t(1u << byte % 4);
        if (written[place]) {
            to_words[byte / 4].written |= bit;
        } else {
            to_words[byte / 4].written &= std::uint8_t(~bit);
        }
    }
}

std::size_t first_unwritten(CUdeviceptr from, std::size_t bytes) {
    Allocation found;
    if (!settings().checked || bytes == 0 || !find_allocation(from, &found)) return bytes;
    const auto* words = static_cast<const Word*>(found.shadow);
    for (std::size_t place = 0; place < bytes; place++) {
        const std::size_t byte = from - found.start + place;
        if ((words[byte / 4].written >> byte % 4 & 1) == 0) return place;
    }
    return bytes;
}

}  // namespace software_gpu
