// The threads of a block take turns. A thread runs until it waits at a barrier or for its warp, or ends; a thread that
// never waits shares its stack with the next one, so that a kernel without barriers is a plain loop.
//
// Modelled: barriers that all threads of the block reach at the same line, warp intrinsics among the lanes of a mask,
// order of turns by choice. Not modelled: threads that truly run at the same time, the lockstep of a warp (so code that
// relies on it without __syncwarp shows its mistake here), progress while spinning on memory.
#include "block.h"

#include <algorithm>

#include "memory.h"
#include "settings.h"

namespace software_gpu {

Block& block() {
    static Block* block = new Block;
    return *block;
}

void Block::prepare(const Launch& launch) {
    const Index3& size = launch.block;
    const std::size_t count = std::size_t(size.x) * size.y * size.z;
    if (size_.x != size.x || size_.y != size.y || size_.z != size.z) {
        size_ = size;
        threads_.assign(count, Thread{});
        for (std::size_t place = 0; place < count; place++) {
            threads_[place].index = {unsigned(place % size.x), unsigned(place / size.x % size.y),
                                     unsigned(place / size.x / size.y)};
        }
        warps_.clear();
        for (std::size_t first = 0; first < count; first += 32) warps_.push_back(first);
        if (settings().order == Order::reverse) std::reverse(warps_.begin(), warps_.end());
        chance_.seed(settings().seed);
    }
    for (Thread& thread : threads_) thread.state = State::fresh;
    if (settings().order == Order::shuffle) std::shuffle(warps_.begin(), warps_.end(), chance_);
    stretch_ = 0;
    std::fill_n(meetings_, 32, 0u);
}

void Block::order_warp(std::size_t first) {
    lane_count_ = std::min<std::size_t>(32, threads_.size() - first);
    for (std::size_t lane = 0; lane < lane_count_; lane++) lanes_[lane] = first + lane;
    if (settings().order == Order::reverse) std::reverse(lanes_, lanes_ + lane_count_);
    if (settings().order == Order::shuffle) std::shuffle(lanes_, lanes_ + lane_count_, chance_);
}

void Block::run(Launch& launch) {
    launch_ = &launch;
    prepare(launch);
    do {
        for (const std::size_t first : warps_) run_warp(first);
    } while (settle_barrier());
}

void Block::abandon() {
    idle_.clear();
    for (auto& fiber : fibers_) {
        fiber->restart();
        idle_.push_back(fiber.get());
    }
    running_ = nullptr;
    // The next block prepares its threads from nothing.
    size_ = {0, 0, 0};
}

// What every fiber runs: threads of the warp at hand that have not begun, one after the other.
void Block::run_threads() {
    Block& self = block();
    for (;;) {
        while (self.begin_next()) {
            self.launch_->kernel->call(self.launch_->parameters.data());
            self.threads_[self.current_].state = State::done;
        }
        self.fiber_is_free_ = true;
        self.running_->leave();
    }
}

bool Block::begin_next() {
    if (begun_ == lane_count_) return false;
    current_ = lanes_[begun_++];
    launch_->position->thread = threads_[current_].index;
    return true;
}

void Block::run_fresh() {
    begun_ = 0;
    while (begun_ < lane_count_) {
        if (idle_.empty()) {
            fibers_.push_back(std::make_unique<Fiber>(run_threads));
            idle_.push_back(fibers_.back().get());
        }
        running_ = idle_.back();
        idle_.pop_back();
        fiber_is_free_ = false;
        running_->enter();
        if (fiber_is_free_) idle_.push_back(running_);
    }
}

void Block::resume(std::size_t place) {
    Thread& thread = threads_[place];
    current_ = place;
    launch_->position->thread = thread.index;
    running_ = thread.fiber;
    fiber_is_free_ = false;
    running_->enter();
    if (fiber_is_free_) idle_.push_back(running_);
}

void Block::run_warp(std::size_t first) {
    order_warp(first);
    if (threads_[first].state == State::fresh) run_fresh();
    begun_ = lane_count_;
    do {
        for (std::size_t turn = 0; turn < lane_count_; turn++) {
            if (threads_[lanes_[turn]].state == State::ready) resume(lanes_[turn]);
        }
    } while (settle_warp(first));
}

// Leaves the fiber of the current thread until the scheduler lets it go on.
void Block::wait() {
    threads_[current_].fiber = running_;
    running_->leave();
}

int Block::barrier(BarrierKind kind, int predicate, int line) {
    Thread& thread = threads_[current_];
    thread.state = State::at_barrier;
    thread.barrier_kind = kind;
    thread.predicate = predicate;
    thread.line = line;
    wait();
    return thread.predicate;
}

unsigned long long Block::warp(WarpKind kind, unsigned mask, unsigned long long value, int lane, int width, int line) {
    Thread& thread = threads_[current_];
    thread.line = line;
    if ((mask >> (current_ % 32) & 1u) == 0) fail(name(current_) + " is not in the mask that it gives" + waiting(current_));
    thread.state = State::at_warp;
    thread.warp_kind = kind;
    thread.mask = mask;
    thread.value = value;
    thread.lane = lane;
    thread.width = width;
    wait();
    return thread.value;
}

unsigned Block::active_mask() const {
    const std::size_t first = current_ / 32 * 32;
    unsigned mask = 0;
    for (std::size_t lane = 0; lane < 32 && first + lane < threads_.size(); lane++) {
        if (threads_[first + lane].state != State::done) mask |= 1u << lane;
    }
    return mask;
}

// Lets go the lanes whose whole mask has come; tells whether there were any.
bool Block::settle_warp(std::size_t first) {
    bool settled = false;
    for (std::size_t place = first; place < first + lane_count_; place++) {
        const Thread& thread = threads_[place];
        if (thread.state != State::at_warp) continue;
        unsigned lanes = 0;
        bool all_here = true;
        for (std::size_t other = first; other < first + lane_count_; other++) {
            if ((thread.mask >> (other - first) & 1u) == 0 || threads_[other].state == State::done) continue;
            const Thread& partner = threads_[other];
            all_here &= partner.state == State::at_warp && partner.mask == thread.mask &&
                        partner.warp_kind == thread.warp_kind && partner.line == thread.line;
            lanes |= 1u << (other - first);
        }
        if (!all_here) continue;
        settle_group(first, lanes);
        settled = true;
    }
    return settled;
}

void Block::settle_group(std::size_t first, unsigned lanes) {
    meetings_[first / 32]++;
    unsigned long long values[32];
    unsigned long long combined = 0;
    unsigned ballot = 0;
    bool begun = false;
    // What a lane that takes no part would hand over: nothing that a program may rely on.
    std::fill_n(values, 32, (unsigned long long)poison << 32 | poison);
    for (int lane = 0; lane < 32; lane++) {
        if ((lanes >> lane & 1u) == 0) continue;
        const Thread& thread = threads_[first + lane];
        const unsigned long long value = values[lane] = thread.value;
        if (value != 0) ballot |= 1u << lane;
        const unsigned low = unsigned(value);
        switch (thread.warp_kind) {
            case WarpKind::add: combined = unsigned(combined) + low; break;
            case WarpKind::minimum: combined = begun ? std::min(unsigned(combined), low) : low; break;
            case WarpKind::maximum: combined = std::max(unsigned(combined), low); break;
            case WarpKind::bit_and: combined = begun ? unsigned(combined) & low : low; break;
            case WarpKind::bit_or: combined = unsigned(combined) | low; break;
            case WarpKind::bit_xor: combined = unsigned(combined) ^ low; break;
            default: break;
        }
        begun = true;
    }
    for (int lane = 0; lane < 32; lane++) {
        if ((lanes >> lane & 1u) == 0) continue;
        Thread& thread = threads_[first + lane];
        const int width = thread.width;
        if (width < 1 || width > 32 || (width & (width - 1)) != 0) {
            fail("a shuffle over " + std::to_string(width) + " lanes" + waiting(first + lane));
        }
        const int start = lane & ~(width - 1);
        const int end = start + width;
        int source = lane;
        switch (thread.warp_kind) {
            case WarpKind::synchronise: break;
            case WarpKind::shuffle_index: source = start | (thread.lane & (width - 1)); break;
            case WarpKind::shuffle_up: source = lane - thread.lane < start ? lane : lane - thread.lane; break;
            case WarpKind::shuffle_down: source = lane + thread.lane >= end ? lane : lane + thread.lane; break;
            case WarpKind::shuffle_xor:
                source = (lane ^ thread.lane) >= end ? lane : (lane ^ thread.lane) & 31;
                break;
            case WarpKind::ballot: thread.value = ballot; break;
            case WarpKind::all: thread.value = ballot == lanes; break;
            case WarpKind::any: thread.value = ballot != 0; break;
            case WarpKind::match_any: {
                unsigned equal = 0;
                for (int other = 0; other < 32; other++) {
                    if ((lanes >> other & 1u) != 0 && values[other] == values[lane]) equal |= 1u << other;
                }
                thread.value = equal;
                break;
            }
            default: thread.value = combined; break;
        }
        const bool shuffle = thread.warp_kind >= WarpKind::shuffle_index && thread.warp_kind <= WarpKind::shuffle_xor;
        if (shuffle) thread.value = values[source];
        thread.state = State::ready;
    }
}

// When no warp can go on: the end, a barrier that all have reached, or a mistake.
bool Block::settle_barrier() {
    const Thread* waiting_thread = nullptr;
    const Thread* done = nullptr;
    int count = 0;
    for (const Thread& thread : threads_) {
        if (thread.state == State::at_warp) {
            const std::size_t place = std::size_t(&thread - threads_.data());
            fail(name(place) + waiting(place) + " for lanes of its mask that never come");
        }
        if (thread.state == State::done) done = &thread;
        if (thread.state != State::at_barrier) continue;
        if (waiting_thread == nullptr) waiting_thread = &thread;
        count += thread.predicate != 0;
        if (thread.line != waiting_thread->line || thread.barrier_kind != waiting_thread->barrier_kind) {
            const std::size_t one = std::size_t(waiting_thread - threads_.data());
            const std::size_t other = std::size_t(&thread - threads_.data());
            fail("a barrier is not reached by all threads: " + name(one) + waiting(one) + ", " + name(other) +
                 waiting(other));
        }
    }
    if (waiting_thread == nullptr) return false;
    if (done != nullptr) {
        const std::size_t one = std::size_t(waiting_thread - threads_.data());
        fail("a barrier is not reached by all threads: " + name(one) + waiting(one) + ", but " +
             name(std::size_t(done - threads_.data())) + " has ended");
    }
    stretch_++;
    for (Thread& thread : threads_) {
        thread.state = State::ready;
        switch (thread.barrier_kind) {
            case BarrierKind::plain: break;
            case BarrierKind::count: thread.predicate = count; break;
            case BarrierKind::all: thread.predicate = count == int(threads_.size()); break;
            case BarrierKind::any: thread.predicate = count > 0; break;
        }
    }
    return true;
}

std::string Block::name(std::size_t place) const {
    const Index3& index = threads_[place].index;
    return "thread (" + std::to_string(index.x) + ", " + std::to_string(index.y) + ", " + std::to_string(index.z) + ")";
}

std::string Block::waiting(std::size_t place) const {
    const Thread& thread = threads_[place];
    if (thread.state == State::done) return " has ended";
    return (thread.state == State::at_barrier ? " waits at the barrier in line " : " waits at the warp intrinsic in line ") +
           std::to_string(thread.line);
}

void Block::fail(const std::string& why) const { fail_device_code(CUDA_ERROR_LAUNCH_FAILED, why, false); }

bool Block::stack_overflowed_at(const void* address) const {
    return std::any_of(fibers_.begin(), fibers_.end(), [=](const auto& fiber) { return fiber->overflowed_at(address); });
}

}  // namespace software_gpu
