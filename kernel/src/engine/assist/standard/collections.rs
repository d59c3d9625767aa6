//! Maps, sets and queues: see `prelude.rs` for how these declarations are read.

pub mod collections {
    /// Values found by key, in no order.
    pub struct HashMap<K, V> {}
    impl<K: Eq + Hash, V> HashMap<K, V> {
        /// An empty map.
        pub fn new() -> HashMap<K, V> {}
        /// An empty map with room for `capacity` keys.
        pub fn with_capacity(capacity: usize) -> HashMap<K, V> {}
        /// Stores a value under a key; gives the value that was there before.
        pub fn insert(&mut self, k: K, v: V) -> Option<V> {}
        /// The value of a key; `None` if the key is not there.
        pub fn get(&self, k: &K) -> Option<&V> {}
        /// The value of a key, to change it.
        pub fn get_mut(&mut self, k: &K) -> Option<&mut V> {}
        /// The key that is stored, with its value.
        pub fn get_key_value(&self, k: &K) -> Option<(&K, &V)> {}
        /// The place of a key, filled or not: `*map.entry(word).or_insert(0) += 1` counts words.
        pub fn entry(&mut self, key: K) -> hash_map::Entry<'_, K, V> {}
        /// True if the key is there.
        pub fn contains_key(&self, k: &K) -> bool {}
        /// Takes the value of a key out.
        pub fn remove(&mut self, k: &K) -> Option<V> {}
        /// Takes a key with its value out.
        pub fn remove_entry(&mut self, k: &K) -> Option<(K, V)> {}
        /// The number of keys.
        pub fn len(&self) -> usize {}
        /// True if there are no keys.
        pub fn is_empty(&self) -> bool {}
        /// Removes everything.
        pub fn clear(&mut self) {}
        /// An iterator over the keys.
        pub fn keys(&self) -> impl Iterator<Item = &K> {}
        /// An iterator over the values.
        pub fn values(&self) -> impl Iterator<Item = &V> {}
        /// An iterator over the values, to change them.
        pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {}
        /// An iterator that gives the keys away.
        pub fn into_keys(self) -> impl Iterator<Item = K> {}
        /// An iterator that gives the values away.
        pub fn into_values(self) -> impl Iterator<Item = V> {}
        /// An iterator over keys with their values: `for (key, value) in &map` does the same.
        pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {}
        /// An iterator over keys with their values, to change these.
        pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {}
        /// An iterator that gives keys and values away.
        pub fn into_iter(self) -> impl Iterator<Item = (K, V)> {}
        /// Takes everything out, one key after another.
        pub fn drain(&mut self) -> impl Iterator<Item = (K, V)> {}
        /// Keeps only what the closure is true for.
        pub fn retain<F>(&mut self, f: F) where F: FnMut(&K, &mut V) -> bool {}
        /// Stores all pairs of an iterator.
        pub fn extend<T>(&mut self, iter: T) where T: IntoIterator<Item = (K, V)> {}
        /// Makes room for at least `additional` more keys.
        pub fn reserve(&mut self, additional: usize) {}
    }
    impl<K: Clone, V: Clone> Clone for HashMap<K, V> {}
    impl<K, V> Default for HashMap<K, V> {}
    impl<K: Eq + Hash, V: PartialEq> PartialEq for HashMap<K, V> {}
    impl<K: Debug, V: Debug> Debug for HashMap<K, V> {}

    pub mod hash_map {
        /// The place of one key in a map, filled or not.
        pub enum Entry<'a, K, V> {}
        impl<'a, K, V> Entry<'a, K, V> {
            /// Borrows the value to change it; stores `default` first if there is none.
            pub fn or_insert(self, default: V) -> &'a mut V {}
            /// Borrows the value to change it; stores what the closure gives first if there is none.
            pub fn or_insert_with<F>(self, default: F) -> &'a mut V where F: FnOnce() -> V {}
            /// Borrows the value to change it; stores the type's default first if there is none.
            pub fn or_default(self) -> &'a mut V where V: Default {}
            /// Changes the value if there is one: `map.entry(k).and_modify(|n| *n += 1).or_insert(1)`.
            pub fn and_modify<F>(self, f: F) -> Entry<'a, K, V> where F: FnOnce(&mut V) {}
            /// The key of the place.
            pub fn key(&self) -> &K {}
        }
    }

