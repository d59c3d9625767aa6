//! Graded work: what a learner's cell may not say, and how an instructor's cell sees no more of a learner's than its exercise
//! asks for.
//!
//! A learner may name a function `assert_eq` or a type `Tensor`, by accident or not; a test must mean what it says all the same.
//! So what an instructor writes stands in a module of its own, above everything of the learner's: macros are seen only below
//! their definition, and names only where they are brought in. What the terms of the exercise name is brought in, and the
//! learner sees what the instructor gives. It is so in every cell, or a given type would not be the same type in each.

use std::collections::{BTreeSet, HashSet};

use proc_macro2::TokenStream;
use syn::spanned::Spanned;
use syn::{ImplItem, Item, Visibility};

use super::assemble::Living;
use super::diagnostics::plain_error;
use super::items::{Memory, ParsedKind, Remembered, token_words, words};
use super::parse::ParsedCell;
use super::source::Origin;
use super::{RustcEngine, types};
use crate::engine::{Standing, Terms};
use crate::output::CellError;

mod agreement;
mod asked;
mod lifetimes;
mod sight;

pub use agreement::{Agreement, disagreement, leave_out_absent, line};
pub use asked::agreements;
pub use sight::{beyond, sight};
use sight::{is_as_asked, is_said};

/// The module of an instructor's cell.
pub const MODULE: &str = "hebb_instructor";
/// What is written in front of an instructor's item, field or method, so that the learner's code sees it.
pub const OPEN: &str = "pub(super) ";

/// What a learner's cell may not say, and why.
const REFUSED: [(&str, &str); 7] = [
    (
        "unsafe",
        "`unsafe` lets a program change what it should only look at",
    ),
    (
        "extern",
        "`extern` brings in what is not Rust, or not of this notebook",
    ),
    ("asm", "assembly cannot be checked"),
    ("global_asm", "assembly cannot be checked"),
    ("naked_asm", "assembly cannot be checked"),
    (
        "hebb_prelude",
        "`hebb_prelude` is what cells are made of: its names are there without it",
    ),
    ("hebb_instructor", "this name is not for cells"),
];

/// Refuses a learner's cell that says what it may not when it is graded.
pub fn allowed(parsed: &ParsedCell) -> Result<(), CellError> {
    match refused(parsed) {
        Some((word, why)) => {
            let text = format!(
                "`{word}` is not allowed in graded work: {why}\nhint: write the cell without `{word}`"
            );
            Err(plain_error("NotAllowed", &text))
        }
        None => Ok(()),
    }
}

/// What a learner's cell says that is refused, with the reason.
fn refused(parsed: &ParsedCell) -> Option<(&'static str, &'static str)> {
    const LIFETIMES: (&str, &str) = (
        "&'a &'b",
        "a reference that leads to something with another lifetime can fool the compiler",
    );
    let mut said = HashSet::new();
    match parsed.code.parse::<TokenStream>() {
        Ok(tokens) if lifetimes::promises_more(&tokens) => return Some(LIFETIMES),
        Ok(tokens) => token_words(tokens, &mut said),
        // Should the compiler read what cannot be read here, every word of it counts.
        Err(_) if parsed.code.contains("&'") || parsed.code.contains("& '") => return Some(LIFETIMES),
        Err(_) => said = words(&parsed.code),
    }
    let is_said = |word: &str| said.contains(word) || said.contains(&format!("r#{word}"));
    REFUSED.into_iter().find(|(word, _)| is_said(word))
}

impl RustcEngine {
    /// Whether a cell of this standing may use a variable; if not, what there is to say about it.
    pub(super) fn may_use(&self, standing: Standing, variable: &Living) -> Result<(), String> {
        let Some(terms) = &self.terms else {
            return Ok(());
        };
        if standing == Standing::Learner || variable.standing == Standing::Instructor {
            return Ok(());
        }
        let given = names(&self.given.definitions, |_| true);
        let own = words_of(&variable.full_type, Standing::Learner);
        if let Some(name) = given.into_iter().find(|name| own.contains(*name)) {
            return Err(format!(
                "is of a type `{name}` that is not the one that was given"
            ));
        }
        // Nothing is given where the terms come from: there these types are like all others.
        let is = variable.full_type.replace(&format!("{MODULE}::"), "");
        match terms.variables.get(&variable.name) {
            None => Err("is none that the exercise asks for".to_owned()),
            Some(asked) if *asked != is => {
                let (asked, is) = (types::short(asked), types::short(&is));
                Err(format!(
                    "must be of the type `{asked}`, and is of the type `{is}`"
                ))
            }
            Some(_) => Ok(()),
        }
    }
}

