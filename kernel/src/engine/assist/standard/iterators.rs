//! Iterators and ranges: see `prelude.rs` for how these declarations are read.

pub mod iter {
    /// Something that gives one element after another. Nothing happens until the elements are asked for: by `for`, `collect`, `sum`, ...
    pub trait Iterator: IntoIterator<Item = Self::Item> {
        type Item;
        /// The next element; `None` after the last.
        fn next(&mut self) -> Option<Self::Item>;
        /// Gives what the closure makes of each element.
        fn map<B, F>(self, f: F) -> impl Iterator<Item = B> where F: FnMut(Self::Item) -> B;
        /// Gives only the elements for which the closure is true.
        fn filter<P>(self, predicate: P) -> impl Iterator<Item = Self::Item> where P: FnMut(&Self::Item) -> bool;
        /// Gives what the closure makes of each element and leaves out each `None`.
        fn filter_map<B, F>(self, f: F) -> impl Iterator<Item = B> where F: FnMut(Self::Item) -> Option<B>;
        /// Gives all elements of the collections that the closure makes.
        fn flat_map<U, F>(self, f: F) -> impl Iterator<Item = U::Item> where U: IntoIterator, F: FnMut(Self::Item) -> U;
        /// Gives all elements of the collections that are its elements.
        fn flatten(self) -> impl Iterator<Item = <Self::Item as IntoIterator>::Item> where Self::Item: IntoIterator;
        /// Gives each element with its position, from 0: `for (i, x) in v.iter().enumerate()`.
        fn enumerate(self) -> impl Iterator<Item = (usize, Self::Item)>;
        /// Walks through two collections at once, in pairs, up to the end of the shorter.
        fn zip<U>(self, other: U) -> impl Iterator<Item = (Self::Item, U::Item)> where U: IntoIterator;
        /// Gives the elements of another collection after its own.
        fn chain<U>(self, other: U) -> impl Iterator<Item = Self::Item> where U: IntoIterator<Item = Self::Item>;
        /// Gives the first `n` elements.
        fn take(self, n: usize) -> impl Iterator<Item = Self::Item>;
        /// Gives elements as long as the closure is true.
        fn take_while<P>(self, predicate: P) -> impl Iterator<Item = Self::Item> where P: FnMut(&Self::Item) -> bool;
        /// Leaves out the first `n` elements.
        fn skip(self, n: usize) -> impl Iterator<Item = Self::Item>;
        /// Leaves out elements as long as the closure is true.
        fn skip_while<P>(self, predicate: P) -> impl Iterator<Item = Self::Item> where P: FnMut(&Self::Item) -> bool;
        /// Gives what the closure makes of each element, until it gives `None`.
        fn map_while<B, P>(self, predicate: P) -> impl Iterator<Item = B> where P: FnMut(Self::Item) -> Option<B>;
        /// Gives the first element and then every `step`-th.
        fn step_by(self, step: usize) -> impl Iterator<Item = Self::Item>;
        /// From the last to the first.
        fn rev(self) -> impl Iterator<Item = Self::Item> where Self: DoubleEndedIterator;
        /// Gives copies of the elements behind references.
        fn copied<'a, T>(self) -> impl Iterator<Item = T> where Self: Iterator<Item = &'a T>, T: Copy + 'a;
        /// Gives clones of the elements behind references.
        fn cloned<'a, T>(self) -> impl Iterator<Item = T> where Self: Iterator<Item = &'a T>, T: Clone + 'a;
        /// An iterator whose next element can be looked at with `peek` before it is taken.
        fn peekable(self) -> Peekable<Self>;
        /// Begins again after the last element, for ever.
        fn cycle(self) -> impl Iterator<Item = Self::Item> where Self: Clone;
        /// Shows each element to the closure and hands it on: for a look into a chain.
        fn inspect<F>(self, f: F) -> impl Iterator<Item = Self::Item> where F: FnMut(&Self::Item);
        /// Carries a state along: gives what the closure makes of the state and each element, until it gives `None`.
        fn scan<St, B, F>(self, initial_state: St, f: F) -> impl Iterator<Item = B> where F: FnMut(&mut St, Self::Item) -> Option<B>;
        /// Gives no more elements after the first `None`.
        fn fuse(self) -> impl Iterator<Item = Self::Item>;
        /// Borrows the iterator, so that it can be used again after a chain that ends early.
        fn by_ref(&mut self) -> &mut Self;
        /// Gathers all elements in a collection: `collect::<Vec<_>>()`, or with the type at the `let`.
        fn collect<B>(self) -> B where B: FromIterator<Self::Item>;
        /// The sum of all elements: `v.iter().sum::<f32>()`.
        fn sum<S>(self) -> S where S: Sum<Self::Item>;
        /// The product of all elements.
        fn product<P>(self) -> P where P: Product<Self::Item>;
        /// Joins all elements into one value: begins with `init`, and the closure adds each element to it.
        fn fold<B, F>(self, init: B, f: F) -> B where F: FnMut(B, Self::Item) -> B;
        /// Joins all elements into one, beginning with the first; `None` if there are none.
        fn reduce<F>(self, f: F) -> Option<Self::Item> where F: FnMut(Self::Item, Self::Item) -> Self::Item;
        /// As `fold`, but ends at the first `Err` or `None`.
        fn try_fold<B, F, R>(&mut self, init: B, f: F) -> R where F: FnMut(B, Self::Item) -> R, R: Try<Output = B>;
        /// The number of elements.
        fn count(self) -> usize;
        /// The least number of elements that are left, and the largest if it is known.
        fn size_hint(&self) -> (usize, Option<usize>);
        /// The last element.
        fn last(self) -> Option<Self::Item>;
        /// The element after `n` others; `nth(0)` is the next.
        fn nth(&mut self, n: usize) -> Option<Self::Item>;
        /// The largest element. Floats have no `Ord`: `max_by(|a, b| a.total_cmp(b))`.
        fn max(self) -> Option<Self::Item> where Self::Item: Ord;
        /// The smallest element. Floats have no `Ord`: `min_by(|a, b| a.total_cmp(b))`.
        fn min(self) -> Option<Self::Item> where Self::Item: Ord;
        /// The largest element by a comparison.
        fn max_by<F>(self, compare: F) -> Option<Self::Item> where F: FnMut(&Self::Item, &Self::Item) -> Ordering;
        /// The smallest element by a comparison.
        fn min_by<F>(self, compare: F) -> Option<Self::Item> where F: FnMut(&Self::Item, &Self::Item) -> Ordering;
        /// The element with the largest key.
        fn max_by_key<B, F>(self, f: F) -> Option<Self::Item> where B: Ord, F: FnMut(&Self::Item) -> B;
        /// The element with the smallest key.
        fn min_by_key<B, F>(self, f: F) -> Option<Self::Item> where B: Ord, F: FnMut(&Self::Item) -> B;
        /// True if the closure is true for every element.
        fn all<F>(&mut self, f: F) -> bool where F: FnMut(Self::Item) -> bool;
        /// True if the closure is true for at least one element.
        fn any<F>(&mut self, f: F) -> bool where F: FnMut(Self::Item) -> bool;
        /// The first element for which the closure is true.
        fn find<P>(&mut self, predicate: P) -> Option<Self::Item> where P: FnMut(&Self::Item) -> bool;
        /// The first value that the closure gives.
        fn find_map<B, F>(&mut self, f: F) -> Option<B> where F: FnMut(Self::Item) -> Option<B>;
        /// The position of the first element for which the closure is true.
        fn position<P>(&mut self, predicate: P) -> Option<usize> where P: FnMut(Self::Item) -> bool;
        /// Calls the closure with each element.
        fn for_each<F>(self, f: F) where F: FnMut(Self::Item);
        /// Two collections: the elements for which the closure is true, and the others.
        fn partition<B, F>(self, f: F) -> (B, B) where B: Default + Extend<Self::Item>, F: FnMut(&Self::Item) -> bool;
        /// Splits pairs into two collections: `let (xs, ys): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();`.
        fn unzip<A, B, FromA, FromB>(self) -> (FromA, FromB) where FromA: Default + Extend<A>, FromB: Default + Extend<B>, Self: Iterator<Item = (A, B)>;
        /// True if both give equal elements.
        fn eq<I>(self, other: I) -> bool where I: IntoIterator, Self::Item: PartialEq<I::Item>;
        /// True if every element is at least as large as the one before it.
        fn is_sorted(self) -> bool where Self::Item: PartialOrd;
    }
    /// An iterator that can be walked from both ends.
    pub trait DoubleEndedIterator: Iterator {
        /// The next element from the end.
        fn next_back(&mut self) -> Option<Self::Item>;
        /// The last element for which the closure is true.
        fn rfind<P>(&mut self, predicate: P) -> Option<Self::Item> where P: FnMut(&Self::Item) -> bool;
    }
    /// An iterator that knows how many elements are left.
    pub trait ExactSizeIterator: Iterator {
        /// The number of elements that are left.
        fn len(&self) -> usize;
    }
    /// An iterator that can look one element ahead.
    pub struct Peekable<I: Iterator> {}
    impl<I: Iterator> Peekable<I> {
        /// Looks at the next element without taking it.
        pub fn peek(&mut self) -> Option<&I::Item> {}
        /// Takes the next element if the closure is true for it.
        pub fn next_if(&mut self, func: impl FnOnce(&I::Item) -> bool) -> Option<I::Item> {}
    }
    impl<I: Iterator> Iterator for Peekable<I> { type Item = I::Item; }
    /// What `for` can walk through.
    pub trait IntoIterator {
        type Item;
        /// An iterator that gives the elements away.
        fn into_iter(self) -> impl Iterator<Item = Self::Item>;
    }
    /// Collections that `collect` can make.
    pub trait FromIterator<A> {
        /// A collection of all elements.
        fn from_iter<T>(iter: T) -> Self where T: IntoIterator<Item = A>;
    }
    /// Collections that can take more elements.
    pub trait Extend<A> {
        /// Adds all elements.
        fn extend<T>(&mut self, iter: T) where T: IntoIterator<Item = A>;
    }
    /// Gives the same value for ever.
    pub fn repeat<T: Clone>(elt: T) -> impl Iterator<Item = T> {}
    /// Gives the same value `count` times.
    pub fn repeat_n<T: Clone>(element: T, count: usize) -> impl Iterator<Item = T> {}
    /// Gives what the closure makes, for ever.
    pub fn repeat_with<T, F: FnMut() -> T>(repeater: F) -> impl Iterator<Item = T> {}
    /// Gives one value.
    pub fn once<T>(value: T) -> impl Iterator<Item = T> {}
    /// Gives nothing.
    pub fn empty<T>() -> impl Iterator<Item = T> {}
    /// Gives values as long as the closure does.
    pub fn from_fn<T, F: FnMut() -> Option<T>>(f: F) -> impl Iterator<Item = T> {}
    /// Gives a first value and then what the closure makes of the last one.
    pub fn successors<T, F: FnMut(&T) -> Option<T>>(first: Option<T>, succ: F) -> impl Iterator<Item = T> {}
    /// Walks through two collections at once, in pairs.
    pub fn zip<A: IntoIterator, B: IntoIterator>(a: A, b: B) -> impl Iterator<Item = (A::Item, B::Item)> {}
}