    /// Values found by key, in the order of the keys.
    pub struct BTreeMap<K, V> {}
    impl<K: Ord, V> BTreeMap<K, V> {
        /// An empty map.
        pub fn new() -> BTreeMap<K, V> {}
        /// Stores a value under a key; gives the value that was there before.
        pub fn insert(&mut self, key: K, value: V) -> Option<V> {}
        /// The value of a key; `None` if the key is not there.
        pub fn get(&self, key: &K) -> Option<&V> {}
        /// The value of a key, to change it.
        pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {}
        /// The place of a key, filled or not: `*map.entry(word).or_insert(0) += 1` counts words.
        pub fn entry(&mut self, key: K) -> btree_map::Entry<'_, K, V> {}
        /// True if the key is there.
        pub fn contains_key(&self, key: &K) -> bool {}
        /// Takes the value of a key out.
        pub fn remove(&mut self, key: &K) -> Option<V> {}
        /// The smallest key with its value.
        pub fn first_key_value(&self) -> Option<(&K, &V)> {}
        /// The largest key with its value.
        pub fn last_key_value(&self) -> Option<(&K, &V)> {}
        /// Takes the smallest key with its value out.
        pub fn pop_first(&mut self) -> Option<(K, V)> {}
        /// Takes the largest key with its value out.
        pub fn pop_last(&mut self) -> Option<(K, V)> {}
        /// An iterator over the part of the map in a range of keys.
        pub fn range<R>(&self, range: R) -> impl Iterator<Item = (&K, &V)> where R: RangeBounds<K> {}
        /// The number of keys.
        pub fn len(&self) -> usize {}
        /// True if there are no keys.
        pub fn is_empty(&self) -> bool {}
        /// Removes everything.
        pub fn clear(&mut self) {}
        /// An iterator over the keys, in order.
        pub fn keys(&self) -> impl Iterator<Item = &K> {}
        /// An iterator over the values, in the order of their keys.
        pub fn values(&self) -> impl Iterator<Item = &V> {}
        /// An iterator over the values, to change them.
        pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {}
        /// An iterator that gives the keys away.
        pub fn into_keys(self) -> impl Iterator<Item = K> {}
        /// An iterator that gives the values away.
        pub fn into_values(self) -> impl Iterator<Item = V> {}
        /// An iterator over keys with their values, in order.
        pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {}
        /// An iterator over keys with their values, to change these.
        pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {}
        /// An iterator that gives keys and values away, in order.
        pub fn into_iter(self) -> impl Iterator<Item = (K, V)> {}
        /// Keeps only what the closure is true for.
        pub fn retain<F>(&mut self, f: F) where F: FnMut(&K, &mut V) -> bool {}
        /// Stores all pairs of an iterator.
        pub fn extend<T>(&mut self, iter: T) where T: IntoIterator<Item = (K, V)> {}
    }
    impl<K: Clone, V: Clone> Clone for BTreeMap<K, V> {}
    impl<K, V> Default for BTreeMap<K, V> {}
    impl<K: PartialEq, V: PartialEq> PartialEq for BTreeMap<K, V> {}
    impl<K: Debug, V: Debug> Debug for BTreeMap<K, V> {}

    pub mod btree_map {
        /// The place of one key in a map, filled or not.
        pub enum Entry<'a, K, V> {}
        impl<'a, K: Ord, V> Entry<'a, K, V> {
            /// Borrows the value to change it; stores `default` first if there is none.
            pub fn or_insert(self, default: V) -> &'a mut V {}
            /// Borrows the value to change it; stores what the closure gives first if there is none.
            pub fn or_insert_with<F>(self, default: F) -> &'a mut V where F: FnOnce() -> V {}
            /// Borrows the value to change it; stores the type's default first if there is none.
            pub fn or_default(self) -> &'a mut V where V: Default {}
            /// Changes the value if there is one: `map.entry(k).and_modify(|n| *n += 1).or_insert(1)`.
            pub fn and_modify<F>(self, f: F) -> Entry<'a, K, V> where F: FnOnce(&mut V) {}
            /// The key of the place.
            pub fn key(&self) -> &K {}
        }
    }

