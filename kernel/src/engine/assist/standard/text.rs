//! `String` and `str`: see `prelude.rs` for how these declarations are read.

pub mod string {
    /// Text that can grow. `"abc".to_string()` and `format!` make one; `&s` lends it as `&str`.
    pub struct String {}
    impl String {
        /// An empty text.
        pub fn new() -> String {}
        /// An empty text with room for `capacity` bytes.
        pub fn with_capacity(capacity: usize) -> String {}
        /// The text of these bytes, if they are valid UTF-8.
        pub fn from_utf8(vec: Vec<u8>) -> Result<String, FromUtf8Error> {}
        /// The text of these bytes; what is not valid UTF-8 becomes the sign for a damaged character.
        pub fn from_utf8_lossy(v: &[u8]) -> Cow<'_, str> {}
        /// Adds text at the end.
        pub fn push_str(&mut self, string: &str) {}
        /// Adds a character at the end.
        pub fn push(&mut self, ch: char) {}
        /// Takes the last character; `None` if the text is empty.
        pub fn pop(&mut self) -> Option<char> {}
        /// Puts a character at a byte position. Panics if the position is inside a character.
        pub fn insert(&mut self, idx: usize, ch: char) {}
        /// Puts text at a byte position.
        pub fn insert_str(&mut self, idx: usize, string: &str) {}
        /// Takes the character at a byte position.
        pub fn remove(&mut self, idx: usize) -> char {}
        /// Removes all text and keeps the memory.
        pub fn clear(&mut self) {}
        /// Keeps the first `new_len` bytes.
        pub fn truncate(&mut self, new_len: usize) {}
        /// Keeps only the characters for which the closure is true.
        pub fn retain<F>(&mut self, f: F) where F: FnMut(char) -> bool {}
        /// Takes the characters of a range of bytes out.
        pub fn drain<R>(&mut self, range: R) -> impl Iterator<Item = char> where R: RangeBounds<usize> {}
        /// Replaces a range of bytes with other text.
        pub fn replace_range<R>(&mut self, range: R, replace_with: &str) where R: RangeBounds<usize> {}
        /// Cuts at a byte position: this text keeps what is before it, the result has the rest.
        pub fn split_off(&mut self, at: usize) -> String {}
        /// Adds all characters or texts of an iterator.
        pub fn extend<I>(&mut self, iter: I) where I: IntoIterator<Item = char> {}
        /// Lends the text as `&str`.
        pub fn as_str(&self) -> &str {}
        /// Lends the text as `&mut str`.
        pub fn as_mut_str(&mut self) -> &mut str {}
        /// The bytes of the text as a list; the text is gone afterwards.
        pub fn into_bytes(self) -> Vec<u8> {}
        /// The text as a boxed `str`, which cannot grow any more.
        pub fn into_boxed_str(self) -> Box<str> {}
        /// How many bytes fit before the text needs new memory.
        pub fn capacity(&self) -> usize {}
        /// Makes room for at least `additional` more bytes.
        pub fn reserve(&mut self, additional: usize) {}
        /// Gives back memory that holds no text.
        pub fn shrink_to_fit(&mut self) {}
        /// The number of bytes; `chars().count()` counts characters.
        pub fn len(&self) -> usize {}
        /// True if there is no text.
        pub fn is_empty(&self) -> bool {}
        /// The bytes of the text.
        pub fn as_bytes(&self) -> &[u8] {}
    }
    impl Deref for String { type Target = str; }
    impl Clone for String {}
    impl Default for String {}
    impl PartialEq for String {}
    impl Ord for String {}
    impl Display for String {}
    impl Debug for String {}
    impl From<&str> for String {}
    impl AsRef<str> for String {}
    /// Values that can be written as text: all that `{}` can show.
    pub trait ToString {
        /// The value as text, as `{}` shows it.
        fn to_string(&self) -> String;
    }
    /// Why bytes are no text.
    pub struct FromUtf8Error {}
    impl Error for FromUtf8Error {}
}

