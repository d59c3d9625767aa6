//! Where the words of a text stand, so that many questions about it cost no reading each.

use std::collections::HashMap;
use std::ops::Range;

/// The words of a text and where they start: everything that looks like a name, wherever it stands (a format string names
/// variables too).
pub fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(|c: char| !unicode_ident::is_xid_continue(c))
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}

/// The places of each word.
pub struct Occurrences<'a>(HashMap<&'a str, Vec<usize>>);

impl<'a> Occurrences<'a> {
    /// Reads a text.
    pub fn of(text: &'a str) -> Occurrences<'a> {
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, word) in words(text) {
            places.entry(word).or_default().push(at);
        }
        Occurrences(places)
    }

    /// The byte at which the word first begins.
    pub fn first(&self, word: &str) -> Option<usize> {
        self.0.get(word)?.first().copied()
    }

    /// Whether the word begins anywhere in this range.
    pub fn is_within(&self, word: &str, range: Range<usize>) -> bool {
        let places = self.0.get(word).map_or(&[][..], Vec::as_slice);
        let next = places.partition_point(|place| *place < range.start);
        places.get(next).is_some_and(|place| *place < range.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_where_they_stand() {
        let words = Occurrences::of("x2 = x + y\u{302}x; x²");
        assert_eq!(words.first("x"), Some(5));
        assert_eq!(words.first("y"), None);
        assert!(words.is_within("x", 6..100));
        assert!(!words.is_within("x", 6..14));
    }
}