    /// Values of which each is there once, in no order.
    pub struct HashSet<T> {}
    impl<T: Eq + Hash> HashSet<T> {
        /// An empty set.
        pub fn new() -> HashSet<T> {}
        /// An empty set with room for `capacity` values.
        pub fn with_capacity(capacity: usize) -> HashSet<T> {}
        /// Adds a value; false if it was there already.
        pub fn insert(&mut self, value: T) -> bool {}
        /// True if the value is there.
        pub fn contains(&self, value: &T) -> bool {}
        /// The value that is stored, if it is there.
        pub fn get(&self, value: &T) -> Option<&T> {}
        /// Removes a value; false if it was not there.
        pub fn remove(&mut self, value: &T) -> bool {}
        /// Takes a value out.
        pub fn take(&mut self, value: &T) -> Option<T> {}
        /// The number of values.
        pub fn len(&self) -> usize {}
        /// True if there are no values.
        pub fn is_empty(&self) -> bool {}
        /// Removes all values.
        pub fn clear(&mut self) {}
        /// An iterator over the values.
        pub fn iter(&self) -> impl Iterator<Item = &T> {}
        /// An iterator that gives the values away.
        pub fn into_iter(self) -> impl Iterator<Item = T> {}
        /// Takes all values out, one after another.
        pub fn drain(&mut self) -> impl Iterator<Item = T> {}
        /// Keeps only the values for which the closure is true.
        pub fn retain<F>(&mut self, f: F) where F: FnMut(&T) -> bool {}
        /// Adds all values of an iterator.
        pub fn extend<I>(&mut self, iter: I) where I: IntoIterator<Item = T> {}
        /// The values that are in both sets.
        pub fn intersection<'a>(&'a self, other: &'a HashSet<T>) -> impl Iterator<Item = &'a T> {}
        /// The values that are in at least one of both sets.
        pub fn union<'a>(&'a self, other: &'a HashSet<T>) -> impl Iterator<Item = &'a T> {}
        /// The values that are only in this set.
        pub fn difference<'a>(&'a self, other: &'a HashSet<T>) -> impl Iterator<Item = &'a T> {}
        /// The values that are in exactly one of both sets.
        pub fn symmetric_difference<'a>(&'a self, other: &'a HashSet<T>) -> impl Iterator<Item = &'a T> {}
        /// True if all values are in the other set too.
        pub fn is_subset(&self, other: &HashSet<T>) -> bool {}
        /// True if all values of the other set are in this one.
        pub fn is_superset(&self, other: &HashSet<T>) -> bool {}
        /// True if no value is in both sets.
        pub fn is_disjoint(&self, other: &HashSet<T>) -> bool {}
    }
    impl<T: Clone> Clone for HashSet<T> {}
    impl<T> Default for HashSet<T> {}
    impl<T: Eq + Hash> PartialEq for HashSet<T> {}
    impl<T: Debug> Debug for HashSet<T> {}

    /// Values of which each is there once, in their order.
    pub struct BTreeSet<T> {}
    impl<T: Ord> BTreeSet<T> {
        /// An empty set.
        pub fn new() -> BTreeSet<T> {}
        /// Adds a value; false if it was there already.
        pub fn insert(&mut self, value: T) -> bool {}
        /// True if the value is there.
        pub fn contains(&self, value: &T) -> bool {}
        /// Removes a value; false if it was not there.
        pub fn remove(&mut self, value: &T) -> bool {}
        /// The smallest value.
        pub fn first(&self) -> Option<&T> {}
        /// The largest value.
        pub fn last(&self) -> Option<&T> {}
        /// Takes the smallest value out.
        pub fn pop_first(&mut self) -> Option<T> {}
        /// Takes the largest value out.
        pub fn pop_last(&mut self) -> Option<T> {}
        /// The number of values.
        pub fn len(&self) -> usize {}
        /// True if there are no values.
        pub fn is_empty(&self) -> bool {}
        /// Removes all values.
        pub fn clear(&mut self) {}
        /// An iterator over the values, in order.
        pub fn iter(&self) -> impl Iterator<Item = &T> {}
        /// An iterator that gives the values away, in order.
        pub fn into_iter(self) -> impl Iterator<Item = T> {}
        /// An iterator over the values in a range.
        pub fn range<R>(&self, range: R) -> impl Iterator<Item = &T> where R: RangeBounds<T> {}
        /// Keeps only the values for which the closure is true.
        pub fn retain<F>(&mut self, f: F) where F: FnMut(&T) -> bool {}
        /// Adds all values of an iterator.
        pub fn extend<I>(&mut self, iter: I) where I: IntoIterator<Item = T> {}
        /// The values that are in both sets.
        pub fn intersection<'a>(&'a self, other: &'a BTreeSet<T>) -> impl Iterator<Item = &'a T> {}
        /// The values that are in at least one of both sets.
        pub fn union<'a>(&'a self, other: &'a BTreeSet<T>) -> impl Iterator<Item = &'a T> {}
        /// The values that are only in this set.
        pub fn difference<'a>(&'a self, other: &'a BTreeSet<T>) -> impl Iterator<Item = &'a T> {}
        /// True if all values are in the other set too.
        pub fn is_subset(&self, other: &BTreeSet<T>) -> bool {}
    }
    impl<T: Clone> Clone for BTreeSet<T> {}
    impl<T> Default for BTreeSet<T> {}
    impl<T: PartialEq> PartialEq for BTreeSet<T> {}
    impl<T: Debug> Debug for BTreeSet<T> {}