pub mod str {
    impl str {
        /// The number of bytes; `chars().count()` counts characters.
        pub fn len(&self) -> usize {}
        /// True if there is no text.
        pub fn is_empty(&self) -> bool {}
        /// An iterator over the characters.
        pub fn chars(&self) -> impl Iterator<Item = char> {}
        /// An iterator over the byte position of each character and the character.
        pub fn char_indices(&self) -> impl Iterator<Item = (usize, char)> {}
        /// An iterator over the bytes.
        pub fn bytes(&self) -> impl Iterator<Item = u8> {}
        /// The bytes of the text.
        pub fn as_bytes(&self) -> &[u8] {}
        /// An iterator over the lines, without their ends.
        pub fn lines(&self) -> impl Iterator<Item = &str> {}
        /// The pieces between matches: `"a,b".split(',')`. The pattern is a character, a text or a closure.
        pub fn split<P: Pattern>(&self, pat: P) -> impl Iterator<Item = &str> {}
        /// The pieces between matches, at most `n`; the last holds all the rest.
        pub fn splitn<P: Pattern>(&self, n: usize, pat: P) -> impl Iterator<Item = &str> {}
        /// The pieces up to and with each match.
        pub fn split_inclusive<P: Pattern>(&self, pat: P) -> impl Iterator<Item = &str> {}
        /// The pieces between matches; an empty one at the end is left out.
        pub fn split_terminator<P: Pattern>(&self, pat: P) -> impl Iterator<Item = &str> {}
        /// The words: pieces between white space, however much of it.
        pub fn split_whitespace(&self) -> impl Iterator<Item = &str> {}
        /// What is before and behind the first match; `None` if there is no match.
        pub fn split_once<P: Pattern>(&self, delimiter: P) -> Option<(&str, &str)> {}
        /// What is before and behind the last match.
        pub fn rsplit_once(&self, delimiter: char) -> Option<(&str, &str)> {}
        /// The text before and from a byte position on. Panics inside a character.
        pub fn split_at(&self, mid: usize) -> (&str, &str) {}
        /// The text without white space at both ends.
        pub fn trim(&self) -> &str {}
        /// The text without white space at the start.
        pub fn trim_start(&self) -> &str {}
        /// The text without white space at the end.
        pub fn trim_end(&self) -> &str {}
        /// The text without such characters at both ends: `"--a--".trim_matches('-')`.
        pub fn trim_matches(&self, pat: char) -> &str {}
        /// The text without any repetition of the pattern at the start.
        pub fn trim_start_matches<P: Pattern>(&self, pat: P) -> &str {}
        /// The text without such characters at the end.
        pub fn trim_end_matches(&self, pat: char) -> &str {}
        /// What is left after this beginning; `None` if the text begins differently.
        pub fn strip_prefix<P: Pattern>(&self, prefix: P) -> Option<&str> {}
        /// What is left before this end; `None` if the text ends differently.
        pub fn strip_suffix(&self, suffix: &str) -> Option<&str> {}
        /// True if the pattern is somewhere in the text.
        pub fn contains<P: Pattern>(&self, pat: P) -> bool {}
        /// True if the text begins with the pattern.
        pub fn starts_with<P: Pattern>(&self, pat: P) -> bool {}
        /// True if the text ends with this.
        pub fn ends_with(&self, pat: &str) -> bool {}
        /// The byte position of the first match.
        pub fn find<P: Pattern>(&self, pat: P) -> Option<usize> {}
        /// The byte position of the last match.
        pub fn rfind(&self, pat: &str) -> Option<usize> {}
        /// All pieces that match.
        pub fn matches<P: Pattern>(&self, pat: P) -> impl Iterator<Item = &str> {}
        /// All pieces that match, with their byte positions.
        pub fn match_indices<P: Pattern>(&self, pat: P) -> impl Iterator<Item = (usize, &str)> {}
        /// A new text with every match replaced.
        pub fn replace<P: Pattern>(&self, from: P, to: &str) -> String {}
        /// A new text with the first `count` matches replaced.
        pub fn replacen<P: Pattern>(&self, pat: P, to: &str, count: usize) -> String {}
        /// The text `n` times one after another.
        pub fn repeat(&self, n: usize) -> String {}
        /// Reads a value from the text: `"1.5".parse::<f32>()`.
        pub fn parse<F>(&self) -> Result<F, F::Err> where F: FromStr {}
        /// The text in lower case.
        pub fn to_lowercase(&self) -> String {}
        /// The text in upper case.
        pub fn to_uppercase(&self) -> String {}
        /// The text with the letters a to z in lower case.
        pub fn to_ascii_lowercase(&self) -> String {}
        /// The text with the letters a to z in upper case.
        pub fn to_ascii_uppercase(&self) -> String {}
        /// True if both texts differ at most in the case of the letters a to z.
        pub fn eq_ignore_ascii_case(&self, other: &str) -> bool {}
        /// True if all characters are ASCII.
        pub fn is_ascii(&self) -> bool {}
        /// True if a character begins at this byte position.
        pub fn is_char_boundary(&self, index: usize) -> bool {}
        /// The piece in a range of bytes; `None` where `text[range]` would panic.
        pub fn get(&self, i: Range<usize>) -> Option<&str> {}
        /// The text as `{:?}` shows it, without the quotes.
        pub fn escape_debug(&self) -> impl Iterator<Item = char> {}
    }
    impl ToOwned for str { type Owned = String; }
    impl ToString for str {}
    impl PartialEq for str {}
    impl Ord for str {}
    impl Display for str {}
    impl Debug for str {}
    impl AsRef<str> for str {}
    /// The text of these bytes, if they are valid UTF-8.
    pub fn from_utf8(v: &[u8]) -> Result<&str, Utf8Error> {}
    /// Why bytes are no text.
    pub struct Utf8Error {}
    /// Values that `parse` can read from text.
    pub trait FromStr {
        type Err;
        /// Reads a value of this type.
        fn from_str(s: &str) -> Result<Self, Self::Err>;
    }
}

