//! `Box`, `Rc`, `RefCell` and their kin: see `prelude.rs` for how these declarations are read.

pub mod boxed {
    /// A value on the heap with one owner: for types that hold themselves, and for `Box<dyn Trait>`.
    pub struct Box<T> {}
    impl<T> Box<T> {
        /// Puts a value on the heap.
        pub fn new(x: T) -> Box<T> {}
    }
    impl<T> Deref for Box<T> { type Target = T; }
    impl<T: Clone> Clone for Box<T> {}
    impl<T: Default> Default for Box<T> {}
}

pub mod rc {
    /// A value with several owners on one thread. `Rc::clone(&a)` makes one more owner, not a second value.
    pub struct Rc<T> {}
    impl<T> Rc<T> {
        /// Puts a value under shared ownership.
        pub fn new(value: T) -> Rc<T> {}
        /// The number of owners.
        pub fn strong_count(this: &Rc<T>) -> usize {}
        /// The number of `Weak` references.
        pub fn weak_count(this: &Rc<T>) -> usize {}
        /// A reference that does not keep the value alive.
        pub fn downgrade(this: &Rc<T>) -> Weak<T> {}
        /// True if both own the same value, not only an equal one.
        pub fn ptr_eq(this: &Rc<T>, other: &Rc<T>) -> bool {}
        /// Borrows the value to change it, if there is only this owner.
        pub fn get_mut(this: &mut Rc<T>) -> Option<&mut T> {}
        /// Borrows the value to change it; makes a copy first if there are other owners.
        pub fn make_mut(this: &mut Rc<T>) -> &mut T where T: Clone {}
        /// The value, if there is only this owner.
        pub fn try_unwrap(this: Rc<T>) -> Result<T, Rc<T>> {}
        /// The value, if this was the last owner.
        pub fn into_inner(this: Rc<T>) -> Option<T> {}
    }
    impl<T> Deref for Rc<T> { type Target = T; }
    impl<T> Clone for Rc<T> {}
    impl<T: Default> Default for Rc<T> {}
    impl<T: PartialEq> PartialEq for Rc<T> {}
    /// A reference to a shared value that does not keep it alive.
    pub struct Weak<T> {}
    impl<T> Weak<T> {
        /// A reference to nothing yet.
        pub fn new() -> Weak<T> {}
        /// One more owner, if the value still lives.
        pub fn upgrade(&self) -> Option<Rc<T>> {}
    }
    impl<T> Clone for Weak<T> {}
    impl<T> Default for Weak<T> {}
}

pub mod cell {
    /// A value that can be changed through a shared reference; that nobody else looks meanwhile is checked while the program runs.
    pub struct RefCell<T> {}
    impl<T> RefCell<T> {
        /// Puts a value into a cell.
        pub fn new(value: T) -> RefCell<T> {}
        /// Borrows the value. Panics while it is borrowed to be changed.
        pub fn borrow(&self) -> Ref<'_, T> {}
        /// Borrows the value to change it. Panics while it is borrowed at all.
        pub fn borrow_mut(&self) -> RefMut<'_, T> {}
        /// Borrows the value; an error while it is borrowed to be changed.
        pub fn try_borrow(&self) -> Result<Ref<'_, T>, BorrowError> {}
        /// Borrows the value to change it; an error while it is borrowed at all.
        pub fn try_borrow_mut(&self) -> Result<RefMut<'_, T>, BorrowMutError> {}
        /// Puts a new value in and gives the old one.
        pub fn replace(&self, t: T) -> T {}
        /// Takes the value and leaves the type's default.
        pub fn take(&self) -> T where T: Default {}
        /// The value; the cell is gone afterwards.
        pub fn into_inner(self) -> T {}
        /// Borrows the value without a check, because nobody else can hold the cell.
        pub fn get_mut(&mut self) -> &mut T {}
    }
    impl<T: Clone> Clone for RefCell<T> {}
    impl<T: Default> Default for RefCell<T> {}
    impl<T: Debug> Debug for RefCell<T> {}
    /// A value of a `RefCell` while it is borrowed.
    pub struct Ref<'b, T> {}
    impl<'b, T> Deref for Ref<'b, T> { type Target = T; }
    /// A value of a `RefCell` while it is borrowed to be changed.
    pub struct RefMut<'b, T> {}
    impl<'b, T> Deref for RefMut<'b, T> { type Target = T; }
    /// Why a `RefCell` could not be borrowed.
    pub struct BorrowError {}
    /// Why a `RefCell` could not be borrowed to change it.
    pub struct BorrowMutError {}
    /// A small value that can be changed through a shared reference by putting another one in.
    pub struct Cell<T> {}
    impl<T> Cell<T> {
        /// Puts a value into a cell.
        pub fn new(value: T) -> Cell<T> {}
        /// A copy of the value.
        pub fn get(&self) -> T where T: Copy {}
        /// Puts a new value in.
        pub fn set(&self, val: T) {}
        /// Puts a new value in and gives the old one.
        pub fn replace(&self, val: T) -> T {}
        /// Takes the value and leaves the type's default.
        pub fn take(&self) -> T where T: Default {}
        /// The value; the cell is gone afterwards.
        pub fn into_inner(self) -> T {}
    }
    /// A value that is set once.
    pub struct OnceCell<T> {}
    impl<T> OnceCell<T> {
        /// An empty cell.
        pub fn new() -> OnceCell<T> {}
        /// The value, if it is set.
        pub fn get(&self) -> Option<&T> {}
        /// The value; the closure makes it at the first call.
        pub fn get_or_init<F>(&self, f: F) -> &T where F: FnOnce() -> T {}
    }
}