/// How a cell is put together from what both have defined.
#[derive(Debug)]
pub struct Scope<'a> {
    /// The learner's names that the instructor's code sees.
    pub seen: BTreeSet<&'a str>,
    /// The instructor's earlier items that the cell reaches.
    pub given: Vec<&'a Remembered>,
    /// The learner's earlier items that it reaches.
    pub learners: Vec<&'a Remembered>,
    /// Names of the instructor's that the learner's code sees.
    pub lent: BTreeSet<&'a str>,
    /// The names that the learner has made.
    pub learners_names: BTreeSet<&'a str>,
    /// What holds the learner's names to their types.
    pub agreements: Vec<&'a Agreement>,
}

impl<'a> Scope<'a> {
    /// For a cell that says these words. `all` is what was defined before it, the latest of each name, `given` the instructor's
    /// part, both beside the cell's own items.
    pub fn of(
        said: HashSet<String>,
        cell: &'a ParsedCell,
        standing: Standing,
        all: &'a Memory,
        given: &'a Memory,
        terms: &'a Terms,
    ) -> Scope<'a> {
        let own = cell.items.iter().filter_map(|item| match &item.kind {
            ParsedKind::Definition(definition) => Some(definition.names()),
            ParsedKind::Use(_) => None,
        });
        let own: BTreeSet<&str> = own.flatten().collect();
        let made = given.definitions.iter().map(|item| &item.definition);
        let made: BTreeSet<&str> = made
            .filter(|item| item.is_made())
            .flat_map(|item| item.names())
            .collect();
        let uses = all.uses.iter().filter(|(_, origin)| is_learners(origin));
        let (mut instructors, mut learners_own) = (
            names(&given.definitions, |_| true),
            names(&all.definitions, is_learners),
        );
        learners_own.extend(uses.clone().filter_map(|(leaf, _)| leaf.bound.as_deref()));
        let (mut by_instructor, by_learner) = match standing {
            Standing::Instructor => {
                instructors.extend(&own);
                // The learner's `use`s stand in every file, and may lead into modules of the learner's.
                (
                    said,
                    uses.clone().flat_map(|(leaf, _)| words(&leaf.text)).collect(),
                )
            }
            Standing::Learner => {
                learners_own.extend(&own);
                (HashSet::new(), said)
            }
        };
        loop {
            let asked = terms.items.iter().map(String::as_str);
            let asked =
                asked.filter(|name| is_said(name, &by_instructor, terms) && !instructors.contains(name));
            let seen = asked.filter(|name| learners_own.contains(name) && is_as_asked(name, all, terms));
            let seen: BTreeSet<&str> = seen.collect();
            let mut reached = by_learner.clone();
            reached.extend(seen.iter().map(ToString::to_string));
            let learners: Vec<&Remembered> = all
                .reachable(reached.clone())
                .into_iter()
                .filter(|item| is_learners(&item.origin))
                .collect();
            reached.extend(learners.iter().flat_map(|item| &item.definition.words).cloned());
            reached.extend(by_instructor.iter().cloned());
            let given = given.reachable(reached.clone());
            let before = by_instructor.len();
            by_instructor.extend(given.iter().flat_map(|item| &item.definition.words).cloned());
            let said = |(name, _): &&Agreement| {
                let (owner, member) = agreement::parts(name);
                seen.contains(owner) && member.is_none_or(|member| by_instructor.contains(member))
            };
            let agreements: Vec<&Agreement> = terms.types.iter().filter(said).collect();
            // The types that functions must have name types.
            by_instructor.extend(agreements.iter().flat_map(|(_, written)| words(written)));
            if by_instructor.len() > before {
                continue;
            }
            // What a macro's call makes is private to its module, and nothing can be written in front of it.
            let lent = instructors.iter().filter(|name| {
                reached.contains(**name) && !learners_own.contains(*name) && !made.contains(*name)
            });
            return Scope {
                lent: lent.copied().collect(),
                seen,
                given,
                learners,
                learners_names: learners_own,
                agreements,
            };
        }
    }
}

/// Whether a learner wrote it.
pub fn is_learners(origin: &Origin) -> bool {
    origin.cell.standing == Standing::Learner
}

fn names(items: &[Remembered], wanted: impl Fn(&Origin) -> bool) -> BTreeSet<&str> {
    let items = items.iter().filter(|item| wanted(&item.origin));
    items.flat_map(|item| item.definition.names()).collect()
}

/// The words of a type that mean names of this standing.
pub fn words_of(full_type: &str, standing: Standing) -> HashSet<String> {
    let path = format!("{MODULE}::");
    let mut parts = full_type.split(path.as_str());
    let mut learners = words(parts.next().unwrap_or_default());
    let mut instructors = HashSet::new();
    for part in parts {
        let end = part
            .find(|c: char| !unicode_ident::is_xid_continue(c))
            .unwrap_or(part.len());
        instructors.insert(part[..end].to_owned());
        learners.extend(words(&part[end..]));
    }
    match standing {
        Standing::Learner => learners,
        Standing::Instructor => instructors,
    }
}

/// The name of the macro that the text of an item defines.
pub fn own_macro(item: &str) -> Option<String> {
    match syn::parse_str(item) {
        Ok(Item::Macro(item)) => item.ident.map(|name| name.to_string()),
        _ => None,
    }
}

