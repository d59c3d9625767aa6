//! `Vec`: see `prelude.rs` for how these declarations are read.

pub mod vec {
    /// A list that can grow. `vec![1, 2, 3]` makes one, `v[0]` is its first element.
    pub struct Vec<T> {}
    impl<T> Vec<T> {
        /// An empty list.
        pub fn new() -> Vec<T> {}
        /// An empty list with room for `capacity` elements, so that it need not move while it grows to that length.
        pub fn with_capacity(capacity: usize) -> Vec<T> {}
        /// Adds an element at the end.
        pub fn push(&mut self, value: T) {}
        /// Takes the last element; `None` if the list is empty.
        pub fn pop(&mut self) -> Option<T> {}
        /// Takes the last element if the closure says so.
        pub fn pop_if(&mut self, predicate: impl FnOnce(&mut T) -> bool) -> Option<T> {}
        /// Puts an element at a position; the elements from there on move up. Panics if `index` is larger than the length.
        pub fn insert(&mut self, index: usize, element: T) {}
        /// Takes the element at a position; those behind it move down. Panics if `index` is not in the list.
        pub fn remove(&mut self, index: usize) -> T {}
        /// Takes the element at a position and puts the last one in its place: quick, but the order changes.
        pub fn swap_remove(&mut self, index: usize) -> T {}
        /// Removes all elements and keeps the memory.
        pub fn clear(&mut self) {}
        /// Keeps the first `len` elements and drops the rest.
        pub fn truncate(&mut self, len: usize) {}
        /// Adds all elements of an iterator or another collection at the end.
        pub fn extend<I>(&mut self, iter: I) where I: IntoIterator<Item = T> {}
        /// Adds copies of all elements of a slice at the end.
        pub fn extend_from_slice(&mut self, other: &[T]) where T: Clone {}
        /// Adds copies of a part of the list itself at the end.
        pub fn extend_from_within<R>(&mut self, src: R) where R: RangeBounds<usize>, T: Clone {}
        /// Moves all elements of `other` to the end of this list; `other` is empty afterwards.
        pub fn append(&mut self, other: &mut Vec<T>) {}
        /// Cuts the list at a position: this one keeps what is before it, the result has the rest.
        pub fn split_off(&mut self, at: usize) -> Vec<T> {}
        /// Takes the elements of a range out and gives them one after another.
        pub fn drain<R>(&mut self, range: R) -> impl Iterator<Item = T> where R: RangeBounds<usize> {}
        /// Replaces the elements of a range and gives the old ones.
        pub fn splice<R, I>(&mut self, range: R, replace_with: I) -> impl Iterator<Item = T> where R: RangeBounds<usize>, I: IntoIterator<Item = T> {}
        /// Takes out, one after another, the elements of a range for which the closure is true.
        pub fn extract_if<F, R>(&mut self, range: R, filter: F) -> impl Iterator<Item = T> where F: FnMut(&mut T) -> bool, R: RangeBounds<usize> {}
        /// Keeps only the elements for which the closure is true.
        pub fn retain<F>(&mut self, f: F) where F: FnMut(&T) -> bool {}
        /// Keeps only the elements for which the closure is true; the closure may change them.
        pub fn retain_mut<F>(&mut self, f: F) where F: FnMut(&mut T) -> bool {}
        /// Of equal elements that follow each other keeps only the first. After `sort` this removes all duplicates.
        pub fn dedup(&mut self) where T: PartialEq {}
        /// Of elements with equal keys that follow each other keeps only the first.
        pub fn dedup_by_key<F, K>(&mut self, key: F) where F: FnMut(&mut T) -> K, K: PartialEq {}
        /// Of elements that follow each other and are the same to the closure keeps only the first.
        pub fn dedup_by<F>(&mut self, same_bucket: F) where F: FnMut(&mut T, &mut T) -> bool {}
        /// Sets the length: shortens the list, or fills it up with copies of `value`.
        pub fn resize(&mut self, new_len: usize, value: T) where T: Clone {}
        /// Sets the length: shortens the list, or fills it up with what the closure gives.
        pub fn resize_with<F>(&mut self, new_len: usize, f: F) where F: FnMut() -> T {}
        /// Makes room for at least `additional` more elements.
        pub fn reserve(&mut self, additional: usize) {}
        /// Makes room for `additional` more elements and for no more than that.
        pub fn reserve_exact(&mut self, additional: usize) {}
        /// Gives back memory that holds no elements.
        pub fn shrink_to_fit(&mut self) {}
        /// Gives back memory, but keeps room for `min_capacity` elements.
        pub fn shrink_to(&mut self, min_capacity: usize) {}
        /// How many elements fit before the list needs new memory.
        pub fn capacity(&self) -> usize {}
        /// The number of elements.
        pub fn len(&self) -> usize {}
        /// True if there are no elements.
        pub fn is_empty(&self) -> bool {}
        /// All elements as a slice; `&v` does the same where a slice is asked for.
        pub fn as_slice(&self) -> &[T] {}
        /// All elements as a slice that can be changed.
        pub fn as_mut_slice(&mut self) -> &mut [T] {}
        /// The list as a boxed slice, which cannot grow any more.
        pub fn into_boxed_slice(self) -> Box<[T]> {}
        /// An iterator that gives the elements away; the list is gone afterwards. `iter()` only lends them.
        pub fn into_iter(self) -> impl Iterator<Item = T> {}
    }
    impl<T> Deref for Vec<T> { type Target = [T]; }
    impl<T: Clone> Clone for Vec<T> {}
    impl<T> Default for Vec<T> {}
    impl<T: PartialEq> PartialEq for Vec<T> {}
    impl<T: PartialOrd> PartialOrd for Vec<T> {}
    impl<T: Debug> Debug for Vec<T> {}
    impl<T> AsRef<[T]> for Vec<T> {}
}