pub mod ops {
    /// The values from `start` up to, not including, `end`: written `0..10`.
    pub struct Range<Idx> {
        /// The first value.
        pub start: Idx,
        /// The value after the last.
        pub end: Idx,
    }
    impl<Idx: PartialOrd> Range<Idx> {
        /// True if the value is in the range.
        pub fn contains(&self, item: &Idx) -> bool {}
        /// True if no value is in the range.
        pub fn is_empty(&self) -> bool {}
    }
    impl<A: Step> Iterator for Range<A> { type Item = A; }
    impl<Idx: Clone> Clone for Range<Idx> {}
    impl<Idx: PartialEq> PartialEq for Range<Idx> {}
    impl<Idx: Debug> Debug for Range<Idx> {}
    /// The values from a first up to and including a last: written `1..=10`.
    pub struct RangeInclusive<Idx> {}
    impl<Idx: PartialOrd> RangeInclusive<Idx> {
        /// The first value.
        pub fn start(&self) -> &Idx {}
        /// The last value.
        pub fn end(&self) -> &Idx {}
        /// True if the value is in the range.
        pub fn contains(&self, item: &Idx) -> bool {}
        /// True if no value is in the range.
        pub fn is_empty(&self) -> bool {}
    }
    impl<A: Step> Iterator for RangeInclusive<A> { type Item = A; }
    impl<Idx: Clone> Clone for RangeInclusive<Idx> {}
    impl<Idx: PartialEq> PartialEq for RangeInclusive<Idx> {}
    impl<Idx: Debug> Debug for RangeInclusive<Idx> {}
    /// Whether to go on or to leave.
    pub enum ControlFlow<B, C> {
        /// Go on.
        Continue(C),
        /// Leave with this.
        Break(B),
    }
}
