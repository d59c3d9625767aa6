//! What of a learner's a test sees: the names that the exercise asks for, and no trait beside those that it asks for.
//!
//! A method of a trait that takes its value whole comes before a method of the type's own that borrows it. So a learner's trait in
//! the sight of a test could answer for a tensor.

use std::collections::{BTreeSet, HashSet};

use super::super::items::{Memory, words};
use super::is_learners;
use crate::engine::Terms;

/// The module in which a learner's values are told apart from types of their names.
const VALUES: &str = "hebb_values";

/// Whether code with these words can use what has this name: of a trait, its methods are enough.
pub(super) fn is_said(name: &str, words: &HashSet<String>, terms: &Terms) -> bool {
    let mut members = terms.traits.get(name).into_iter().flatten();
    words.contains(name) || members.any(|member| words.contains(member))
}

/// Whether what has a name that is asked for may come into sight: a trait that has no more than it was asked for. What the call of
/// a macro makes of a name may be a trait with any methods, so it is seen as a value only.
pub(super) fn is_as_asked(name: &str, all: &Memory, terms: &Terms) -> bool {
    let key = format!("type {name}");
    let mut learners = all.definitions.iter().filter(|item| is_learners(&item.origin));
    if !terms.values.contains(name) && learners.any(|item| item.definition.made.contains(&key)) {
        return false;
    }
    let is = |asked| learners_trait(name, all).is_some_and(|has| has.is_subset(asked));
    terms.traits.get(name).is_none_or(is)
}

/// A learner's trait of those that a cell says, and what it has beyond what the exercise asks for. A test does not see such a
/// trait: its methods would come before those of the type that the test means.
pub fn beyond<'a>(code: &str, all: &'a Memory, terms: &'a Terms) -> Option<(&'a str, &'a str)> {
    let said = words(code);
    let said = terms
        .traits
        .iter()
        .filter(|(name, _)| is_said(name, &said, terms));
    let mut beyond = said.filter_map(|(name, asked)| {
        let extra = learners_trait(name, all)?.difference(asked).next()?;
        Some((name.as_str(), extra.as_str()))
    });
    beyond.next()
}

/// What a learner's trait of this name has.
fn learners_trait<'a>(name: &str, all: &'a Memory) -> Option<&'a BTreeSet<String>> {
    let mut learners = all.definitions.iter().filter(|item| is_learners(&item.origin));
    learners.find_map(|item| match item.definition.name.as_deref() == Some(name) {
        true => item.definition.members.as_ref(),
        false => None,
    })
}

/// Brings the learner's names that a test sees into the instructor's module: of a value only the value. A trait of its name would
/// come along with every other `use`, and its methods would come before those of the types that the test means.
pub fn sight(seen: &BTreeSet<&str>, terms: &Terms) -> String {
    let (values, others): (Vec<&str>, Vec<&str>) =
        seen.iter().partition(|name| terms.values.contains(**name));
    let others = others.iter().map(|name| format!("use super::{name};\n"));
    let mut text: String = others.collect();
    if !values.is_empty() {
        // What has a name of its own in a module hides what `*` brings, and what is private there stays behind.
        let types: String = values.iter().map(|name| format!("enum {name} {{}} ")).collect();
        let names = values.join(", ");
        text += &format!(
            "mod {VALUES} {{ mod all {{ pub(crate) use crate::{{{names}}}; }} pub(super) use all::*; {types}}}\n\
             use {VALUES}::{{{names}}};\n"
        );
    }
    text
}