pub mod sync {
    /// A value with several owners on several threads.
    pub struct Arc<T> {}
    impl<T> Arc<T> {
        /// Puts a value under shared ownership.
        pub fn new(data: T) -> Arc<T> {}
        /// The number of owners.
        pub fn strong_count(this: &Arc<T>) -> usize {}
        /// True if both own the same value.
        pub fn ptr_eq(this: &Arc<T>, other: &Arc<T>) -> bool {}
        /// Borrows the value to change it, if there is only this owner.
        pub fn get_mut(this: &mut Arc<T>) -> Option<&mut T> {}
    }
    impl<T> Deref for Arc<T> { type Target = T; }
    impl<T> Clone for Arc<T> {}
    /// A value that one thread at a time may use.
    pub struct Mutex<T> {}
    impl<T> Mutex<T> {
        /// Puts a value under a lock.
        pub fn new(t: T) -> Mutex<T> {}
        /// Waits for the lock and borrows the value; an error if a thread panicked while it held the lock.
        pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {}
        /// The value; the lock is gone afterwards.
        pub fn into_inner(self) -> LockResult<T> {}
    }
    /// A value of a `Mutex` while it is locked.
    pub struct MutexGuard<'a, T> {}
    impl<'a, T> Deref for MutexGuard<'a, T> { type Target = T; }
    /// A value under a lock, or the same with the news that another thread panicked.
    pub type LockResult<T> = Result<T, PoisonError<T>>;
    /// Says that a thread panicked while it held a lock.
    pub struct PoisonError<T> {}
    /// A value that many threads may read or one may change.
    pub struct RwLock<T> {}
    impl<T> RwLock<T> {
        /// Puts a value under a lock.
        pub fn new(t: T) -> RwLock<T> {}
    }
    /// A value that is set once, also from several threads.
    pub struct OnceLock<T> {}
    impl<T> OnceLock<T> {
        /// An empty cell.
        pub fn new() -> OnceLock<T> {}
        /// The value; the closure makes it at the first call.
        pub fn get_or_init<F>(&self, f: F) -> &T where F: FnOnce() -> T {}
    }
    /// Numbers that several threads may change.
    pub mod atomic {
        /// A number that several threads may change.
        pub struct AtomicUsize {}
        /// How strictly other threads see the order of changes.
        pub enum Ordering {
            /// Each change is seen whole, in no order.
            Relaxed,
            /// What was written before is seen by who reads this with `Acquire`.
            Release,
            /// Sees what was written before a `Release` of the same number.
            Acquire,
            /// Both at once.
            AcqRel,
            /// All threads see all changes in one order.
            SeqCst,
        }
    }
    /// Sending values between threads.
    pub mod mpsc {
        /// A channel: what `Sender` sends comes out of `Receiver`.
        pub fn channel<T>() -> (Sender<T>, Receiver<T>) {}
        /// The end that sends.
        pub struct Sender<T> {}
        impl<T> Sender<T> {
            /// Sends a value; an error if nobody can receive it any more.
            pub fn send(&self, t: T) -> Result<(), SendError<T>> {}
        }
        impl<T> Clone for Sender<T> {}
        /// The end that receives.
        pub struct Receiver<T> {}
        impl<T> Receiver<T> {
            /// Waits for a value; an error if nobody can send any more.
            pub fn recv(&self) -> Result<T, RecvError> {}
            /// An iterator that waits for each value.
            pub fn iter(&self) -> impl Iterator<Item = T> {}
        }
        /// Why a value could not be sent.
        pub struct SendError<T> {}
        /// Why no value can come any more.
        pub struct RecvError {}
    }
}

pub mod borrow {
    /// A value that is borrowed until it has to be changed.
    pub enum Cow<'a, B: ToOwned> {}
    impl<'a, B: ToOwned> Cow<'a, B> {
        /// The value as one's own; copied if it was borrowed.
        pub fn into_owned(self) -> <B as ToOwned>::Owned {}
    }
    impl<'a, B: ToOwned> Deref for Cow<'a, B> { type Target = B; }
    /// Borrowed values of which an owned copy can be made.
    pub trait ToOwned {
        type Owned;
        /// An owned copy: of a `&str` a `String`, of a slice a `Vec`.
        fn to_owned(&self) -> Self::Owned;
    }
}