pub mod char {
    impl char {
        /// The largest character there is.
        pub const MAX: char = '\u{10FFFF}';
        /// True for letters of any language.
        pub fn is_alphabetic(self) -> bool {}
        /// True for digits and other signs for numbers.
        pub fn is_numeric(self) -> bool {}
        /// True for letters and numbers.
        pub fn is_alphanumeric(self) -> bool {}
        /// True for white space.
        pub fn is_whitespace(self) -> bool {}
        /// True for letters in upper case.
        pub fn is_uppercase(self) -> bool {}
        /// True for letters in lower case.
        pub fn is_lowercase(self) -> bool {}
        /// True for characters that control a terminal and show nothing.
        pub fn is_control(self) -> bool {}
        /// True for a digit of this base: 10 for decimal, 16 for hexadecimal.
        pub fn is_digit(self, radix: u32) -> bool {}
        /// The value as a digit of this base.
        pub fn to_digit(self, radix: u32) -> Option<u32> {}
        /// The digit with this value.
        pub fn from_digit(num: u32, radix: u32) -> Option<char> {}
        /// The character with this number in Unicode.
        pub fn from_u32(i: u32) -> Option<char> {}
        /// In lower case; some letters become several.
        pub fn to_lowercase(self) -> impl Iterator<Item = char> {}
        /// In upper case; some letters become several: `ß` becomes `SS`.
        pub fn to_uppercase(self) -> impl Iterator<Item = char> {}
        /// In lower case, if it is one of A to Z.
        pub fn to_ascii_lowercase(&self) -> char {}
        /// In upper case, if it is one of a to z.
        pub fn to_ascii_uppercase(&self) -> char {}
        /// True for the first 128 characters.
        pub fn is_ascii(&self) -> bool {}
        /// True for a to z and A to Z.
        pub fn is_ascii_alphabetic(&self) -> bool {}
        /// True for 0 to 9.
        pub fn is_ascii_digit(&self) -> bool {}
        /// True for a to z, A to Z and 0 to 9.
        pub fn is_ascii_alphanumeric(&self) -> bool {}
        /// True for a to z.
        pub fn is_ascii_lowercase(&self) -> bool {}
        /// True for A to Z.
        pub fn is_ascii_uppercase(&self) -> bool {}
        /// True for signs such as `.`, `,` and `!`.
        pub fn is_ascii_punctuation(&self) -> bool {}
        /// True for space, tab and line ends.
        pub fn is_ascii_whitespace(&self) -> bool {}
        /// True if both are the same letter, in whatever case.
        pub fn eq_ignore_ascii_case(&self, other: &char) -> bool {}
        /// The number of bytes in UTF-8, 1 to 4.
        pub fn len_utf8(self) -> usize {}
    }
    impl Copy for char {}
    impl Clone for char {}
    impl Ord for char {}
    impl PartialEq for char {}
    impl Display for char {}
    impl Debug for char {}
}
