// One block of threads: who may run, who waits for whom.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "device_code.h"
#include "fiber.h"

namespace software_gpu {

class Block {
  public:
    // Runs the block `launch.position->block` from its first thread to its last.
    void run(Launch& launch);
    // Forgets a block that was ended by a fault.
    void abandon();

    // Called by the thread that runs now.
    int barrier(BarrierKind kind, int predicate, int line);
    unsigned long long warp(WarpKind kind, unsigned mask, unsigned long long value, int lane, int width, int line);
    unsigned active_mask() const;

    const Index3& current_thread() const { return threads_[current_].index; }
    std::size_t current() const { return current_; }
    // How often the block has passed a barrier: accesses in the same stretch have no order among threads.
    unsigned stretch() const { return stretch_; }
    // How often the current thread's warp has met at a warp intrinsic.
    unsigned meeting() const { return meetings_[current_ / 32]; }
    bool stack_overflowed_at(const void* address) const;
    bool is_on_stack(const void* address) const { return running_->holds(address); }

  private:
    enum class State { fresh, ready, at_barrier, at_warp, done };

    struct Thread {
        Index3 index;
        State state;
        Fiber* fiber;
        int line;
        BarrierKind barrier_kind;
        int predicate;
        WarpKind warp_kind;
        unsigned mask;
        unsigned long long value;
        int lane, width;
    };

    static void run_threads();
    void prepare(const Launch& launch);
    void order_warp(std::size_t first);
    bool begin_next();
    void run_fresh();
    void resume(std::size_t place);
    void run_warp(std::size_t first);
    bool settle_warp(std::size_t first);
    void settle_group(std::size_t first, unsigned lanes);
    bool settle_barrier();
    void wait();
    std::string name(std::size_t place) const;
    std::string waiting(std::size_t place) const;
    [[noreturn]] void fail(const std::string& why) const;

    Launch* launch_ = nullptr;
    std::vector<Thread> threads_;
    Index3 size_{0, 0, 0};
    std::size_t current_ = 0;
    unsigned stretch_ = 0;
    unsigned meetings_[32];
    // The lanes of the warp at hand in the order of their turns, and how many have begun.
    std::size_t lanes_[32];
    std::size_t lane_count_ = 0;
    std::size_t begun_ = 0;
    std::vector<std::size_t> warps_;
    std::vector<std::unique_ptr<Fiber>> fibers_;
    std::vector<Fiber*> idle_;
    Fiber* running_ = nullptr;
    bool fiber_is_free_ = false;
    std::mt19937_64 chance_;
};

// The block that runs now.
Block& block();

}  // namespace software_gpu
