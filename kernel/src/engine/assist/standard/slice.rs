//! Slices and arrays: see `prelude.rs` for how these declarations are read.

pub mod slice {
    impl<T> [T] {
        /// The number of elements.
        pub fn len(&self) -> usize {}
        /// True if there are no elements.
        pub fn is_empty(&self) -> bool {}
        /// The first element; `None` if there is none.
        pub fn first(&self) -> Option<&T> {}
        /// The first element, to change it.
        pub fn first_mut(&mut self) -> Option<&mut T> {}
        /// The last element; `None` if there is none.
        pub fn last(&self) -> Option<&T> {}
        /// The last element, to change it.
        pub fn last_mut(&mut self) -> Option<&mut T> {}
        /// The first element and all others.
        pub fn split_first(&self) -> Option<(&T, &[T])> {}
        /// The last element and all others.
        pub fn split_last(&self) -> Option<(&T, &[T])> {}
        /// The element at a position; `None` where `v[index]` would panic.
        pub fn get(&self, index: usize) -> Option<&T> {}
        /// The element at a position, to change it; `None` if there is no such position.
        pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {}
        /// An iterator over references to the elements.
        pub fn iter(&self) -> impl Iterator<Item = &T> {}
        /// An iterator over references through which the elements can be changed: `for x in v.iter_mut() { *x += 1.0 }`.
        pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {}
        /// True if an element equals `x`.
        pub fn contains(&self, x: &T) -> bool where T: PartialEq {}
        /// True if the slice begins with the elements of `needle`.
        pub fn starts_with(&self, needle: &[T]) -> bool where T: PartialEq {}
        /// True if the slice ends with the elements of `needle`.
        pub fn ends_with(&self, needle: &[T]) -> bool where T: PartialEq {}
        /// Sorts from small to large; equal elements keep their order. Floats have no `Ord`: `sort_by(f32::total_cmp)`.
        pub fn sort(&mut self) where T: Ord {}
        /// Sorts with a comparison: `v.sort_by(|a, b| b.cmp(a))` sorts from large to small.
        pub fn sort_by<F>(&mut self, compare: F) where F: FnMut(&T, &T) -> Ordering {}
        /// Sorts by what the closure makes of each element.
        pub fn sort_by_key<K, F>(&mut self, f: F) where F: FnMut(&T) -> K, K: Ord {}
        /// Sorts by a key that is worked out once for each element: for keys that are costly.
        pub fn sort_by_cached_key<K, F>(&mut self, f: F) where F: FnMut(&T) -> K, K: Ord {}
        /// Sorts; equal elements may change places. Quicker than `sort`.
        pub fn sort_unstable(&mut self) where T: Ord {}
        /// Sorts with a comparison; equal elements may change places.
        pub fn sort_unstable_by<F>(&mut self, compare: F) where F: FnMut(&T, &T) -> Ordering {}
        /// Sorts by a key; equal elements may change places.
        pub fn sort_unstable_by_key<K, F>(&mut self, f: F) where F: FnMut(&T) -> K, K: Ord {}
        /// True if every element is at least as large as the one before it.
        pub fn is_sorted(&self) -> bool where T: PartialOrd {}
        /// Puts the element that belongs at `index` there, smaller ones before it and larger ones behind: the median without sorting all.
        pub fn select_nth_unstable(&mut self, index: usize) -> (&mut [T], &mut T, &mut [T]) where T: Ord {}
        /// Turns the order round.
        pub fn reverse(&mut self) {}
        /// Exchanges the elements at two positions.
        pub fn swap(&mut self, a: usize, b: usize) {}
        /// Exchanges all elements with those of a slice of the same length.
        pub fn swap_with_slice(&mut self, other: &mut [T]) {}
        /// Moves the first `mid` elements to the end.
        pub fn rotate_left(&mut self, mid: usize) {}
        /// Moves the last `k` elements to the front.
        pub fn rotate_right(&mut self, k: usize) {}
        /// Sets every element to a copy of `value`.
        pub fn fill(&mut self, value: T) where T: Clone {}
        /// Sets every element to what the closure gives.
        pub fn fill_with<F>(&mut self, f: F) where F: FnMut() -> T {}
        /// Pieces of `chunk_size` elements, one after another; the last may be shorter.
        pub fn chunks(&self, chunk_size: usize) -> impl Iterator<Item = &[T]> {}
        /// Pieces of `chunk_size` elements, to change them.
        pub fn chunks_mut(&mut self, chunk_size: usize) -> impl Iterator<Item = &mut [T]> {}
        /// Pieces of exactly `chunk_size` elements; what is left over is not given.
        pub fn chunks_exact(&self, chunk_size: usize) -> impl Iterator<Item = &[T]> {}
        /// Pieces of `chunk_size` elements, from the end to the start.
        pub fn rchunks(&self, chunk_size: usize) -> impl Iterator<Item = &[T]> {}
        /// Runs of elements as long as the closure is true for neighbours.
        pub fn chunk_by<F>(&self, pred: F) -> impl Iterator<Item = &[T]> where F: FnMut(&T, &T) -> bool {}
        /// Every piece of `size` neighbours: of `[1, 2, 3]` with size 2 the pieces `[1, 2]` and `[2, 3]`.
        pub fn windows(&self, size: usize) -> impl Iterator<Item = &[T]> {}
        /// The elements before `mid` and those from `mid` on. Panics if `mid` is larger than the length.
        pub fn split_at(&self, mid: usize) -> (&[T], &[T]) {}
        /// Two parts that can be changed at the same time.
        pub fn split_at_mut(&mut self, mid: usize) -> (&mut [T], &mut [T]) {}
        /// The pieces between elements for which the closure is true.
        pub fn split<F>(&self, pred: F) -> impl Iterator<Item = &[T]> where F: FnMut(&T) -> bool {}
        /// What is left after a beginning that matches; `None` if it does not match.
        pub fn strip_prefix(&self, prefix: &[T]) -> Option<&[T]> where T: PartialEq {}
        /// A copy of all elements as a `Vec`.
        pub fn to_vec(&self) -> Vec<T> where T: Clone {}
        /// A `Vec` of the boxed slice's elements, without copying them.
        pub fn into_vec(self: Box<Self>) -> Vec<T> {}
        /// The elements `n` times one after another.
        pub fn repeat(&self, n: usize) -> Vec<T> where T: Copy {}
        /// Finds a value in a sorted slice: `Ok` with its position, or `Err` with the position where it would belong.
        pub fn binary_search(&self, x: &T) -> Result<usize, usize> where T: Ord {}
        /// Finds a place in a sorted slice with a comparison.
        pub fn binary_search_by<'a, F>(&'a self, f: F) -> Result<usize, usize> where F: FnMut(&'a T) -> Ordering {}
        /// The first position for which the closure is false, where all true ones come first.
        pub fn partition_point<P>(&self, pred: P) -> usize where P: FnMut(&T) -> bool {}
        /// Copies the elements of a slice of the same length. Panics if the lengths differ.
        pub fn copy_from_slice(&mut self, src: &[T]) where T: Copy {}
        /// Clones the elements of a slice of the same length.
        pub fn clone_from_slice(&mut self, src: &[T]) where T: Clone {}
        /// Copies a part of the slice to another place in it.
        pub fn copy_within<R>(&mut self, src: R, dest: usize) where R: RangeBounds<usize>, T: Copy {}
    }
    impl<T: Clone> [Vec<T>] {
        /// The elements of all inner lists in one.
        pub fn concat(&self) -> Vec<T> {}
    }
    impl [String] {
        /// All texts in one.
        pub fn concat(&self) -> String {}
        /// All texts in one, with `sep` between them.
        pub fn join(&self, sep: &str) -> String {}
    }
    impl [&str] {
        /// All texts in one.
        pub fn concat(&self) -> String {}
        /// All texts in one, with `sep` between them.
        pub fn join(&self, sep: &str) -> String {}
    }
    impl<T: Clone> ToOwned for [T] { type Owned = Vec<T>; }
    impl<T: PartialEq> PartialEq for [T] {}
    impl<T: Debug> Debug for [T] {}
    impl<'a, T> IntoIterator for &'a [T] { type Item = &'a T; }
    /// A slice of one element.
    pub fn from_ref<T>(s: &T) -> &[T] {}
}

pub mod array {
    impl<T, const N: usize> [T; N] {
        /// A new array with what the closure makes of each element.
        pub fn map<F, U>(self, f: F) -> [U; N] where F: FnMut(T) -> U {}
        /// All elements as a slice.
        pub fn as_slice(&self) -> &[T] {}
        /// All elements as a slice that can be changed.
        pub fn as_mut_slice(&mut self) -> &mut [T] {}
        /// An array of references to the elements.
        pub fn each_ref(&self) -> [&T; N] {}
        /// An iterator that gives the elements away.
        pub fn into_iter(self) -> impl Iterator<Item = T> {}
    }
    impl<T, const N: usize> Unsize<[T]> for [T; N] {}
    impl<T: Clone, const N: usize> Clone for [T; N] {}
    impl<T: PartialEq, const N: usize> PartialEq for [T; N] {}
    impl<T: PartialOrd, const N: usize> PartialOrd for [T; N] {}
    impl<T: Debug, const N: usize> Debug for [T; N] {}
    /// An array of what the closure makes of each position.
    pub fn from_fn<T, const N: usize, F>(f: F) -> [T; N] where F: FnMut(usize) -> T {}
}
