//! Vocabularies, tokens and back.

use super::*;

#[test]
fn words_are_counted_and_ranked() {
    let text = "\"Don't!\" said the Dog; 'the dog's DON\u{2019}T' -- caf\u{e9} 42";
    let tokenizer = Tokenizer::words().fit(text);
    let vocabulary: Vec<(&str, usize)> = tokenizer
        .vocabulary()
        .iter()
        .map(|(word, count)| (&word[..], *count))
        .collect();
    let expected = [
        ("don't", 2),
        ("the", 2),
        ("42", 1),
        ("caf\u{e9}", 1),
        ("dog", 1),
        ("dog's", 1),
        ("said", 1),
    ];
    assert_eq!(vocabulary, expected);
    assert_eq!(tokenizer.size(), 9);
}

#[test]
fn a_text_comes_back_from_its_characters() {
    let text = crate::data::alice();
    let tokenizer = Tokenizer::characters().fit(text);
    assert_eq!(tokenizer.size(), 72);
    let tokens = tokenizer.encode(text);
    assert_eq!(tokens.len(), text.chars().count());
    assert_eq!(tokenizer.decode(tokens).unwrap(), text);
    let odd = "\u{1f600}e\u{301}\n";
    let own = Tokenizer::characters().fit(odd);
    assert_eq!(own.decode(own.encode(odd)).unwrap(), odd);
}

#[test]
fn a_limit_keeps_the_most_frequent() {
    let tokenizer = Tokenizer::words().limit(2).fit("a b b c c c d d d d");
    assert_eq!(tokenizer.encode("d c b a"), [2, 3, 1, 1]);
    assert_eq!(tokenizer.size(), 4);
    assert_eq!(Tokenizer::words().limit(0).fit("a").encode("a"), [1]);
}

#[test]
fn the_same_text_gives_the_same_tokens() {
    let fit = || Tokenizer::words().fit(crate::data::alice());
    assert_eq!(fit().vocabulary(), fit().vocabulary());
}

#[test]
fn nothing_is_a_text_too() {
    let tokenizer = Tokenizer::words();
    assert_eq!(tokenizer.encode("word"), [1]);
    assert_eq!(tokenizer.clone().fit("").size(), 2);
    assert_eq!(tokenizer.decode([0, 1, 0]).unwrap(), "[UNK]");
    assert!(tokenizer.encode("  ").is_empty());
}

#[test]
fn a_token_that_is_none_is_told() {
    let error = Tokenizer::characters().fit("ab").decode([2, 4]).unwrap_err();
    insta::assert_snapshot!(error, @"
    decode: token 4, but this tokenizer has 4
    hint: tokens are 0 to 3; was it fitted to the same text?
    ");
}