/// Where in the text of an instructor's item [`OPEN`] must stand for the learner's code to see it, its fields and its methods.
pub fn openings(item: &str) -> Vec<usize> {
    let Ok(item) = syn::parse_str::<Item>(item) else {
        return Vec::new();
    };
    let mut places = Vec::new();
    let mut open = |visibility: &Visibility, at: proc_macro2::Span| {
        if matches!(visibility, Visibility::Inherited) {
            places.push(at.byte_range().start);
        }
    };
    let fields = |fields: &syn::Fields, open: &mut dyn FnMut(&Visibility, proc_macro2::Span)| {
        for field in fields {
            let at = field
                .ident
                .as_ref()
                .map_or_else(|| field.ty.span(), Spanned::span);
            open(&field.vis, at);
        }
    };
    match &item {
        Item::Fn(item) => open(&item.vis, item.sig.span()),
        Item::Const(item) => open(&item.vis, item.const_token.span()),
        Item::Static(item) => open(&item.vis, item.static_token.span()),
        Item::Enum(item) => open(&item.vis, item.enum_token.span()),
        Item::Type(item) => open(&item.vis, item.type_token.span()),
        Item::Mod(item) => open(&item.vis, item.mod_token.span()),
        Item::Trait(item) => {
            let first = item.trait_token.span();
            open(&item.vis, item.unsafety.map_or(first, |token| token.span()));
        }
        Item::Struct(item) => {
            open(&item.vis, item.struct_token.span());
            fields(&item.fields, &mut open);
        }
        Item::Union(item) => {
            open(&item.vis, item.union_token.span());
            for field in &item.fields.named {
                open(&field.vis, field.ident.span());
            }
        }
        Item::Impl(item) if item.trait_.is_none() => {
            for inner in &item.items {
                match inner {
                    ImplItem::Fn(function) => open(&function.vis, function.sig.span()),
                    ImplItem::Const(constant) => open(&constant.vis, constant.const_token.span()),
                    _ => {}
                }
            }
        }
        _ => {}
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rustc::parse::parse;

    #[test]
    fn a_type_tells_whose_names_it_is_made_of() {
        let full = "std::vec::Vec<(hebb_instructor::Shape<Mine>, hebb_instructor::Side)>";
        let set = |words: &[&str]| words.iter().map(ToString::to_string).collect::<HashSet<_>>();
        assert_eq!(words_of(full, Standing::Instructor), set(&["Shape", "Side"]));
        assert_eq!(
            words_of(full, Standing::Learner),
            set(&["std", "vec", "Vec", "Mine"])
        );
    }

    #[test]
    fn everything_of_an_instructors_item_can_be_opened() {
        let rows = [
            (
                "/// A.\n#[inline]\nfn f() {}",
                "/// A.\n#[inline]\npub(super) fn f() {}",
            ),
            ("pub fn f() {}", "pub fn f() {}"),
            (
                "#[derive(Clone)] struct P { x: f32, pub y: f32 }",
                "#[derive(Clone)] pub(super) struct P { pub(super) x: f32, pub y: f32 }",
            ),
            (
                "struct P(f32, #[doc = \"b\"] f32);",
                "pub(super) struct P(pub(super) f32, #[doc = \"b\"] pub(super) f32);",
            ),
            (
                "impl P { const N: u8 = 1; fn f(&self) {} }",
                "impl P { pub(super) const N: u8 = 1; pub(super) fn f(&self) {} }",
            ),
            (
                "impl T for P { fn f(&self) {} }",
                "impl T for P { fn f(&self) {} }",
            ),
            ("unsafe trait T {}", "pub(super) unsafe trait T {}"),
            ("macro_rules! m { () => {} }", "macro_rules! m { () => {} }"),
        ];
        for (text, opened) in rows {
            let mut written = text.to_owned();
            for at in openings(text).into_iter().rev() {
                written.insert_str(at, OPEN);
            }
            assert_eq!(written, opened);
        }
    }

    #[test]
    fn what_is_refused_is_found_among_the_tokens_only() {
        let said = |code: &str| refused(&parse(code)).map(|(word, _)| word);
        assert_eq!(said("let unsafely = \"unsafe\"; // unsafe"), None);
        assert_eq!(said("macro_rules! m { () => { unsafe { 1 } } }"), Some("unsafe"));
        assert_eq!(said("use ::hebb_prelude::cell as c;"), Some("hebb_prelude"));
        assert_eq!(said("::r#hebb_prelude::cell::take()"), Some("hebb_prelude"));
        assert_eq!(said("#[unsafe(no_mangle)] fn f() {}"), Some("unsafe"));
        assert_eq!(said("extern crate self as std;"), Some("extern"));
        assert_eq!(said("let x = ( unsafe"), Some("unsafe"));
        assert_eq!(said("let x = ("), None);
        assert_eq!(said("fn f<'a, 'b>(_: &'a &'b ()) {}"), Some("&'a &'b"));
    }
}