    /// A list that grows and shrinks at both ends.
    pub struct VecDeque<T> {}
    impl<T> VecDeque<T> {
        /// An empty list.
        pub fn new() -> VecDeque<T> {}
        /// An empty list with room for `capacity` elements.
        pub fn with_capacity(capacity: usize) -> VecDeque<T> {}
        /// Adds an element at the end.
        pub fn push_back(&mut self, value: T) {}
        /// Adds an element at the front.
        pub fn push_front(&mut self, value: T) {}
        /// Takes the last element.
        pub fn pop_back(&mut self) -> Option<T> {}
        /// Takes the first element.
        pub fn pop_front(&mut self) -> Option<T> {}
        /// The first element.
        pub fn front(&self) -> Option<&T> {}
        /// The last element.
        pub fn back(&self) -> Option<&T> {}
        /// The element at a position.
        pub fn get(&self, index: usize) -> Option<&T> {}
        /// The element at a position, to change it.
        pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {}
        /// The number of elements.
        pub fn len(&self) -> usize {}
        /// True if there are no elements.
        pub fn is_empty(&self) -> bool {}
        /// Removes all elements.
        pub fn clear(&mut self) {}
        /// True if an element equals `x`.
        pub fn contains(&self, x: &T) -> bool where T: PartialEq {}
        /// An iterator over the elements.
        pub fn iter(&self) -> impl Iterator<Item = &T> {}
        /// An iterator over the elements, to change them.
        pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {}
        /// An iterator that gives the elements away.
        pub fn into_iter(self) -> impl Iterator<Item = T> {}
        /// Adds all elements of an iterator at the end.
        pub fn extend<I>(&mut self, iter: I) where I: IntoIterator<Item = T> {}
        /// Keeps the first `len` elements.
        pub fn truncate(&mut self, len: usize) {}
        /// Moves the first `n` elements to the end.
        pub fn rotate_left(&mut self, n: usize) {}
        /// Puts the elements in one piece and lends them as a slice.
        pub fn make_contiguous(&mut self) -> &mut [T] {}
    }
    impl<T: Clone> Clone for VecDeque<T> {}
    impl<T> Default for VecDeque<T> {}
    impl<T: PartialEq> PartialEq for VecDeque<T> {}
    impl<T: Debug> Debug for VecDeque<T> {}

    /// A heap: the largest element comes out first.
    pub struct BinaryHeap<T> {}
    impl<T: Ord> BinaryHeap<T> {
        /// An empty heap.
        pub fn new() -> BinaryHeap<T> {}
        /// Adds an element.
        pub fn push(&mut self, item: T) {}
        /// Takes the largest element.
        pub fn pop(&mut self) -> Option<T> {}
        /// Looks at the largest element.
        pub fn peek(&self) -> Option<&T> {}
        /// The number of elements.
        pub fn len(&self) -> usize {}
        /// True if there are no elements.
        pub fn is_empty(&self) -> bool {}
        /// All elements, from small to large.
        pub fn into_sorted_vec(self) -> Vec<T> {}
    }
    impl<T: Clone> Clone for BinaryHeap<T> {}
    impl<T: Debug> Debug for BinaryHeap<T> {}
}
