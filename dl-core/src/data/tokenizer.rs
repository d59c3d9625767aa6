//! Texts into token numbers and back. What a network reads of them is made in [`super::sequences`].

use crate::error::{Error, Result};
use std::collections::HashMap;

/// The token that fills short sequences.
const PADDING: usize = 0;
/// The token of everything outside the vocabulary.
const UNKNOWN: usize = 1;
/// Tokens that are no part of a text.
const RESERVED: usize = 2;

/// A vocabulary: the characters, or the words, of a text, each with a number.
///
/// Token 0 is padding, token 1 everything unknown, then the vocabulary follows, most frequent first (of equally frequent
/// ones the smaller in Unicode first), as in Keras's `TextVectorization`. Words are in lower case; whatever is neither a
/// letter, a digit nor an apostrophe within a word separates them.
///
/// ```
/// use dl_core::prelude::*;
/// let tokenizer = Tokenizer::words().fit("The cat and the dog. The dog barks.");
/// assert_eq!(tokenizer.vocabulary()[..2], [("the".to_string(), 3), ("dog".to_string(), 2)]);
/// assert_eq!(tokenizer.encode("the dog meows"), [2, 3, 1]);
/// assert_eq!(tokenizer.decode([2, 3, 1])?, "the dog [UNK]");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Tokenizer {
    unit: Unit,
    limit: Option<usize>,
    /// Each character or word with its number of occurrences; its token is the position and [`RESERVED`].
    vocabulary: Vec<(String, usize)>,
    tokens: HashMap<String, usize>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Unit {
    Character,
    Word,
}

impl Tokenizer {
    /// A tokenizer of single characters, which keeps everything a text has.
    ///
    /// ```
    /// use dl_core::prelude::*;
    /// let tokenizer = Tokenizer::characters().fit("banana!");
    /// assert_eq!(tokenizer.encode("nab"), [3, 2, 5]);
    /// assert_eq!(tokenizer.decode(tokenizer.encode("a ban"))?, "a\u{fffd}ban");   // there was no space
    /// # Ok::<(), Error>(())
    /// ```
    pub fn characters() -> Tokenizer {
        Tokenizer::of(Unit::Character)
    }

    /// A tokenizer of words in lower case, without punctuation.
    pub fn words() -> Tokenizer {
        Tokenizer::of(Unit::Word)
    }

    fn of(unit: Unit) -> Tokenizer {
        Tokenizer {
            unit,
            limit: None,
            vocabulary: Vec::new(),
            tokens: HashMap::new(),
        }
    }

    /// Keeps the `count` most frequent characters or words only; the others become the unknown token. Say so before
    /// [`fit`](Tokenizer::fit).
    #[must_use]
    pub fn limit(mut self, count: usize) -> Tokenizer {
        self.limit = Some(count);
        self
    }

    /// Takes the vocabulary from a text, in place of any earlier one.
    #[must_use]
    pub fn fit(mut self, text: &str) -> Tokenizer {
        let mut counts: HashMap<String, usize> = HashMap::new();
        self.unit.for_each(text, |piece| match counts.get_mut(piece) {
            Some(count) => *count += 1,
            None => drop(counts.insert(piece.to_string(), 1)),
        });
        self.vocabulary = counts.into_iter().collect();
        self.vocabulary
            .sort_by(|(a, many), (b, few)| few.cmp(many).then_with(|| a.cmp(b)));
        self.vocabulary.truncate(self.limit.unwrap_or(usize::MAX));
        let numbered = self.vocabulary.iter().enumerate();
        self.tokens = numbered
            .map(|(at, (piece, _))| (piece.clone(), at + RESERVED))
            .collect();
        self
    }

    /// The number of different tokens, padding and unknown included: the first argument of `Embedding`, and the units of
    /// the last layer.
    pub fn size(&self) -> usize {
        self.vocabulary.len() + RESERVED
    }

    /// Characters or words with the number of times each stood in the text, most frequent first; their tokens are 2, 3, ...
    pub fn vocabulary(&self) -> &[(String, usize)] {
        &self.vocabulary
    }

    /// The tokens of a text.
    pub fn encode(&self, text: &str) -> Vec<usize> {
        let mut tokens = Vec::new();
        self.unit.for_each(text, |piece| {
            tokens.push(self.tokens.get(piece).copied().unwrap_or(UNKNOWN));
        });
        tokens
    }

    /// The text of tokens: characters side by side, words with a space between them. Padding is left out; what is unknown
    /// becomes `[UNK]`, or the replacement character U+FFFD.
    ///
    /// # Errors
    /// When a token is not below [`size`](Tokenizer::size).
    pub fn decode(&self, tokens: impl AsRef<[usize]>) -> Result<String> {
        self.text(tokens.as_ref())
    }

    fn text(&self, tokens: &[usize]) -> Result<String> {
        let (unknown, between) = match self.unit {
            Unit::Character => ("\u{fffd}", ""),
            Unit::Word => ("[UNK]", " "),
        };
        let mut pieces = Vec::with_capacity(tokens.len());
        for &token in tokens {
            match token {
                PADDING => {}
                UNKNOWN => pieces.push(unknown),
                _ => match self.vocabulary.get(token - RESERVED) {
                    Some((piece, _)) => pieces.push(piece),
                    None => {
                        return Err(Error::new(
                            format!("decode: token {token}, but this tokenizer has {}", self.size()),
                            format!(
                                "tokens are 0 to {}; was it fitted to the same text?",
                                self.size() - 1
                            ),
                        ));
                    }
                },
            }
        }
        Ok(pieces.join(between))
    }
}

impl Unit {
    fn for_each(self, text: &str, mut take: impl FnMut(&str)) {
        match self {
            Unit::Character => {
                for (at, character) in text.char_indices() {
                    take(&text[at..at + character.len_utf8()]);
                }
            }
            Unit::Word => {
                let text = text.to_lowercase().replace('\u{2019}', "'");
                let pieces = text.split(|sign: char| !sign.is_alphanumeric() && sign != '\'');
                for word in pieces
                    .map(|piece| piece.trim_matches('\''))
                    .filter(|word| !word.is_empty())
                {
                    take(word);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
