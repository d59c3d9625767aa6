// Fibers: stacks that one processor thread changes between, one for each thread of a block that waits.
#pragma once

#include <cstddef>

namespace software_gpu {

class Fiber {
  public:
    // `run` must never return: it ends by switching away for good.
    explicit Fiber(void (*run)());
    ~Fiber();
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;

    // Makes the fiber start anew at `run`, whatever it did before.
    void restart();
    // From the scheduler into the fiber, until the fiber calls `leave`.
    void enter();
    // From inside the fiber back to whoever entered it.
    void leave();
    // Whether `address` is in the guard page below the stack.
    bool overflowed_at(const void* address) const;

    // Whether `address` is on the stack.
    bool holds(const void* address) const;

  private:
    void (*run_)();
    char* memory_;
    void* stack_ = nullptr;
    void* outside_ = nullptr;
};

}  // namespace software_gpu
